import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { sha256 } from '../../../platform/secrets.ts'

/** What every API token begins with, so that scanners for secrets know one when they see it. */
const prefix = 'cdk'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A number in base 62, with zeros in front. */
const inBase62 = (number: bigint, length: number): string => {
  let text = ''
  for (let rest = number; rest > 0n; rest /= 62n) text = (digits[Number(rest % 62n)] ?? '') + text
  return text.padStart(length, '0')
}

/** 62^43 is more than 2^256, and 62^6 more than 2^32. */
const secretLength = 43
const checksumLength = 6

/**
 * The CRC32 of the text before it. So a scanner, and this program, can tell a token from a text that only looks like
 * one without a look into the database. GitHub makes its tokens so: "Behind GitHub's new authentication token formats",
 * github.blog, 2021-04-05.
 */
const checksumOf = (text: string): string => inBase62(BigInt(crc32(text)), checksumLength)

/** The text of a new API token: `cdk_<tenant>_<256 random bits><checksum>`. */
export const createTokenText = (tenantId: number): string => {
  const random = BigInt(`0x${randomBytes(32).toString('hex')}`)
  const text = `${prefix}_${tenantId}_${inBase62(random, secretLength)}`
  return text + checksumOf(text)
}

const form = new RegExp(`^${prefix}_([1-9]\\d{0,8})_[0-9A-Za-z]{${secretLength}}([0-9A-Za-z]{${checksumLength}})$`)

/** Whether a text means to be an API token. */
export const isTokenText = (text: string): boolean => text.startsWith(`${prefix}_`)

/**
 * Only the hash of a token is kept. A plain hash is enough, because nobody can guess 256 random bits, and it outlives a
 * new `JWT_SECRET`.
 */
export const hashOfToken = (text: string): Buffer => sha256(text)

/** Reads a token: its tenant, and the hash by which it is found. Null for a text of another form or checksum. */
export const readTokenText = (text: string): { tenantId: number; hash: Buffer } | null => {
  const [, tenantId, checksum] = form.exec(text) ?? []
  if (tenantId === undefined || checksum !== checksumOf(text.slice(0, -checksumLength))) return null
  return { tenantId: Number(tenantId), hash: hashOfToken(text) }
}

/** What people know a token by: its beginning and its last four characters. */
export const hintOf = (text: string): string => `${text.slice(0, text.lastIndexOf('_') + 1)}…${text.slice(-4)}`
