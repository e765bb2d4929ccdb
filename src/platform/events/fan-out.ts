import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { z } from 'zod'
import { isDatabaseUnavailable } from '../db/connection-errors.ts'
import { type Db, exec, many, one, planEachTime, type Sql, sql, type Tx } from '../db/sql.ts'
import { transaction } from '../db/transaction.ts'
import type { Log } from '../log.ts'

/** The events that a fan-out has just given their positions, as two parallel arrays for `unnest`. */
export interface EventBatch {
  tenantIds: number[]
  eventIds: number[]
}

/** Writes the consequences of a batch of events, such as rows of mails and jobs, in the fan-out's transaction. */
export type Consumer = (tx: Tx, batch: EventBatch) => Promise<void>

const batchSize = 500
const headsAtOnce = 100
const pollMs = 250
/** The time between two rounds that are not full. A round costs five round trips and a commit, however small it is. */
const gatherMs = 50

const Head = z.object({ tenant_id: z.int() })
const Placed = z.object({ tenant_id: z.int(), event_id: z.int() })

/**
 * SQLSTATEs that no event can cause: an object or a right is missing (during or before a migration), a state of the
 * transaction, a missing feature. An event may cause the classes 21 to 23, and errors that are not of the database.
 */
const isFaultOfDatabase = (thrown: unknown): boolean => {
  const error = thrown instanceof BatchRefused ? thrown.cause : thrown
  const { code } = (error ?? {}) as { code?: unknown }
  return isDatabaseUnavailable(error) || /^(0A|25|28|3D|3F|42|55|57)/.test(String(code))
}

/** A consumer failed on a batch of `size` events. */
class BatchRefused extends Error {
  readonly size: number

  constructor(size: number, cause: unknown) {
    super(`a consumer failed on ${size} events`, { cause })
    this.size = size
  }
}

const handOn = async (tx: Tx, consumers: Consumer[], batch: EventBatch): Promise<void> => {
  try {
    for (const consume of consumers) await consume(tx, batch)
  } catch (error) {
    throw new BatchRefused(batch.eventIds.length, error)
  }
}

/**
 * Gives at most `limit` events of these tenants their positions, and makes each event the next link of its tenant's
 * chain. The heads of the tenants are locked. Each hash depends on the one before, so the aggregate of a window makes the
 * hashes in the order of the positions.
 */
const placeWaiting = (tenantIds: number[], limit: number): Sql =>
  sql`with waiting as materialized (
        select w.*, w.head + row_number() over (partition by w.tenant_id order by w.event_id) as position
        from (
          select own.*, h.position as head, coalesce(h.hash, event_chain_start(h.tenant_id)) as start
          from unnest(${tenantIds}::integer[]) as k (tenant_id)
          join event_heads h on h.tenant_id = k.tenant_id
          cross join lateral (
            select e.tenant_id, e.event_id, e.type, e.subject_id, e.subject_version, e.actor_id, e.actor_role,
              e.request_id, e.quiet, e.occurred_at, e.changes, e.details, gen_random_uuid() as salt
            from events e where e.tenant_id = h.tenant_id and e.position is null
            order by e.event_id limit ${limit}) own
          limit ${limit}) w),
      digested as (
        select w.*, event_content_digest(w.salt, w.changes, w.details) as digest from waiting w offset 0),
      chained as (
        select d.tenant_id, d.event_id, d.position, d.salt, d.digest,
          event_chain(d.start, event_canonical(d.tenant_id, d.position, d.event_id, d.type, d.subject_id,
            d.subject_version, d.actor_id, d.actor_role, d.request_id, d.quiet, d.occurred_at, d.digest))
            over (partition by d.tenant_id order by d.position rows unbounded preceding) as hash
        from digested d),
      placed as (
        update events e
        set position = c.position, content_salt = c.salt, content_digest = c.digest, hash = c.hash
        from chained c
        where e.tenant_id = c.tenant_id and e.event_id = c.event_id
        returning e.tenant_id, e.event_id, e.position, e.hash),
      moved as (
        update event_heads h set position = last.position, hash = last.hash
        from (
          select distinct on (p.tenant_id) p.tenant_id, p.position, p.hash from placed p
          order by p.tenant_id, p.position desc) last
        where h.tenant_id = last.tenant_id)
      select p.tenant_id, p.event_id from placed p order by p.tenant_id, p.position`

/**
 * Gives the next events their positions and lets the consumers write the consequences, all in one commit. Each event is
 * handed on exactly once and in order, because only the transaction that holds a tenant's row of `event_heads` handles
 * its events. The heads are locked first, so the later snapshot that reads the events sees what the previous holder
 * committed. Tenants whose head is locked are skipped. Of the other tenants, those whose events wait longest come first.
 *
 * `onBad` is for a batch of one event. When a consumer fails on the event, the event gets its position without
 * consequences. That happens in this transaction, so the failure cannot be taken for the failure of another event.
 */
