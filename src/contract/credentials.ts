import { z } from 'zod'
import { isStorable, storable } from './storable.ts'

/** A new password: 8 to 72 bytes in UTF-8. A longer one is refused, because bcrypt reads only 72 bytes. */
export const NewPassword = z
  .string()
  .min(1)
  .max(72)
  .refine((password) => Buffer.byteLength(password) >= 8, { error: 'must have at least 8 bytes' })
  .refine((password) => Buffer.byteLength(password) <= 72, { error: 'must have at most 72 bytes' })
  .refine(isStorable, storable)
  .meta({ description: '8 to 72 bytes in UTF-8, and none of the most common passwords.' })

/**
 * The form of every sign-in name that was chosen, now or in an earlier version. It has no @, so it cannot be the email
 * address of another account, and it does not look like the number of an account.
 */
export const KnownSignInName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/, { error: 'must be 2 to 63 letters, digits, dots, dashes or underscores' })
  .refine((name) => !/^(CUS|TEC)\d+$/i.test(name), { error: 'must not look like the number of an account' })

/** Words that stand for somebody else than an account, or for nobody, in filters, keys and texts. */
const reservedWords = new Set([
  'all',
  'any',
  'anybody',
  'anyone',
  'everybody',
  'everyone',
  'me',
  'nobody',
  'none',
  'null',
  'self',
  'system',
  'undefined',
  'unassigned',
  'unknown',
])

/** The numbers of accounts are refused by the form already. */
const otherNumber = /^(?:TKT|PRD|ORD|SVC)\d+$/i
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * A sign-in name that a person may choose now. The sign-in name of an admin is the id of the account, so it does not look
 * like the id of anything else, and is no word with a meaning of its own.
 */
export const SignInName = KnownSignInName.refine((name) => !otherNumber.test(name) && !uuid.test(name), {
  error: 'must not look like the id of something else',
}).refine((name) => !reservedWords.has(name.toLowerCase()), { error: 'is a reserved word' })
