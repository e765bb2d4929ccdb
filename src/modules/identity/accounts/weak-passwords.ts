import { opaqueForm } from '../../../contract/credentials.ts'
import { invalidMember } from '../../../platform/errors.ts'
import { foldCase } from '../../../platform/text-form.ts'

let list: Promise<Set<string>> | undefined

/**
 * The list has half a megabyte. It is read when the first password is set; words below the shortest password are left
 * out.
 */
const commonPasswords = (): Promise<Set<string>> => {
  list ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']?.map(String).filter((word) => word.length >= 8)),
  )
  return list
}

/** As passwords are compared with names: in lower case, without blanks. */
const foldedForm = (text: string): string => foldCase(opaqueForm(text)).replaceAll(/\s/gu, '')

/** The names, and of addresses what comes before the @, too. */
const ownNames = (names: readonly string[]): Set<string> =>
  new Set(names.flatMap((name) => [name, name.replace(/@.*$/s, '')]).map(foldedForm))

/**
 * Why a password is too easy to guess; null when it is not. Names count in upper and lower case, with and without
 * blanks.
 */
const weaknessOf = async (password: string, names: readonly string[]): Promise<[string, string] | null> => {
  const form = opaqueForm(password)
  if (form.trim() === '') return ['must not be blank', 'weak_password']
  if (/^(.)\1*$/su.test(foldCase(form))) return ['must not be one character all over', 'weak_password']
  if (ownNames(names).has(foldedForm(form))) return ['must not be a name or an address of the account', 'weak_password']
  if ((await commonPasswords()).has(foldCase(form))) return ['is one of the most common passwords', 'common_password']
  return null
}

/**
 * Refuses a new password that is easy to guess: one of the most common ones (ASVS 5.0, 6.2.4), blanks, one character
 * all over, and the name, the address or the sign-in name of its owner.
 * @throws AppError `validation_failed`.
 */
export const refuseWeakPassword = async (password: string, { names }: { names: readonly string[] }): Promise<void> => {
  const weakness = await weaknessOf(password, names)
  if (weakness !== null) throw invalidMember('password', ...weakness)
}
