import type { ClientBase, Pool, PoolClient } from 'pg'
import { isSilence } from './connection-errors.ts'
import { takeTurn } from './connection-turns.ts'

/** Ends the turn of the request that a connection was taken for. */
const turnsOfConnections = new WeakMap<PoolClient, () => void>()
/** When each connection was first used. */
const usedSince = new WeakMap<PoolClient, number>()
/** The connections of a pool that were first used before this time may be dead. */
const suspectUntil = new WeakMap<Pool, number>()

/**
 * Since when a connection works as the owner of the tables. It is closed after a while, because the role may exist by
 * then.
 */
const ownerSince = new WeakMap<ClientBase, number>()
const ownerMs = 30_000

/** Notes that a new connection works as the owner, because there was no role. */
export const markAsOwner = (client: ClientBase): void => void ownerSince.set(client, performance.now())

/** What a connection must find out before it is used. It answers whether that is done. */
const unsettled = new WeakMap<ClientBase, () => Promise<boolean>>()

/** Notes that a connection must find something out before each use, until `settle` answers that it is done. */
export const markUnsettled = (client: ClientBase, settle: () => Promise<boolean>): void =>
  void unsettled.set(client, settle)

const settle = async (client: PoolClient): Promise<void> => {
  try {
    if ((await unsettled.get(client)?.()) === true) unsettled.delete(client)
  } catch (error) {
    client.release(true)
    throw error
  }
}

const isOwnerForLong = (client: PoolClient): boolean =>
  performance.now() - (ownerSince.get(client) ?? Number.POSITIVE_INFINITY) > ownerMs

const connectTo = async (pool: Pool): Promise<PoolClient> => {
  for (;;) {
    const client = await pool.connect()
    const since = usedSince.get(client)
    if (since === undefined) usedSince.set(client, performance.now())
    if (isOwnerForLong(client)) {
      client.release(true)
      continue
    }
    if (since === undefined || since > (suspectUntil.get(pool) ?? 0)) {
      await settle(client)
      return client
    }
    client.release(true)
  }
}

/**
 * Takes a connection from the pool, when it is the caller's turn. When a connection got no answer at all, all
 * connections of that time are closed instead of used again. The network may have died silently, and each of them would
 * cost a request eleven seconds.
 * @throws AppError `too_many_at_once` when too many requests of the caller wait (see `takeTurn`); Error when no
 * connection is free within `timeouts.connect`, or the database is away.
 */
export const checkOut = async (pool: Pool): Promise<PoolClient> => {
  const endTurn = await takeTurn()
  try {
    const client = await connectTo(pool)
    turnsOfConnections.set(client, endTurn)
    return client
  } catch (error) {
    endTurn()
    throw error
  }
}

/**
 * Gives a connection back to the pool, or destroys it when it has a fault: after a lost answer, the next answer may
 * belong to an earlier statement (node-postgres issue 3399).
 */
export const checkIn = (pool: Pool, client: PoolClient, fault: unknown): void => {
  if (isSilence(fault)) suspectUntil.set(pool, performance.now())
  client.release(fault !== null)
  turnsOfConnections.get(client)?.()
  turnsOfConnections.delete(client)
}
