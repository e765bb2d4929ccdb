import { AppError } from '../errors.ts'
import { hmac, isEqual } from '../secrets.ts'
import type { Content, Download, SignedDownload, SignedPut } from './object-store.ts'

/** Where the program serves its objects, below `/api`. */
export const objectsPath = '/objects'

const now = (): number => Math.floor(Date.now() / 1_000)

/** JSON, so that no two different requests read the same: the members stay apart whatever is in them. */
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

const verify = (secret: Buffer, parts: (string | number)[], expires: number, signature: string): void => {
  const isOurs = isEqual(signatureOf(secret, parts), Buffer.from(signature, 'base64url'))
  if (!isOurs || expires < now()) throw new AppError('invalid_signature')
}

/** Addresses that carry their own permission: whoever has one may use it until it expires, for what it says. */
export const createLocalUrls = (publicUrl: string, secret: Buffer) => {
  const address = (key: string, query: Record<string, string | number>): string => {
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    return `${publicUrl}/api${objectsPath}/${key}?${parameters.join('&')}`
  }
  return {
    put(key: string, { size, contentType, sha256 }: Content, seconds: number): string {
      const put = { key, expires: now() + seconds, size, contentType, sha256 }
      const signature = signatureOf(secret, ofPut(put)).toString('base64url')
      return address(key, { expires: put.expires, size, type: contentType, sha256, signature })
    },
    download(key: string, { contentType, disposition }: Download, seconds: number): string {
      const download = { key, expires: now() + seconds, contentType, disposition }
      const signature = signatureOf(secret, ofDownload(download)).toString('base64url')
      return address(key, { expires: download.expires, type: contentType, disposition, signature })
    },
    verifyPut: (put: SignedPut): void => verify(secret, ofPut(put), put.expires, put.signature),
    verifyDownload: (download: SignedDownload): void =>
      verify(secret, ofDownload(download), download.expires, download.signature),
  }
}
