import type { Pool } from 'pg'
import { z } from 'zod'
import type { EventType } from '../../contract/events.ts'
import { type Db, exec, join, many, nothing, one, planNowAndThen, type Sql, sql, type Tx } from '../db/sql.ts'
import { transaction } from '../db/transaction.ts'
import { eventsKind, notifySignals } from '../live/signals.ts'
import { BatchRefused, faultOf } from './fan-out-faults.ts'

/** Events, as two parallel arrays for `unnest`. */
export interface EventKeys {
  tenantIds: number[]
  eventIds: number[]
}

/**
 * The events of these keys, as `e`, to select from. Each is looked up by its key: where the planner knows nothing of
 * the log yet, it would compare each of hundreds with all of a tenant.
 */
export const eventsOfBatch = ({ tenantIds, eventIds }: EventKeys): Sql => sql`
  unnest(${tenantIds}::integer[], ${eventIds}::bigint[]) as b (tenant_id, event_id)
  cross join lateral (
    select e.* from events e where e.tenant_id = b.tenant_id and e.event_id = b.event_id limit 1) e`

/** The events that a fan-out has just given their positions. */
export interface EventBatch extends EventKeys {
  /** The types of the events. A follower leaves out the statements that are about none of them. */
  types: ReadonlySet<string>
}

/** Whether a batch has an event of one of these types. */
export const hasOneOf = ({ types }: EventBatch, ...wanted: EventType[]): boolean =>
  wanted.some((type) => types.has(type))

/** Writes the consequences of a batch of events, such as rows of mails, in the fan-out's transaction. */
export interface Follower {
  (tx: Tx, batch: EventBatch): Promise<void>
  /** How many rows follow from an event `e`, at most: an expression that bounds the batches. */
  weigh?: Sql
}

/**
 * Steps of a `with` that write rows, from the rows that a module to the left finds for a batch of events: so these are
 * found once for all. That module says which steps it has.
 */
export type FollowingSteps = Sql[]

/** The events of a full batch. */
export const batchSize = 1_000
/** The rows that may follow from a batch. An event that leads to more is a batch by itself. */
const rowsAtMost = 2_000
/** How many bytes of an event, as stored, count as one row. */
const bytesOfRow = 4_096
const headsAtOnce = 100

const Head = z.object({ tenant_id: z.int() })
const Placed = z.object({ tenant_id: z.int(), event_id: z.int(), type: z.string(), offered: z.int() })

/** Which events a round takes. */
export interface Round {
  /** The most events. */
  limit: number
  /** Only events of this tenant. */
  only?: number
  /** No events of these tenants. */
  except?: number[]
  /** How long each statement may take, in milliseconds; by default as long as the pool allows. */
  statementMs?: number | undefined
  /**
   * For a batch of one event that the followers refuse. True: the event gets its position without consequences. That
   * happens in this transaction, so the failure cannot be taken for the failure of another event.
   */
  mayEnd?: (refusal: BatchRefused) => boolean
}

/** What a round did. */
export interface Handled {
  /** How many events of each tenant were handed on. */
  shares: Map<number, number>
  count: number
  /** More events waited than were handed on. */
  isMore: boolean
}

const sharesOf = (tenantIds: number[]): Map<number, number> => {
  const shares = new Map<number, number>()
  for (const id of tenantIds) shares.set(id, (shares.get(id) ?? 0) + 1)
  return shares
}

/**
 * Locks the heads of tenants whose events wait, those whose events wait longest first. Heads that another round holds
 * are skipped. The same statement sets the timeout of the transaction, so that this takes no round trip.
 */
const lockHeads = ({ limit, only, except = [], statementMs }: Round): Sql => {
  const timeout =
    statementMs === undefined ? nothing : sql`, set_config('statement_timeout', ${String(statementMs)}, true)`
  if (only !== undefined) {
    return sql`select h.tenant_id ${timeout} from event_heads h
        where h.tenant_id = ${only} and exists (
          select from events e where e.tenant_id = h.tenant_id and e.position is null)
        for update of h skip locked`
  }
  return sql`with recursive first as (
            (select e.tenant_id, e.event_id from events e where e.position is null
              order by e.tenant_id, e.event_id limit 1)
            union all
            select next.tenant_id, next.event_id from first f cross join lateral (
              select e.tenant_id, e.event_id from events e where e.position is null and e.tenant_id > f.tenant_id
              order by e.tenant_id, e.event_id limit 1) next)
          select h.tenant_id ${timeout} from first f join event_heads h on h.tenant_id = f.tenant_id
          where f.tenant_id <> all (${except}::integer[])
          order by f.event_id limit ${Math.min(limit, headsAtOnce)} for update of h skip locked`
}

/** The rows that follow from an event `e`, by all followers, and those that its bytes count as. */
const weightOf = (followers: Follower[]): Sql =>
  join(
    [
      sql`(pg_column_size(e.changes) + pg_column_size(e.details)) / ${bytesOfRow}::integer`,
      ...followers.flatMap(({ weigh }) => (weigh === undefined ? [] : [sql`(${weigh})`])),
    ],
    ' + ',
  )

