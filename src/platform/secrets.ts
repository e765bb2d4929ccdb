import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSealingKeys, type SealingKeys } from './sealed-texts.ts'

/** One key for each purpose, derived from `JWT_SECRET` (HKDF, RFC 5869). No key can replace another. */
export interface Secrets {
  jwt: KeyObject
  links: Buffer
  mails: Buffer
  answers: KeyObject
  numbers: Buffer
  objects: Buffer
  counts: Buffer
  sessions: Buffer
  /** The keys of secrets that are kept and read again, derived from `SECRETS_KEY` or, without it, from `JWT_SECRET`. */
  sealing: SealingKeys
  places: Buffer
  passes: Buffer
  webhooks: Buffer
  backups: Buffer
}

const derive = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `counterdesk ${purpose}`, 32))

/** Derives the keys from `JWT_SECRET`, and from what `SECRETS_KEY` has. */
export const createSecrets = (secret: string, secretsKeys: readonly string[] = []): Secrets => ({
  // A key object saves 20 us each time: jsonwebtoken first tries to read a string as a public key.
  jwt: createSecretKey(secret, 'utf8'),
  links: derive(secret, 'links'),
  mails: derive(secret, 'mails'),
  // It is quicker here, too: for bytes, Node (24.21) first takes long to find out that they are no key object.
  answers: createSecretKey(derive(secret, 'answers')),
  numbers: derive(secret, 'numbers'),
  objects: derive(secret, 'objects'),
  counts: derive(secret, 'counts'),
  sessions: derive(secret, 'sessions'),
  sealing: createSealingKeys(secretsKeys, secret),
  places: derive(secret, 'places'),
  passes: derive(secret, 'passes'),
  webhooks: derive(secret, 'webhooks'),
  backups: derive(secret, 'backups'),
})

/** The SHA-256 of bytes, or of a text in UTF-8. */
export const sha256 = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest()

/** The HMAC-SHA-256 of a text. */
export const hmac = (key: Buffer | KeyObject, value: string): Buffer => createHmac('sha256', key).update(value).digest()

/** Compares in a time that does not tell how many bytes are equal. */
export const isEqual = (left: Buffer, right: Buffer): boolean =>
  left.length === right.length && timingSafeEqual(left, right)

/** One block of AES for each number. The tenant in the block reveals a wrong key, or a number of another tenant. */
const blockCipher = 'aes-256-ecb'

/** Encrypts a number into 32 hexadecimal digits. The same number always gives the same text. */
export const sealNumber = (key: Buffer, tenantId: number, number: number): string => {
  const block = Buffer.alloc(16)
  block.writeBigUInt64BE(BigInt(tenantId))
  block.writeBigUInt64BE(BigInt(number), 8)
  const cipher = createCipheriv(blockCipher, key, null).setAutoPadding(false)
  return Buffer.concat([cipher.update(block), cipher.final()]).toString('hex')
}

/** Decrypts a text that `sealNumber` made for the tenant. Null for any other text. */
export const openNumber = (key: Buffer, tenantId: number, text: string): number | null => {
  if (!/^[0-9a-f]{32}$/.test(text)) return null
  const decipher = createDecipheriv(blockCipher, key, null).setAutoPadding(false)
  const block = Buffer.concat([decipher.update(text, 'hex'), decipher.final()])
  return block.readBigUInt64BE() === BigInt(tenantId) ? Number(block.readBigUInt64BE(8)) : null
}

/**
 * The secret of a trial or a development machine, where `JWT_SECRET` is not set. It is made once and kept in the data
 * folder, where only the owner can read it. Processes that start at the same moment get the same secret: `link`
 * succeeds for one of them, after the file has been written.
 */
export const loadOrCreateSecret = async (dataDir: string): Promise<string> => {
  const file = join(dataDir, 'jwt-secret')
  await mkdir(dataDir, { recursive: true })
  const known = await readFile(file, 'utf8').catch(ifMissing)
  if (known !== null) return known.trim()
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  return (await readFile(file, 'utf8')).trim()
}

const ifMissing = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}
