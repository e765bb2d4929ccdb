import { z } from 'zod'
import { NewPassword } from '../../../contract/credentials.ts'
import { Role } from '../../../contract/enums.ts'
import { KnownEmail, User } from '../accounts/accounts.schemas.ts'

/** A password that is tried. It need not fit the rules for new passwords. */
export const TriedPassword = z.string().min(1).max(500)

/** Who keeps a session: a client with a refresh token, or a browser with the session cookie. */
export const SessionKind = z.enum(['bearer', 'cookie']).meta({
  id: 'SessionKind',
  description: 'How a session is carried: `bearer` by tokens, `cookie` by the cookie of a browser.',
})
export type SessionKind = z.output<typeof SessionKind>

const session = {
  token: z.string().meta({ description: 'The access token: `Authorization: Bearer <token>`.' }),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds until the access token expires.' }),
  refresh_token: z.string().meta({ description: 'Good for one `POST /auth/refresh`.' }),
  user: User,
}

/** Who calls: a person, or a service account, which has no address. */
const Caller = User.extend({
  email: z.string().nullable().meta({ description: 'The email address; null for a service account.' }),
}).meta({ id: 'Caller', description: 'Who is signed in: a person, or a service account.' })

export const SignedInUser = z.object({ user: Caller }).meta({ id: 'SignedInUser' })

export const Session = z.object(session).meta({ id: 'Session' })
export type Session = z.output<typeof Session>

/** Who signed in, without tokens. */
export const SignedInPerson = z.object({ user: User }).meta({ id: 'SignedInPerson' })

/** The answer to a sign-in: tokens, or only who is signed in when the session is in the cookie. */
export const StartedSession = z.union([Session, SignedInPerson]).meta({
  id: 'StartedSession',
  description: 'Tokens, or, with the session in the cookie, who is signed in.',
})

/** Where a sign-in wants its session. */
export const WantedSession = z.enum(['bearer', 'cookie']).meta({
  id: 'WantedSession',
  description:
    '`bearer`, or left out: the answer has tokens. `cookie`: a browser gets the session cookie, and the answer has no tokens.',
})

/** What a browser gets: the cookie, and who is signed in. */
export type CookieSession = Pick<Session, 'user'> & {
  /** The value of the session cookie. */
  cookie: string
  /** An access token of the same session, for the older form of the answer. */
  token: string
}

/** What a session of each kind is answered with. */
export interface SessionsByKind {
  bearer: Session
  cookie: CookieSession
}

/** A session with more members: the answer to a registration. */
export const sessionWith = <S extends z.ZodRawShape>(more: S) => z.object({ ...session, ...more })

const TriedName = z.string().max(254).trim().min(1)

export const Login = z
  .strictObject({
    user_id_or_email: TriedName.optional().meta({
      description: 'A user id, an email address, or TEC0001 and the like.',
    }),
    email: TriedName.optional().meta({ description: 'The same by another name. Send one of the two.' }),
    password: TriedPassword,
    session: WantedSession.optional(),
  })
  .refine(({ user_id_or_email: name, email }) => name !== undefined || email !== undefined, {
    path: ['user_id_or_email'],
    error: 'is missing',
    // Also when another member is wrong, so that both are said at once.
    when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  })
  .refine(({ user_id_or_email: name, email }) => name === undefined || email === undefined, {
    path: ['email'],
    error: 'must be left out when user_id_or_email is there',
  })
  .meta({
    id: 'SignIn',
    oneOf: [{ required: ['user_id_or_email'] }, { required: ['email'] }],
    examples: [
      { user_id_or_email: 'dana', password: 'the password of the demo' },
      { user_id_or_email: 'dana', password: 'the password of the demo', session: 'cookie' },
    ],
  })
export const Refresh = z
  .strictObject({ refresh_token: z.string().min(1).max(300) })
  .meta({ id: 'RefreshTokens', examples: [{ refresh_token: 'the refresh token of the last answer' }] })
export const ForgotPassword = z
  .strictObject({ email: KnownEmail })
  .meta({ id: 'RequestPasswordReset', examples: [{ email: 'tom.okafor@harbour.example.com' }] })
export const ResetPassword = z
  .strictObject({ token: z.string().min(1).max(300), password: NewPassword })
  .meta({ id: 'ResetPassword', examples: [{ token: 'the token in the link', password: 'seven quiet rivers' }] })
export const ChangePassword = z.strictObject({ current_password: TriedPassword, password: NewPassword }).meta({
  id: 'ChangePassword',
  examples: [{ current_password: 'the password of the demo', password: 'seven quiet rivers' }],
})

export const CookieSignIn = z
  .strictObject({ email: z.string().max(254).trim().min(1), password: TriedPassword })
  .meta({ id: 'SignInWithCookie', examples: [{ email: 'dana', password: 'the password of the demo' }] })
export const CookieUser = z
  .object({ user: z.object({ id: z.string(), email: z.string() }), token: z.string() })
  .meta({ id: 'CookieUser' })
export const CurrentUser = z
  .object({ currentUser: z.object({ id: z.string(), email: z.string(), role: Role }).nullable() })
  .meta({ id: 'CurrentUser' })
export const SignedOut = z.object({ message: z.string() }).meta({ id: 'SignedOut' })
