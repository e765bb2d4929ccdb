import type { Pool, PoolClient } from 'pg'
import { checkIn, checkOut } from './checkout.ts'
import { takeNoteOfEvents, tellOfEvents } from './committed-events.ts'
import { isConnectionError } from './connection-errors.ts'
import { claimReceipts, type Receipt, sealReceipts } from './receipts.ts'
import type { Tx } from './sql.ts'

/** Answers with the fault of a connection that cannot even do this, else null. */
const rollback = async (client: PoolClient): Promise<unknown> => {
  try {
    await client.query('rollback')
    return null
  } catch (error) {
    return error
  }
}

/** What `work` answers with to have its transaction rolled back without an error, because it locked the wrong rows. */
export const startOver = Symbol('start over')

/**
 * Runs `work` in one transaction (READ COMMITTED) and answers after its commit; any error rolls all of it back.
 * It takes the pool only, so transactions do not nest. No network call belongs inside one. A receipt is claimed first and
 * sealed last, and falls with the transaction. When the transaction wrote events, the fan-out is nudged after the commit.
 * When `work` answers with `startOver`, all is rolled back and `startOver` is the answer.
 *
 * @throws whatever `work` throws; why the receipt cannot be claimed; an error when the server answers COMMIT with
 * ROLLBACK, as it does without any error when a statement's failure was swallowed.
 */
export const transaction = async <T>(
  pool: Pool,
  work: (tx: Tx) => Promise<T>,
  receipt: Receipt | null = null,
): Promise<T> => {
  const client = await checkOut(pool)
  let fault: unknown = null
  try {
    await client.query('begin')
    const tx = client as unknown as Tx
    const [refusal] = receipt === null ? [] : await claimReceipts(tx, [receipt])
    if (refusal) throw refusal
    const result = await work(tx)
    if (result === startOver) {
      fault = await rollback(client)
      return result
    }
    if (receipt !== null) await sealReceipts(tx, [{ receipt, result }])
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error(`the transaction was not committed: the server answered ${command}`)
    if (takeNoteOfEvents(client)) tellOfEvents(pool)
    return result
  } catch (error) {
    fault = isConnectionError(error) ? error : await rollback(client)
    throw error
  } finally {
    takeNoteOfEvents(client)
    checkIn(pool, client, fault)
  }
}
