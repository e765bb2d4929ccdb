import { randomInt } from 'node:crypto'
import { sha256 } from '../../../platform/secrets.ts'

/** How many codes a set has. */
const codesInSet = 10

/** Digits and letters that nobody takes for each other: no 0, 1, i, l, o, u. */
const alphabet = '23456789abcdefghjkmnpqrstvwxyz'
const groups = 4
const groupLength = 5

const randomGroup = (): string =>
  Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('')

/** A recovery code: 98 random bits in groups, such as `x7k2m-9pqrs-4tvwx-yz3ab`. */
const createRecoveryCode = (): string => Array.from({ length: groups }, randomGroup).join('-')

/** A set of different codes. */
export const createRecoveryCodes = (): string[] => Array.from({ length: codesInSet }, createRecoveryCode)

/** The one form of a code that somebody typed: small letters, without spaces and dashes. Null when it cannot be one. */
const typedForm = (typed: string): string | null => {
  const form = typed.replaceAll(/[\s-]/g, '').toLowerCase()
  return form.length === groups * groupLength && [...form].every((letter) => alphabet.includes(letter)) ? form : null
}

/** Whether a text has the form of a recovery code. */
export const isRecoveryCode = (typed: string): boolean => typedForm(typed) !== null

/** The hash by which a code is found. The account is part of it, so equal codes of two accounts have two hashes. */
export const hashOfRecoveryCode = (tenantId: number, accountId: string, typed: string): Buffer | null => {
  const form = typedForm(typed)
  return form === null ? null : sha256(`recovery code ${tenantId} ${accountId} ${form}`)
}
