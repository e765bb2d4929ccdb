import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import type { Pool } from 'pg'
import { z } from 'zod'
import type { App } from '../app-context.ts'
import { createCombiner } from '../combiner.ts'
import { inTurnOfTenant } from '../db/connection-turns.ts'
import { nameOfReceipt, type Receipt, startOfReceipts } from '../db/receipts.ts'
import { exec, many, planNowAndThen, sql } from '../db/sql.ts'
import { AppError } from '../errors.ts'
import type { CleanUp } from '../jobs/clean-up.ts'
import { perApp } from '../per-app.ts'
import { hmac, sha256 } from '../secrets.ts'
import type { Answer } from './endpoint.ts'

/** A request with an Idempotency-Key. Keys of different accounts or tenants never meet. */
export interface KeyedRequest {
  tenantId: number
  /** Keys of one lane are looked up together: those of a tenant's accounts, or of its callers without an account. */
  lane: string
  scope: string
  key: string
  /** Method, path, body, and the version in If-Match. A repeat must have the same. */
  fingerprint: string
  /** The fingerprint that versions up to 0.1.0 made of the same request. */
  earlierFingerprint: () => string
}

/** The JSON of a value with the members of each object in one order, so that equal values have equal texts. */
const canonicalText = (value: unknown): string =>
  JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    const names = Object.keys(inner)
    const isInOrder = names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)
    return isInOrder ? inner : Object.fromEntries(Object.entries(inner).sort(([one], [two]) => (one < two ? -1 : 1)))
  })

/** What tells a request from others with its key. Of equal members in one object the last counts, as everywhere. */
export const fingerprintsOf = (
  method: string,
  { path, asSent }: { path: string; asSent: string },
  body: unknown,
  ifMatch: number | null,
): Pick<KeyedRequest, 'fingerprint' | 'earlierFingerprint'> => {
  const parts = [method, path, body ?? null]
  return {
    fingerprint: canonicalText(ifMatch === null ? parts : [...parts, ifMatch]),
    // The members are in the order in which the client sent them. Only POST had keys then, and no If-Match.
    // The path was as it was sent, too.
    earlierFingerprint: () => JSON.stringify([method, asSent, body ?? null]),
  }
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
const answerKey = (app: App, key: string, fingerprint: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', app.secrets.answers, sha256(fingerprint), key, 32)))

/**
 * The hash by which the table recognizes a request. The hash is keyed, because readers of the table could guess a
 * password from a plain hash.
 */
const requestHash = (app: App, fingerprint: string): Buffer => hmac(app.secrets.answers, fingerprint)

const encrypt = (key: KeyObject, text: string): Buffer => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (key: KeyObject, sealed: Buffer): string => {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
}

const Kept = z.object({ place: z.int(), request_hash: z.instanceof(Buffer), answer: z.instanceof(Buffer) })
type Kept = z.output<typeof Kept>

/** The kept answers to requests, each with the place of its request, from 1. */
const listKept = (pool: Pool, requests: KeyedRequest[]): Promise<Kept[]> =>
  many(
    pool,
    Kept,
    planNowAndThen(sql`select w.place, k.request_hash, k.answer
        from unnest(${requests.map(({ tenantId }) => tenantId)}::integer[],
          ${requests.map(({ scope }) => scope)}::text[], ${requests.map(({ key }) => key)}::text[])
          with ordinality as w (tenant_id, scope, key, place)
        cross join lateral (
          select i.request_hash, i.answer from idempotency_keys i
          where i.tenant_id = w.tenant_id and i.scope = w.scope and i.key = w.key
            and i.created_at > ${startOfReceipts} limit 1) k`),
  )

/** How many keys one statement looks up. An answer may be as large as a ticket with its texts. */
const lookedUpAtOnce = 16

const findKept = perApp(({ pool, turns }) =>
  createCombiner<string, KeyedRequest, Kept | null>(async (lane, requests) => {
    const wanted = new Map(requests.map((request) => [nameOfReceipt(request), request]))
    const kept = await inTurnOfTenant(turns, lane, () => listKept(pool, [...wanted.values()]))
    const names = [...wanted.keys()]
    const byName = new Map(kept.map((one) => [names[one.place - 1], one]))
    return requests.map((request) => byName.get(nameOfReceipt(request)) ?? null)
  }, lookedUpAtOnce),
)

/**
 * Finds the first answer to this key from the last 24 hours, or null. Keys of a tenant that are looked up at the same
 * time share a statement. Rights may have changed since, so `refuse` says whether the caller still sees what the body
 * of the answer is about. An answer without a body tells only that the caller's own request succeeded, so whoever
 * deleted a ticket is told so again.
 * @throws AppError `idempotency_key_reused` when the key belongs to a request with another method, path, body or
 * version in If-Match; what `refuse` throws.
 */
export const findAnswer = async (
  app: App,
  request: KeyedRequest,
  refuse: (body: unknown) => Promise<void>,
): Promise<Answer | null> => {
  const kept = await findKept(app)(request.lane, request)
  if (kept === null) return null
  const isOf = (fingerprint: string): boolean => kept.request_hash.equals(requestHash(app, fingerprint))
  const fingerprint = [request.fingerprint, request.earlierFingerprint()].find(isOf)
  if (fingerprint === undefined) {
    throw new AppError('idempotency_key_reused', {
      detail:
        'The first request with this key had another method, path, body or If-Match. Send this one with a new key.',
    })
  }
  const answer = JSON.parse(decrypt(answerKey(app, request.key, fingerprint), kept.answer)) as Answer
  if (answer.body !== undefined) await refuse(answer.body)
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
  requestHash: requestHash(app, request.fingerprint),
  seal: (result) => encrypt(answerKey(app, request.key, request.fingerprint), JSON.stringify(render(result))),
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
