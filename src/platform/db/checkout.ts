import type { ClientBase, Pool, PoolClient } from 'pg'
import { isSilence } from './connection-errors.ts'

/** When a connection was first used, and up to when the connections of a pool are under suspicion. */
const usedSince = new WeakMap<PoolClient, number>()
const suspectUntil = new WeakMap<Pool, number>()

/** Connections that work as the owner of the tables, since when. The role may have been made meanwhile, so not for long. */
const ownerSince = new WeakMap<ClientBase, number>()
const ownerMs = 30_000

/** Notes that there was no role to adopt for a new connection. */
export const markAsOwner = (client: ClientBase): void => void ownerSince.set(client, performance.now())

const isOwnerForLong = (client: PoolClient): boolean =>
  performance.now() - (ownerSince.get(client) ?? Number.POSITIVE_INFINITY) > ownerMs

/**
 * Takes a connection from the pool. After one of them got no answer at all, those that were there at that time are not
 * used again: where a network died silently, each of them would cost a request its eleven seconds to find out.
 * @throws when there is none within `timeouts.connect`, or the database is away.
 */
export const checkOut = async (pool: Pool): Promise<PoolClient> => {
  for (;;) {
    const client = await pool.connect()
    const since = usedSince.get(client)
    if (since === undefined) usedSince.set(client, performance.now())
    if (isOwnerForLong(client)) {
      client.release(true)
      continue
    }
    if (since === undefined || since > (suspectUntil.get(pool) ?? 0)) return client
    client.release(true)
  }
}

/**
 * Gives it back, or destroys it when there is a fault of the connection: after a lost answer nobody knows what it would
 * say next (node-postgres issue 3399).
 */
export const checkIn = (pool: Pool, client: PoolClient, fault: unknown): void => {
  if (isSilence(fault)) suspectUntil.set(pool, performance.now())
  client.release(fault !== null)
}
