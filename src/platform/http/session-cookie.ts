import type { Request, Response } from 'express'
import type { App } from '../app-context.ts'

/** The name of the session cookie. */
export const sessionCookieName = 'counterdesk_session'

/**
 * The access token in a cookie instead of a header. No script can read the cookie. Browsers send it to this site only
 * (SameSite=Lax) and, in production, over TLS only.
 */
export const sessionCookie = {
  /**
   * The token of the cookie. Null when cookies of this name have different tokens: somebody who can set cookies for a
   * neighbouring host may have added one, and then nobody is signed in, rather than somebody else.
   */
  read(req: Request): string | null {
    const tokens = new Set<string>()
    for (const pair of (req.headers.cookie ?? '').split(';')) {
      const [key, value] = pair.trim().split('=', 2)
      if (key === sessionCookieName && value) tokens.add(value)
    }
    const [token = null] = tokens
    return tokens.size > 1 ? null : token
  },

  set(app: App, res: Response, token: string | null): void {
    const options = {
      httpOnly: true,
      sameSite: 'lax',
      secure: app.config.NODE_ENV === 'production',
      path: '/',
    } as const
    if (token === null) res.clearCookie(sessionCookieName, options)
    else res.cookie(sessionCookieName, token, { ...options, maxAge: app.config.ACCESS_TOKEN_HOURS * 3_600_000 })
  },
}
