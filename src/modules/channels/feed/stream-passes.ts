import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import { hmac, isEqual } from '../../../platform/secrets.ts'
import type { Holder } from './stream-holder.ts'

/** How long a pass opens streams, in seconds. */
export const passSeconds = 600

const prefix = 'cdp'
const letters = { session: 's', token: 't' } as const

const macOf = (app: App, text: string): string => hmac(app.secrets.passes, text).toString('base64url')

/**
 * The text of a pass: `cdp_<tenant>_<s or t>_<id of the session or the token>_<end>_<HMAC>`. Nothing is stored: it is
 * as good as its session or token, until its end.
 */
export const writePass = (app: App, { tenantId, kind, id }: Holder): { pass: string; endsAt: number } => {
  const endsAt = secondsOf(app.clock) + passSeconds
  const text = `${prefix}_${tenantId}_${letters[kind]}_${id}_${endsAt}`
  return { pass: `${text}_${macOf(app, text)}`, endsAt }
}

const form = /^(cdp_([1-9]\d{0,8})_([st])_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([1-9]\d{0,11}))_([\w-]{43})$/

/** Whether a text has the form of a pass. */
export const isPass = (text: string): boolean => form.test(text)

/** Whose pass a text is; null when this program did not make it, or when it has ended. */
export const readPass = (app: App, pass: string): Holder | null => {
  const [, text, tenantId, letter, id, end, mac] = form.exec(pass) ?? []
  if (text === undefined || id === undefined || mac === undefined) return null
  // The texts are compared, because of 43 characters the last one has spellings that decode to the same bytes.
  if (!isEqual(Buffer.from(mac), Buffer.from(macOf(app, text)))) return null
  if (Number(end) <= secondsOf(app.clock)) return null
  return { tenantId: Number(tenantId), kind: letter === 's' ? 'session' : 'token', id }
}
