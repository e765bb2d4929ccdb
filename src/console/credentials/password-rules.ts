// The rules for new passwords as the server judges them, so that a person learns of a fault while typing. The server
// decides: it also knows the most common passwords.

/** The form in which passwords are compared: other spaces become U+0020, and composed letters are the same. */
const opaqueForm = (password: string): string => password.replaceAll(/\p{Zs}/gu, ' ').normalize('NFC')

const disallowed = /[\p{C}\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/u

const folded = (text: string): string => opaqueForm(text).toLowerCase().replaceAll(/\s/gu, '')

/** The rule counts bytes, so a letter with an accent counts as two, and an emoji as four. */
const passwordLength = (password: string): number => new TextEncoder().encode(opaqueForm(password)).length

const ownNames = (names: readonly string[]): string[] =>
  names.flatMap((name) => [name, name.replace(/@.*$/s, '')]).map(folded)

/** A rule as a person reads it. */
export type PasswordRule = 'length' | 'guessed' | 'visible'

/** Which rules a password keeps. Nothing is judged while nothing is typed. */
export const judgePassword = (password: string, names: readonly string[]): Record<PasswordRule, boolean> | null => {
  if (password === '') return null
  const form = opaqueForm(password)
  const length = passwordLength(password)
  const isOne = /^(.)\1*$/su.test(form.toLowerCase())
  return {
    length: length >= 8 && length <= 72,
    guessed: form.trim() !== '' && !isOne && !ownNames(names).includes(folded(form)),
    visible: !disallowed.test(form),
  }
}

/**
 * How hard a password is to guess, from 0 (it is refused) to 3. Length counts most; a few letters over and over do not.
 */
export const strengthOf = (password: string, names: readonly string[]): 0 | 1 | 2 | 3 => {
  const kept = judgePassword(password, names)
  if (kept === null || Object.values(kept).includes(false)) return 0
  const weight = Math.min(passwordLength(password), new Set(password.toLowerCase()).size * 2)
  if (weight >= 16) return 3
  return weight >= 12 ? 2 : 1
}
