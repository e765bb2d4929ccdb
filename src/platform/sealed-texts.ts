import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** A key that seals texts, and the short name that stands in each text that it sealed. */
interface SealingKey {
  id: string
  key: Buffer
}

/** The keys of sealed texts: the first one seals, each of them opens. */
export interface SealingKeys {
  first: SealingKey
  all: ReadonlyMap<string, SealingKey>
}

const derive = (secret: string, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', `counterdesk ${purpose}`, bytes))

const keyFrom = (secret: string): SealingKey => ({
  id: derive(secret, 'id of sealing key', 6).toString('hex'),
  key: derive(secret, 'sealing key', 32),
})

/**
 * Makes the keys from `SECRETS_KEY`, the newest secret first. The key that `JWT_SECRET` makes is always the last: it
 * seals while there is no other, and later it opens what it sealed then.
 */
export const createSealingKeys = (secrets: readonly string[], jwtSecret: string): SealingKeys => {
  const keys = [...secrets, jwtSecret].map(keyFrom)
  return { first: keys[0] as SealingKey, all: new Map(keys.map((key) => [key.id, key])) }
}

const cipherName = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/**
 * Seals a text (AES-256-GCM): `<id of the key>.<nonce, text and tag in base64url>`. It opens only with the same
 * `belongsTo`, which says whose it is, so that a sealed text that is copied into another row stays shut.
 */
export const sealText = ({ first: { id, key } }: SealingKeys, belongsTo: string, text: string): string => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(cipherName, key, nonce).setAAD(Buffer.from(belongsTo))
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${id}.${sealed.toString('base64url')}`
}

/** Opens a sealed text. Null when no key opens it, or when it belongs to somebody else. */
export const openText = ({ all }: SealingKeys, belongsTo: string, sealed: string): string | null => {
  const [id = '', content = ''] = sealed.split('.')
  const known = all.get(id)
  const bytes = Buffer.from(content, 'base64url')
  if (known === undefined || bytes.length < nonceBytes + tagBytes) return null
  const decipher = createDecipheriv(cipherName, known.key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(belongsTo)).setAuthTag(bytes.subarray(-tagBytes))
  try {
    return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null
  }
}

/** Whether the newest key sealed a text. Otherwise it is sealed anew when it is used. */
export const isSealedByFirst = ({ first }: SealingKeys, sealed: string): boolean => sealed.startsWith(`${first.id}.`)
