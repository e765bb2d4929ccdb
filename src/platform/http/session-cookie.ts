import type { CookieOptions, Request, Response } from 'express'
import type { App } from '../app-context.ts'
import type { Config } from '../config.ts'
import { isHttps } from './https.ts'
import type { Place } from './request-context.ts'

/**
 * Stands before the name of the cookie, except where the desk is reached by http, such as on the own machine. Browsers
 * take such a cookie only from this host, over TLS, and for the whole host, so nobody who can set cookies for a
 * neighbouring host can plant one (RFC 6265bis, 4.1.3.2).
 */
const prefix = '__Host-'

/** The cookie of `PUBLIC_URL`. It alone had a form without the prefix in the version before. */
const ownName = 'counterdesk_session'

const isSecure = (config: Config): boolean => config.NODE_ENV === 'production' || isHttps(config)

/** The name of the session cookie at `PUBLIC_URL` itself. */
export const sessionCookieNameAt = (url: string): string => `${url.startsWith('https:') ? prefix : ''}${ownName}`

/** The session cookies of a request. */
export interface SessionCookies {
  /** Different values, in the order of the request. */
  values: string[]
  /** `former_cookie`: a cookie of the version before, which had no prefix. A neighbouring host may have set it. */
  carrier: 'cookie' | 'former_cookie'
}

/** Only space and tab. `trim` would also take off bytes that browsers count as a part of the name. */
const trimmed = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')

const valuesOf = (header: string, name: string): string[] => {
  const values = new Set<string>()
  for (const pair of header.split(';')) {
    const [key, value] = trimmed(pair).split('=', 2)
    if (key === name && value) values.add(value)
  }
  return [...values]
}

/**
 * The session in a cookie instead of a header. No script can read the cookie. Browsers send it to this host only, not
 * with requests that other sites start (SameSite=Lax), and over TLS only where the desk is reached by https. Its path
 * is `/`, as the prefix wants it; the name says of which place it is, so people stay signed in at several tenants of
 * one host side by side.
 */
export const sessionCookie = {
  /**
   * The session cookies of a request for its place; null when it has none. Cookies of other places do not count. Where
   * one has the prefix, those without do not count.
   */
  read(app: App, req: Request, { cookie: name }: Place): SessionCookies | null {
    const header = req.headers.cookie ?? ''
    const prefixed = valuesOf(header, `${prefix}${name}`)
    if (prefixed.length > 0) return { values: prefixed, carrier: 'cookie' }
    const plain = valuesOf(header, name)
    if (plain.length === 0) return null
    if (!isSecure(app.config)) return { values: plain, carrier: 'cookie' }
    return name === ownName ? { values: plain, carrier: 'former_cookie' } : null
  },

  /**
   * Sets the cookie of a place, or clears it for null. What the browser has by the other form of its name is cleared in
   * both cases.
   */
  set(app: App, res: Response, { cookie: plain }: Place, token: string | null): void {
    const isPrefixed = isSecure(app.config)
    const options = (secure: boolean): CookieOptions => ({ httpOnly: true, sameSite: 'lax', secure, path: '/' })
    const prefixed = `${prefix}${plain}`
    const [name, other] = isPrefixed ? [prefixed, plain] : [plain, prefixed]
    if (token === null) res.clearCookie(name, options(isPrefixed))
    else res.cookie(name, token, { ...options(isPrefixed), maxAge: app.config.SESSION_MAX_DAYS * 86_400_000 })
    const hasOther = valuesOf(res.req.headers.cookie ?? '', other).length > 0
    // The prefix needs Secure, also to clear the cookie.
    if (token === null || hasOther) res.clearCookie(other, options(isPrefixed || other === prefixed))
  },
}
