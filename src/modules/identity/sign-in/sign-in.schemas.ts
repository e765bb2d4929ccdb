import { z } from 'zod'
import { NewPassword } from '../../../contract/credentials.ts'
import { Role } from '../../../contract/enums.ts'
import { Email, User } from '../accounts/accounts.schemas.ts'

/** A password that is tried. It need not fit the rules for new passwords. */
const TriedPassword = z.string().min(1).max(500)

const session = {
  token: z.string().meta({ description: 'The access token: `Authorization: Bearer <token>`.' }),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds until the access token expires.' }),
  refresh_token: z.string().meta({ description: 'Good for one `POST /auth/refresh`.' }),
  user: User,
}

export const Session = z.object(session).meta({ id: 'Session' })
export type Session = z.output<typeof Session>

/** A session with more members: the answer to a registration. */
export const sessionWith = <S extends z.ZodRawShape>(more: S) => z.object({ ...session, ...more })

export const Login = z.strictObject({ user_id_or_email: z.string().max(254).trim().min(1), password: TriedPassword })
export const Refresh = z.strictObject({ refresh_token: z.string().min(1).max(300) })
export const ForgotPassword = z.strictObject({ email: Email })
export const ResetPassword = z.strictObject({ token: z.string().min(1).max(300), password: NewPassword })
export const ChangePassword = z.strictObject({ current_password: TriedPassword, password: NewPassword })

export const CookieSignIn = z.strictObject({ email: z.string().max(254).trim().min(1), password: TriedPassword })
export const CookieUser = z.object({ user: z.object({ id: z.string(), email: z.string() }), token: z.string() })
export const CurrentUser = z.object({
  currentUser: z.object({ id: z.string(), email: z.string(), role: Role }).nullable(),
})
export const SignedOut = z.object({ message: z.string() })
