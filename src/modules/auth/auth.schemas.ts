import { z } from 'zod'
import { email, line } from '../../platform/schemas.ts'

export const Role = z.enum(['admin', 'technician', 'customer'])

/** A password that is set: 8 to 72 bytes in UTF-8. bcrypt reads no further, so more is refused rather than cut. */
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

/** A password that is tried: whatever was typed, within reason. */
const TriedPassword = z.string().min(1).max(500)

/** A sign-in name of one's own choice: no @, so that it cannot be another's address, and no account number. */
export const SignInName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$/, { error: 'must be 2 to 63 letters, digits, dots, dashes or underscores' })
  .refine((name) => !/^(CUS|TEC)\d+$/i.test(name), { error: 'must not look like the number of an account' })

export const PersonName = line(100)
export const Email = email

export const User = z
  .object({ id: z.string(), role: Role, name: z.string(), email: z.string(), tenant: z.string() })
  .meta({ id: 'User' })

const session = {
  token: z.string().meta({ description: 'The access token: `Authorization: Bearer <token>`.' }),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds until the access token expires.' }),
  refresh_token: z.string().meta({ description: 'Good for one `POST /auth/refresh`.' }),
  user: User,
}

export const Session = z.object(session).meta({ id: 'Session' })
export type Session = z.output<typeof Session>

/** A session with more beside it: the answer to a registration. */
export const sessionWith = <S extends z.ZodRawShape>(more: S) => z.object({ ...session, ...more })

export const Login = z.strictObject({ user_id_or_email: z.string().max(254).trim().min(1), password: TriedPassword })
export const Refresh = z.strictObject({ refresh_token: z.string().min(1).max(300) })
export const ForgotPassword = z.strictObject({ email: Email })
export const ResetPassword = z.strictObject({ token: z.string().min(1).max(300), password: NewPassword })
export const ChangePassword = z.strictObject({ current_password: TriedPassword, password: NewPassword })
export const NoBody = z.strictObject({})

export const CookieSignIn = z.strictObject({ email: z.string().max(254).trim().min(1), password: TriedPassword })
export const CookieUser = z.object({ user: z.object({ id: z.string(), email: z.string() }), token: z.string() })
export const CurrentUser = z.object({
  currentUser: z.object({ id: z.string(), email: z.string(), role: Role }).nullable(),
})
export const SignedOut = z.object({ message: z.string() })
