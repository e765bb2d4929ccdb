import { expect, test } from 'vitest'
import { NewPassword } from '../../contract/credentials.ts'
import { refuseWeakPassword } from '../../modules/identity/accounts/weak-passwords.ts'
import { judgePassword, strengthOf } from './password-rules.ts'

const names = ['Cleo Marsh', 'cleo.marsh@example.com']

/** Whether the server takes a password. */
const isTaken = async (password: string): Promise<boolean> => {
  if (!NewPassword.safeParse(password).success) return false
  return refuseWeakPassword(password, { names }).then(
    () => true,
    () => false,
  )
}

const passwords = [
  'short',
  '1234567',
  'seven quiet rivers',
  'ü'.repeat(4),
  'ü'.repeat(3),
  'o\u0308oooo',
  'x'.repeat(72),
  'ab'.repeat(36),
  'ab'.repeat(37),
  '🙂🙃',
  '🙂🙂',
  ' '.repeat(9),
  'aaaaaaaaaa',
  'AaAaAaAaAa',
  'cleo marsh',
  'CleoMarsh',
  'cleo.marsh',
  'CLEO.MARSH@example.com',
  'marsh and cleo',
  'with\u200bnothing',
  'with\ttab and more',
  'wide\u3000space here',
]

test.each(passwords)('%j is judged as the server judges it', async (password) => {
  const kept = Object.values(judgePassword(password, names) ?? {})
  expect(!kept.includes(false)).toBe(await isTaken(password))
  expect(strengthOf(password, names) > 0).toBe(await isTaken(password))
})

test('nothing is judged before something is typed, and longer is stronger', () => {
  expect(judgePassword('', names)).toBeNull()
  expect(['a quiet r', 'a quiet river', 'seven quiet rivers'].map((text) => strengthOf(text, []))).toEqual([1, 2, 3])
  expect(strengthOf('abababababababababab', [])).toBe(1)
})
