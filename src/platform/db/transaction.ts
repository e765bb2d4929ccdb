import type { Pool, PoolClient } from 'pg'
import { AppError } from '../errors.ts'
import { checkIn, checkOut } from './checkout.ts'
import { clearNoteOfEvents, tellOfEvents } from './committed-events.ts'
import { isConnectionError } from './connection-errors.ts'
import { claimReceipts, type Receipt, sealReceipts } from './receipts.ts'
import type { Tx } from './sql.ts'
import { asStatement, asWaiting } from './statement-spans.ts'
import {
  beginWithFirst,
  CommittedError,
  commitNow,
  forgetEnds,
  hasBegun,
  isCommitted,
  lastly,
} from './transaction-ends.ts'

/** Rolls back. Answers with the fault of a connection that cannot, else null. */
const rollback = async (client: PoolClient): Promise<unknown> => {
  try {
    if (hasBegun(client)) await client.query('rollback')
    return null
  } catch (error) {
    return error
  }
}

/** `work` answers with this when it locked the wrong rows. The transaction is then rolled back without an error. */
export const startOver = Symbol('start over')

/**
 * Runs `work` in one transaction (READ COMMITTED) and answers after the commit. Any error rolls everything back. It
 * takes only a pool, so transactions do not nest. Do not make network calls in `work`. `begin` goes with the first
 * statement, and `commit` with the last where `work` says which that is (`lastly`). The receipt is claimed first,
 * sealed last, and rolled back with the transaction. When the transaction wrote events, the fan-out is nudged after the
 * commit. When `work` answers with `startOver`, everything is rolled back and `startOver` is the answer.
 *
 * @throws the error of `work`, as a CommittedError when it comes after the commit; the refusal of the receipt; Error
 * when the server answers COMMIT with ROLLBACK, which happens when `work` ignored the error of a statement.
 */
export const transaction = async <T>(
  pool: Pool,
  work: (tx: Tx) => Promise<T>,
  receipt: Receipt | null = null,
): Promise<T> => {
  const client = await asWaiting(() => checkOut(pool))
  let fault: unknown = null
  try {
    await beginWithFirst(client)
    const tx = client as unknown as Tx
    const [refusal] = receipt === null ? [] : await claimReceipts(tx, [receipt])
    if (refusal) throw refusal
    const result = await work(tx)
    if (result === startOver) {
      fault = await rollback(client)
      return result
    }
    if (receipt !== null) await lastly(tx, () => sealReceipts(tx, [{ receipt, result }]))
    const command = await asStatement('commit', () => commitNow(client))
    if (command !== 'COMMIT') throw new Error(`the transaction was not committed: the server answered ${command}`)
    if (clearNoteOfEvents(client)) tellOfEvents(pool)
    return result
  } catch (error) {
    if (isCommitted(client)) {
      if (clearNoteOfEvents(client)) tellOfEvents(pool)
      throw new CommittedError(error)
    }
    fault = isConnectionError(error) ? error : await rollback(client)
    throw error
  } finally {
    clearNoteOfEvents(client)
    forgetEnds(client)
    checkIn(pool, client, fault)
  }
}

/** How often a transaction may start over. */
const attemptsAtMost = 5

/**
 * Runs `work` in a transaction, and in a new one as often as it answers with `startOver`.
 * @throws AppError `unavailable` when it starts over again and again; else as `transaction`.
 */
export const retriedTransaction = async <T>(
  pool: Pool,
  work: (tx: Tx) => Promise<T | typeof startOver>,
  receipt: Receipt | null = null,
): Promise<T> => {
  for (let attempt = 1; attempt <= attemptsAtMost; attempt += 1) {
    const outcome = await transaction<T | typeof startOver>(pool, work, receipt)
    if (outcome !== startOver) return outcome as T
  }
  throw new AppError('unavailable')
}