/**
 * Gives at most `limit` events of these tenants their positions, and makes each event the next link of its tenant's
 * chain. The heads of the tenants are locked. Tenants take turns, an event each, until the batch is full or heavy, so
 * the backlog of one tenant does not come before the next event of another. Each hash depends on the one before, so the
 * aggregate of a window makes the hashes in the order of the positions.
 */
const placeWaiting = (tenantIds: number[], limit: number, ofEach: number, weight: Sql): Sql =>
  sql`with offered as materialized (
        select own.*, row_number() over (partition by own.tenant_id order by own.event_id) as turn,
          h.position as head, coalesce(h.hash, event_chain_start(h.tenant_id)) as start
        from unnest(${tenantIds}::integer[]) as k (tenant_id)
        join event_heads h on h.tenant_id = k.tenant_id
        cross join lateral (
          select e.tenant_id, e.event_id, e.type, e.subject_id, e.subject_version, e.actor_id, e.actor_role,
            e.request_id, e.quiet, e.occurred_at, e.changes, e.details
          from events e where e.tenant_id = h.tenant_id and e.position is null
          order by e.event_id limit ${ofEach}) own),
      weighed as (
        select e.*, ${weight} as weight from offered e),
      taken as (
        select t.* from (
          select w.*, sum(w.weight) over turns - w.weight as weight_before
          from weighed w window turns as (order by w.turn, w.event_id rows unbounded preceding)) t
        where t.weight_before < ${rowsAtMost}
        order by t.turn, t.event_id limit ${limit}),
      waiting as materialized (
        select t.*, t.head + t.turn as position, gen_random_uuid() as salt from taken t),
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
        returning e.tenant_id, e.event_id, e.type, e.position, e.hash),
      moved as (
        update event_heads h set position = last.position, hash = last.hash
        from (
          select distinct on (p.tenant_id) p.tenant_id, p.position, p.hash from placed p
          order by p.tenant_id, p.position desc) last
        where h.tenant_id = last.tenant_id)
      select p.tenant_id, p.event_id, p.type, (select count(*) from offered) as offered
      from placed p order by p.tenant_id, p.position`

const handOn = async (tx: Tx, followers: Follower[], batch: EventBatch): Promise<void> => {
  try {
    for (const take of followers) await take(tx, batch)
  } catch (error) {
    const [first = null, second] = batch.eventIds
    throw new BatchRefused(sharesOf(batch.tenantIds), second === undefined ? first : null, error)
  }
}

const handOnAlone = async (
  tx: Tx,
  followers: Follower[],
  batch: EventBatch,
  mayEnd: (refusal: BatchRefused) => boolean,
): Promise<void> => {
  await exec(tx, sql`savepoint followers`)
  try {
    await handOn(tx, followers, batch)
  } catch (error) {
    if (!(error instanceof BatchRefused) || faultOf(error) === 'database' || !mayEnd(error)) throw error
    await exec(tx, sql`rollback to savepoint followers`)
  }
}

/**
 * Gives the next events their positions and lets the followers write the consequences, all in one commit. Each event is
 * handed on exactly once and in order, because only the transaction that holds a tenant's row of `event_heads` handles
 * its events. The heads are locked first, so the later snapshot that reads the events sees what the previous holder
 * committed.
 * @throws BatchRefused when the followers fail on the batch, or when the batch cannot be placed.
 */
export const fanOutRound = (pool: Pool, followers: Follower[], round: Round): Promise<Handled> =>
  transaction(pool, async (tx) => {
    const { limit, mayEnd } = round
    const heads = await many(tx, Head, planNowAndThen(lockHeads(round)))
    const tenantIds = heads.map((head) => head.tenant_id)
    if (tenantIds.length === 0) return { shares: new Map(), count: 0, isMore: false }
    // Twice as many as fit, in all, so that what one tenant does not need is there for the others.
    const ofEach = Math.min(limit, Math.max(10, Math.ceil((2 * limit) / tenantIds.length)))
    const placing = planNowAndThen(placeWaiting(tenantIds, limit, ofEach, weightOf(followers)))
    const placed = await many(tx, Placed, placing).catch((error) => {
      throw new BatchRefused(new Map(tenantIds.map((id) => [id, limit])), null, error)
    })
    const batch = {
      tenantIds: placed.map((row) => row.tenant_id),
      eventIds: placed.map((row) => row.event_id),
      types: new Set(placed.map((row) => row.type)),
    }
    const shares = sharesOf(batch.tenantIds)
    const count = placed.length
    if (count === 1 && mayEnd !== undefined) await handOnAlone(tx, followers, batch, mayEnd)
    else if (count > 0) await handOn(tx, followers, batch)
    if (count > 0)
      await exec(tx, notifySignals([...shares.keys()].map((tenantId) => ({ tenantId, kind: eventsKind, key: '' }))))
    const isMore = (placed[0]?.offered ?? 0) > count || [...shares.values()].some((share) => share === ofEach)
    return { shares, count, isMore }
  })

/** A round for all tenants. Answers with the number of events that were handed on. @throws BatchRefused */
export const fanOutOnce = async (pool: Pool, followers: Follower[], limit: number): Promise<number> =>
  (await fanOutRound(pool, followers, { limit })).count

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
