import type { CookieSession } from './sign-in.schemas.ts'

/** The answer of the older cookie form: an access token is in the body; the cookie is in the headers. */
export const olderCookieAnswer = (status: number, { user, token, cookie }: CookieSession) => ({
  status,
  body: { user: { id: user.id, email: user.email }, token },
  session: cookie,
})
