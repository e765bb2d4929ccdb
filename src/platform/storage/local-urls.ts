import { type Clock, secondsOf } from '../clock.ts'
import { AppError } from '../errors.ts'
import { hmac, isEqual } from '../secrets.ts'
import type { Content, Download, SignedDownload, SignedPut } from './object-store.ts'

/** Where the program serves its objects, below `/api`. */
export const objectsPath = '/objects'

/** Signs JSON, because JSON keeps the members apart: no two different requests have the same text. */
const signatureOf = (secret: Buffer, parts: (string | number | null)[]): string =>
  hmac(secret, JSON.stringify(parts)).toString('base64url')

/** Encodes every character that a browser would encode, so that an address passes a browser unchanged. */
const encode = (value: string | number): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

const targetOf = (key: string, query: Record<string, string | number>): string => {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`)
  return `${objectsPath}/${key}?${parameters.join('&')}`
}

/** The path and the query of an upload, with its signature. */
const targetOfPut = (secret: Buffer, { key, expires, size, contentType, sha256 }: SignedPut): string => {
  const signature = signatureOf(secret, ['PUT', key, expires, size, contentType, sha256])
  const hash: Record<string, string> = sha256 === null ? {} : { sha256 }
  return targetOf(key, { expires, size, type: contentType, ...hash, signature })
}

/** The path and the query of a download, with its signature. */
const targetOfDownload = (
  secret: Buffer,
  { key, expires, contentType, disposition, stamp }: SignedDownload,
): string => {
  const signature = signatureOf(secret, ['GET', key, expires, contentType, disposition, stamp])
  return targetOf(key, { expires, type: contentType, disposition, stamp, signature })
}

/**
 * Addresses that carry their own permission. Anyone who has such an address may use it until it expires, for the one
 * request that it describes. A request must have the very text of the address: each address has one spelling, so what
 * is counted or cached by its text is counted once. `start` is where the program is reached; what is signed stands
 * below it.
 */
export const createLocalUrls = (clock: Clock, secret: Buffer) => {
  const verify = (expected: string, target: string, expires: number): void => {
    const isSignedHere = isEqual(Buffer.from(expected), Buffer.from(target))
    if (!isSignedHere || expires < secondsOf(clock)) throw new AppError('invalid_signature')
  }
  return {
    put: (start: string, key: string, content: Content, seconds: number): string =>
      `${start}/api${targetOfPut(secret, { key, expires: secondsOf(clock) + seconds, ...content })}`,
    download: (start: string, key: string, download: Download, seconds: number): string =>
      `${start}/api${targetOfDownload(secret, { key, expires: secondsOf(clock) + seconds, ...download })}`,
    verifyPut: (put: SignedPut, target: string): void => verify(targetOfPut(secret, put), target, put.expires),
    verifyDownload: (download: SignedDownload, target: string): void =>
      verify(targetOfDownload(secret, download), target, download.expires),
  }
}