export const fanOutOnce = (
  pool: Pool,
  consumers: Consumer[],
  limit: number,
  onBad?: (refusal: BatchRefused) => void,
): Promise<number> =>
  transaction(pool, async (tx) => {
    const heads = await many(
      tx,
      Head,
      planEachTime(sql`with recursive first as (
            (select e.tenant_id, e.event_id from events e where e.position is null
              order by e.tenant_id, e.event_id limit 1)
            union all
            select next.tenant_id, next.event_id from first f cross join lateral (
              select e.tenant_id, e.event_id from events e where e.position is null and e.tenant_id > f.tenant_id
              order by e.tenant_id, e.event_id limit 1) next)
          select h.tenant_id from first f join event_heads h on h.tenant_id = f.tenant_id
          order by f.event_id limit ${Math.min(limit, headsAtOnce)} for update of h skip locked`),
    )
    if (heads.length === 0) return 0
    const tenantIds = heads.map((head) => head.tenant_id)
    const placed = await many(tx, Placed, planEachTime(placeWaiting(tenantIds, limit)))
    const batch = { tenantIds: placed.map((row) => row.tenant_id), eventIds: placed.map((row) => row.event_id) }
    if (placed.length === 0) return 0
    if (onBad === undefined || placed.length > 1) {
      await handOn(tx, consumers, batch)
      return placed.length
    }
    await exec(tx, sql`savepoint followers`)
    try {
      await handOn(tx, consumers, batch)
    } catch (error) {
      if (!(error instanceof BatchRefused) || isFaultOfDatabase(error)) throw error
      await exec(tx, sql`rollback to savepoint followers`)
      onBad(error)
    }
    return 1
  })

/** A fan-out that runs until it is stopped. */
export interface FanOut {
  /** Looks for new events now instead of at the next poll. */
  nudge(): void
  /** Ends after the current batch. */
  stop(): Promise<void>
}

/**
 * Starts the fan-out. When a consumer fails on a batch, half of the batch is tried, and so on. An event that fails alone
 * gets its position without consequences and is logged, so one bad event does not delay the others. When the database is
 * at fault, the events wait.
 */
export const startFanOut = (pool: Pool, consumers: Consumer[], log: Log): FanOut => {
  let stopped = false
  let isNudged = false
  let wake = new AbortController()
  let limit = batchSize

  const giveUpOn = ({ cause: error }: BatchRefused): void =>
    log.error({ error }, 'a consumer failed on an event: nothing follows from it')

  const round = async (): Promise<'nothing' | 'some' | 'more'> => {
    try {
      const handled = await fanOutOnce(pool, consumers, limit, limit === 1 ? giveUpOn : undefined)
      const isFull = handled === limit
      limit = Math.min(batchSize, limit * 2)
      if (isFull) return 'more'
      return handled > 0 ? 'some' : 'nothing'
    } catch (error) {
      if (isFaultOfDatabase(error)) {
        log.warn({ error: error instanceof BatchRefused ? error.cause : error }, 'the fan-out waits for the database')
        await sleep(1_000)
        return 'nothing'
      }
      if (!(error instanceof BatchRefused)) throw error
      log.warn({ error: error.cause, events: error.size }, 'a consumer failed on a batch of events; trying half of it')
      limit = Math.max(1, Math.floor(error.size / 2))
      return 'more'
    }
  }

  const loop = async (): Promise<void> => {
    while (!stopped) {
      isNudged = false
      const found = await round().catch((error: unknown) => {
        log.error({ error }, 'the fan-out failed')
        return 'nothing' as const
      })
      const lastRoundAt = performance.now()
      if (stopped) return
      if (found === 'more') continue
      if (found === 'nothing' && !isNudged) {
        wake = new AbortController()
        await sleep(pollMs, undefined, { signal: wake.signal }).catch(() => {})
      }
      await sleep(Math.max(0, lastRoundAt + gatherMs - performance.now()))
    }
  }

  const ended = loop()
  return {
    nudge() {
      isNudged = true
      wake.abort()
    },
    async stop() {
      stopped = true
      wake.abort()
      await ended
    },
  }
}

const Lag = z.object({ seconds: z.number() })

/** The age of the oldest event without a position, in seconds; 0 when there is none. */
export const fanOutLagSeconds = async (db: Db): Promise<number> => {
  const lag = await one(
    db,
    Lag,
    sql`select coalesce(extract(epoch from now() - (
          select e.occurred_at from events e where e.position is null order by e.event_id limit 1)), 0)::float8
          as seconds`,
  )
  return lag.seconds
}
