import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** Keys for one purpose each, all derived from `JWT_SECRET` (HKDF, RFC 5869): none can stand in for another. */
export interface Secrets {
  jwt: string
  links: Buffer
  answers: Buffer
}

const derive = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `counterdesk ${purpose}`, 32))

export const createSecrets = (secret: string): Secrets => ({
  jwt: secret,
  links: derive(secret, 'links'),
  answers: derive(secret, 'answers'),
})

export const sha256 = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest()

export const hmac = (key: Buffer, value: string): Buffer => createHmac('sha256', key).update(value).digest()

/** Compares without telling by its time how much was right. */
export const isEqual = (left: Buffer, right: Buffer): boolean =>
  left.length === right.length && timingSafeEqual(left, right)
