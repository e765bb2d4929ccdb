import { type Clock, secondsOf } from '../clock.ts'
import { AppError } from '../errors.ts'
import { hmac, isEqual } from '../secrets.ts'
import type { Content, Download, SignedDownload, SignedPut } from './object-store.ts'

/** Where the program serves its objects, below `/api`. */
export const objectsPath = '/objects'

/** Signs JSON, because JSON keeps the members apart: no two different requests have the same text. */
const signatureOf = (secret: Buffer, parts: (string | number)[]): Buffer => hmac(secret, JSON.stringify(parts))

const ofPut = ({ key, expires, size, contentType, sha256 }: Omit<SignedPut, 'signature'>) => [
  'PUT',
  key,
  expires,
  size,
  contentType,
  sha256,
]
const ofDownload = ({ key, expires, contentType, disposition }: Omit<SignedDownload, 'signature'>) => [
  'GET',
  key,
  expires,
  contentType,
  disposition,
]

/**
 * Addresses that carry their own permission. Anyone who has such an address may use it until it expires, for the one
 * request that it describes.
 */
export const createLocalUrls = (clock: Clock, publicUrl: string, secret: Buffer) => {
  const verify = (parts: (string | number)[], expires: number, signature: string): void => {
    const isSignedHere = isEqual(signatureOf(secret, parts), Buffer.from(signature, 'base64url'))
    if (!isSignedHere || expires < secondsOf(clock)) throw new AppError('invalid_signature')
  }
  const address = (key: string, query: Record<string, string | number>): string => {
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    return `${publicUrl}/api${objectsPath}/${key}?${parameters.join('&')}`
  }
  return {
    put(key: string, { size, contentType, sha256 }: Content, seconds: number): string {
      const put = { key, expires: secondsOf(clock) + seconds, size, contentType, sha256 }
      const signature = signatureOf(secret, ofPut(put)).toString('base64url')
      return address(key, { expires: put.expires, size, type: contentType, sha256, signature })
    },
    download(key: string, { contentType, disposition }: Download, seconds: number): string {
      const download = { key, expires: secondsOf(clock) + seconds, contentType, disposition }
      const signature = signatureOf(secret, ofDownload(download)).toString('base64url')
      return address(key, { expires: download.expires, type: contentType, disposition, signature })
    },
    verifyPut: (put: SignedPut): void => verify(ofPut(put), put.expires, put.signature),
    verifyDownload: (download: SignedDownload): void =>
      verify(ofDownload(download), download.expires, download.signature),
  }
}
