import { z } from 'zod'
import { AppError } from '../errors.ts'
import { exec, many, planNowAndThen, type Sql, sql, type Tx } from './sql.ts'

/**
 * The proof that a request was answered. The transaction of the change claims it first, and seals it with the answer
 * last. `http/idempotency.ts` says what it means to a caller.
 */
export interface Receipt {
  tenantId: number
  /** The account of the key: keys of different accounts never meet. */
  scope: string
  key: string
  requestHash: Buffer
  /** Encrypts the answer to the result. */
  seal(result: unknown): Buffer
}

/** Receipts that were made before this time do not count any more. */
export const startOfReceipts: Sql = sql`now() - interval '24 hours'`

/** A receipt cannot be claimed, because the first request has ended after the search for its answer. */
export class AlreadyAnswered extends Error {}

const Claim = z.object({ place: z.int(), held: z.boolean(), is_new: z.boolean() })

/** The refusal while the first request with a key is still running. */
export const requestInProgress = (): AppError =>
  new AppError('request_in_progress', { headers: { 'Retry-After': '1' } })

/** The name of a receipt. Receipts of the same tenant, scope and key have the same name, and no others do. */
export const nameOfReceipt = ({ tenantId, scope, key }: Pick<Receipt, 'tenantId' | 'scope' | 'key'>): string =>
  [tenantId, scope, key].join('\n')

/**
 * Claims receipts in one statement. A failed request leaves no receipt and may be sent again.
 * @returns for each receipt null when it is claimed, else `AlreadyAnswered` or AppError `request_in_progress`.
 */
export const claimReceipts = async (tx: Tx, receipts: Receipt[]): Promise<(Error | null)[]> => {
  const names = receipts.map(nameOfReceipt)
  // PostgreSQL grants a lock again to the transaction that holds it, so equal receipts are found here.
  const first = receipts.filter((_, index) => names.indexOf(names[index] ?? '') === index)
  const rows = await many(
    tx,
    Claim,
    sql`with wanted as materialized (
          select w.*, pg_try_advisory_xact_lock(hashtextextended(w.name, 0)) as held
          from unnest(${first.map(nameOfReceipt)}::text[], ${first.map((receipt) => receipt.tenantId)}::integer[],
            ${first.map((receipt) => receipt.scope)}::text[], ${first.map((receipt) => receipt.key)}::text[],
            ${first.map((receipt) => receipt.requestHash)}::bytea[])
            with ordinality as w (name, tenant_id, scope, key, request_hash, place)),
        claimed as (
          insert into idempotency_keys (tenant_id, scope, key, request_hash, answer)
          select w.tenant_id, w.scope, w.key, w.request_hash, '' from wanted w where w.held
          on conflict (tenant_id, scope, key) do update
            set request_hash = excluded.request_hash, answer = '', created_at = now()
            where idempotency_keys.created_at <= ${startOfReceipts}
          returning tenant_id, scope, key)
        select w.place, w.held, c.key is not null as is_new
        from wanted w
        left join claimed c on c.tenant_id = w.tenant_id and c.scope = w.scope and c.key = w.key`,
  )
  const refusals = new Map(
    rows.map(({ place, held, is_new: isNew }) => {
      if (!held) return [first[place - 1], requestInProgress()]
      return [first[place - 1], isNew ? null : new AlreadyAnswered()]
    }),
  )
  return receipts.map((receipt) => {
    const refusal = refusals.get(receipt)
    return refusal === undefined ? requestInProgress() : refusal
  })
}

/** Stores the answers of claimed receipts, in one statement. */
export const sealReceipts = (tx: Tx, results: { receipt: Receipt; result: unknown }[]): Promise<number> =>
  exec(
    tx,
    planNowAndThen(sql`update idempotency_keys k set answer = s.answer
        from unnest(${results.map(({ receipt }) => receipt.tenantId)}::integer[],
          ${results.map(({ receipt }) => receipt.scope)}::text[], ${results.map(({ receipt }) => receipt.key)}::text[],
          ${results.map(({ receipt, result }) => receipt.seal(result))}::bytea[]) as s (tenant_id, scope, key, answer)
        where k.tenant_id = s.tenant_id and k.scope = s.scope and k.key = s.key`),
  )
