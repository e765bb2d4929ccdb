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
 * A sign-in name that a person chooses. It has no @, so it cannot be the email address of another account, and it does
 * not look like the number of an account.
 */
export const SignInName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/, { error: 'must be 2 to 63 letters, digits, dots, dashes or underscores' })
  .refine((name) => !/^(CUS|TEC)\d+$/i.test(name), { error: 'must not look like the number of an account' })
