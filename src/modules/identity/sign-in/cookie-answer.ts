import type { CookieSession, Session } from './sign-in.schemas.ts'

/** The header that sets the cookie, for the API document. */
export const setsSessionCookie = {
  'Set-Cookie':
    'The session cookie: HttpOnly, SameSite=Lax, Path=/, and with https Secure and the prefix `__Host-`. It is good ' +
    'until the absolute end of the session. At the address of a tenant its slug stands in the name.',
}

/** The answer to a sign-in: the tokens, or the cookie and who is signed in. */
export const sessionAnswer = (status: number, started: Session | CookieSession) =>
  'cookie' in started ? { status, body: { user: started.user }, session: started.cookie } : { status, body: started }

/** The answer of the older cookie form: an access token is in the body; the cookie is in the headers. */
export const olderCookieAnswer = (status: number, { user, token, cookie }: CookieSession) => ({
  status,
  body: { user: { id: user.id, email: user.email }, token },
  session: cookie,
})
