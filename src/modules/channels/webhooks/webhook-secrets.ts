import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { openText, type SealingKeys, sealText } from '../../../platform/sealed-texts.ts'

// Secrets and signatures as Standard Webhooks 1.0 has them.

/** A secret has 24 to 64 bytes. */
const secretBytes = 32
const prefix = 'whsec_'

/** Makes a secret. */
export const createWebhookSecret = (): string => `${prefix}${randomBytes(secretBytes).toString('base64')}`

/** Whose a sealed secret is, so that it does not open in the row of another webhook. */
const ownerOf = (tenantId: number, webhookNumber: number): string => `webhook ${tenantId} ${webhookNumber}`

/** Seals the secret of a webhook, as it is kept. */
export const sealWebhookSecret = (keys: SealingKeys, tenantId: number, webhookNumber: number, secret: string): string =>
  sealText(keys, ownerOf(tenantId, webhookNumber), secret)

/** Opens the kept secret of a webhook. Null when its key is gone. */
export const openWebhookSecret = (
  keys: SealingKeys,
  tenantId: number,
  webhookNumber: number,
  sealed: string,
): string | null => openText(keys, ownerOf(tenantId, webhookNumber), sealed)

/** A message as it is signed. `sentAt` is in whole seconds since 1970. */
export interface SignedMessage {
  id: string
  sentAt: number
  body: string
}

/** Makes the keys of secrets. They are made once for many messages, because that takes as long as to sign one. */
export const signingKeys = (secrets: string[]): KeyObject[] =>
  secrets.map((secret) => createSecretKey(Buffer.from(secret.slice(prefix.length), 'base64')))

/** The signature of a message with one key. */
const signatureOf = ({ id, sentAt, body }: SignedMessage, key: KeyObject): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${sentAt}.${body}`).digest('base64')}`

/** The three headers of a message, signed with each of the keys. */
export const signedHeaders = (message: SignedMessage, keys: KeyObject[]): Record<string, string> => ({
  'webhook-id': message.id,
  'webhook-timestamp': String(message.sentAt),
  'webhook-signature': keys.map((key) => signatureOf(message, key)).join(' '),
})
