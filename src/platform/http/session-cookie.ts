import type { Request, Response } from 'express'
import type { App } from '../app-context.ts'

/** The name of the session cookie. */
export const sessionCookieName = 'counterdesk_session'

/**
 * The access token in a cookie instead of a header. No script can read the cookie. Browsers send it to this site only
 * (SameSite=Lax) and, in production, over TLS only.
 */
export const sessionCookie = {
  read(req: Request): string | null {
    for (const pair of (req.headers.cookie ?? '').split(';')) {
      const [key, value] = pair.trim().split('=', 2)
      if (key === sessionCookieName && value) return value
    }
    return null
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
