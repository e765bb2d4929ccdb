import { invalidMember } from '../../../platform/errors.ts'

let list: Promise<Set<string>> | undefined

/** The list is half a megabyte: it is read when the first password is set, and only what is long enough is kept. */
const commonPasswords = (): Promise<Set<string>> => {
  list ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common']?.map(String).filter((word) => word.length >= 8)),
  )
  return list
}

/**
 * Refuses a password that everybody tries first (ASVS 5.0, 6.2.4), whatever its case.
 * @throws AppError `validation_failed`.
 */
export const refuseCommonPassword = async (password: string): Promise<void> => {
  if (!(await commonPasswords()).has(password.toLowerCase())) return
  throw invalidMember('password', 'is one of the most common passwords', 'common_password')
}
