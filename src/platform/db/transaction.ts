import type { Pool, PoolClient } from 'pg'
import { checkIn, checkOut } from './checkout.ts'
import { isConnectionError } from './connection-errors.ts'
import type { Tx } from './sql.ts'

/**
 * The proof that a request was answered, kept in the transaction of its change (see `http/idempotency.ts`):
 * `claim` comes first and refuses a second run, `seal` comes last and keeps the answer made from the result.
 */
export interface Receipt {
  claim(tx: Tx): Promise<void>
  seal(tx: Tx, result: unknown): Promise<void>
}

/** Answers with the fault of a connection that cannot even do this, else null. */
const rollback = async (client: PoolClient): Promise<unknown> => {
  try {
    await client.query('rollback')
    return null
  } catch (error) {
    return error
  }
}

/**
 * Runs `work` in one transaction (READ COMMITTED) and answers after its commit; any error rolls all of it back.
 * It takes the pool only, so transactions do not nest. No network call belongs inside one.
 *
 * @throws whatever `work` throws; an error when the server answers COMMIT with ROLLBACK, as it does without any error
 * when a statement's failure was swallowed.
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
    await receipt?.claim(tx)
    const result = await work(tx)
    await receipt?.seal(tx, result)
    const { command } = await client.query('commit')
    if (command !== 'COMMIT') throw new Error(`the transaction was not committed: the server answered ${command}`)
    return result
  } catch (error) {
    fault = isConnectionError(error) ? error : await rollback(client)
    throw error
  } finally {
    checkIn(pool, client, fault)
  }
}
