import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { email, line } from '../../../platform/schemas.ts'

/** A new password: 8 to 72 bytes in UTF-8. A longer one is refused, because bcrypt ignores what follows 72 bytes. */
export const NewPassword = z
  .string()
  .min(1)
  .max(72)
  .refine((password) => Buffer.byteLength(password) >= 8, { error: 'must have at least 8 bytes' })
  .refine((password) => Buffer.byteLength(password) <= 72, { error: 'must have at most 72 bytes' })
  .refine((password) => password.isWellFormed() && !password.includes('\0'), {
    error: 'must be Unicode text without NUL bytes or lone surrogates',
  })
  .meta({ description: '8 to 72 bytes in UTF-8, and none of the most common passwords.' })

/**
 * A sign-in name that was chosen. It has no @, because it must not be the address of another account, and is no account
 * number.
 */
export const SignInName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/, { error: 'must be 2 to 63 letters, digits, dots, dashes or underscores' })
  .refine((name) => !/^(CUS|TEC)\d+$/i.test(name), { error: 'must not look like the number of an account' })

export const PersonName = line(100)
export const Email = email

export const User = z
  .object({ id: z.string(), role: Role, name: z.string(), email: z.string(), tenant: z.string() })
  .meta({ id: 'User' })
