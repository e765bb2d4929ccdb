import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../app-context.ts'
import { type Receipt, startOfReceipts } from '../db/receipts.ts'
import { exec, maybeOne, sql } from '../db/sql.ts'
import { AppError } from '../errors.ts'
import type { CleanUp } from '../jobs/clean-up.ts'
import { hmac, sha256 } from '../secrets.ts'
import type { Answer } from './endpoint.ts'

/** A request with an Idempotency-Key. Keys of different accounts or tenants never meet. */
export interface KeyedRequest {
  tenantId: number
  scope: string
  key: string
  /** Method, path and body. A repeat must have the same. */
  fingerprint: string
}

const isPrintable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/**
 * Reads the header, with or without quotes: the IETF draft has them, but most clients do not send them.
 * @throws AppError `malformed_request` when it is empty, not printable ASCII, or longer than 255 characters.
 */
export const parseIdempotencyKey = (header: string | undefined): string | null => {
  if (header === undefined) return null
  const key = /^".*"$/.test(header) ? header.slice(1, -1) : header
  if (key.length <= 255 && isPrintable.test(key)) return key
  throw new AppError('malformed_request', { detail: 'Idempotency-Key must be 1 to 255 printable characters.' })
}

/** Answers are kept encrypted (AES-256-GCM) under a key made from the server's secret and the request itself. */
const answerKey = (app: App, { key, fingerprint }: KeyedRequest): Buffer =>
  Buffer.from(hkdfSync('sha256', app.secrets.answers, sha256(fingerprint), key, 32))

/**
 * The hash by which the table recognizes a request. The hash is keyed, because readers of the table could guess a
 * password from a plain hash.
 */
const requestHash = (app: App, { fingerprint }: KeyedRequest): Buffer => hmac(app.secrets.answers, fingerprint)

const encrypt = (key: Buffer, text: string): Buffer => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (key: Buffer, sealed: Buffer): string => {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
}

const Kept = z.object({ request_hash: z.instanceof(Buffer), answer: z.instanceof(Buffer) })

/**
 * Finds the first answer to this key from the last 24 hours, or null. Rights may have changed since, so `refuse` says
 * whether the caller still sees what the body of the answer is about.
 * @throws AppError `idempotency_key_reused` when the key belongs to a request with another method, path or body; what
 * `refuse` throws.
 */
export const findAnswer = async (
  app: App,
  request: KeyedRequest,
  refuse: (body: unknown) => Promise<void>,
): Promise<Answer | null> => {
  const kept = await maybeOne(
    app.pool,
    Kept,
    sql`select k.request_hash, k.answer from idempotency_keys k
        where k.tenant_id = ${request.tenantId} and k.scope = ${request.scope} and k.key = ${request.key}
          and k.created_at > ${startOfReceipts}`,
  )
  if (kept === null) return null
  if (!kept.request_hash.equals(requestHash(app, request))) {
    throw new AppError('idempotency_key_reused', { detail: 'Send another request with a new key.' })
  }
  const answer = JSON.parse(decrypt(answerKey(app, request), kept.answer)) as Answer
  await refuse(answer.body)
  return { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } }
}

/**
 * The receipt for a request that has no answer yet. The transaction of the change writes it, so there is never a change
 * without its answer, or an answer without its change.
 */
export const createReceipt = (app: App, request: KeyedRequest, render: (result: unknown) => Answer): Receipt => ({
  tenantId: request.tenantId,
  scope: request.scope,
  key: request.key,
  requestHash: requestHash(app, request),
  seal: (result) => encrypt(answerKey(app, request), JSON.stringify(render(result))),
})

/** Deletes answers older than 24 hours. */
export const answerCleanUp: CleanUp = {
  name: 'idempotency_keys',
  batch: 5_000,
  step: (app, limit) =>
    exec(
      app.pool,
      sql`delete from idempotency_keys k where k.ctid = any (array(
            select o.ctid from idempotency_keys o
            where o.created_at <= ${startOfReceipts} limit ${limit} for update skip locked))`,
    ),
}
