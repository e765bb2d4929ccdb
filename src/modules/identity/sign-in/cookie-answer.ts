import type { Session } from './sign-in.schemas.ts'

/** The answer of the cookie form: the token is in the body and, as a cookie that no script can read, in the headers. */
export const cookieAnswer = (status: number, { user, token }: Session) => ({
  status,
  body: { user: { id: user.id, email: user.email }, token },
  session: token,
})
