import { invalidMember } from '../../../platform/errors.ts'

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

/**
 * Refuses one of the most common passwords (ASVS 5.0, 6.2.4), in upper or lower case.
 * @throws AppError `validation_failed`.
 */
export const refuseCommonPassword = async (password: string): Promise<void> => {
  if (!(await commonPasswords()).has(password.toLowerCase())) return
  throw invalidMember('password', 'is one of the most common passwords', 'common_password')
}
