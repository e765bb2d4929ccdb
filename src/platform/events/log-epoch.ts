import type { ClientBase, Pool } from 'pg'
import { z } from 'zod'
import { type Db, exec, maybeOne, one, planEachTime, type Sql, sql, type Tx } from '../db/sql.ts'
import { transaction } from '../db/transaction.ts'

// The log goes back when a backup is restored, or when a standby takes over that has not seen the last commits. Then
// positions that readers know are given to other events. So every place in the log that leaves the program names the
// epoch of the log, and a new epoch begins before the first event is placed on a database that has gone back.

/** A place in the log of a tenant, as the world outside knows it. */
export interface Place {
  epoch: string
  position: number
}

/** How many epochs are kept. A reader whose epoch is gone begins anew. */
const keptEpochs = 100

/** The present epoch, as a scalar: a statement that reads events with it gets events and epoch of one moment. */
export const presentEpoch: Sql = sql`(select n.epoch from log_epochs n order by n.epoch_number desc limit 1)`

const home = sql`(h.system_identifier, h.database_oid, h.timeline, h.table_oid)`
const noted = sql`(n.system_identifier, n.database_oid, n.timeline, n.table_oid)`

/** Which part of where the database is differs from what the newest epoch `n` noted. */
const difference = sql`case
  when n.epoch_number is null then 'first'
  when n.system_identifier is distinct from h.system_identifier then 'system_identifier'
  when n.database_oid is distinct from h.database_oid then 'database_oid'
  when n.timeline is distinct from h.timeline then 'timeline'
  else 'table_oid' end`

/** An epoch that has just begun. */
const Began = z.object({ epoch: z.string(), reason: z.string() })
type Began = z.output<typeof Began>

/**
 * Begins an epoch where `when` holds of the newest epoch `n` and the database's home `h`, and notes the last position
 * of each tenant. Only the transaction that has locked the epochs may do that, so of several processes one begins it.
 */
const beginEpoch = async (tx: Tx, reason: Sql, when: Sql): Promise<Began | null> => {
  await exec(tx, planEachTime(sql`lock table log_epochs in share row exclusive mode`))
  const began = await maybeOne(
    tx,
    Began,
    planEachTime(
      sql`with began as (
            insert into log_epochs (reason, system_identifier, database_oid, timeline, table_oid)
            select ${reason}, h.system_identifier, h.database_oid, h.timeline, h.table_oid
            from log_home() h
            left join log_epochs n on n.epoch_number = (select max(e.epoch_number) from log_epochs e)
            where ${when}
            returning epoch_number, epoch, reason),
          forks as (
            insert into log_forks (tenant_id, epoch_number, position)
            select h.tenant_id, b.epoch_number, h.position from event_heads h cross join began b)
          select b.epoch, b.reason from began b`,
    ),
  )
  if (began !== null) {
    await exec(
      tx,
      planEachTime(
        sql`delete from log_epochs e
            where e.epoch_number <= (
              select n.epoch_number from log_epochs n order by n.epoch_number desc offset ${keptEpochs} limit 1)`,
      ),
    )
  }
  return began
}

/**
 * Begins a new epoch, because an operator has restored a backup. Twice is as good as once: the second epoch begins at
 * the same positions. Answers with the new epoch.
 */
export const beginRestoredEpoch = async (pool: Pool): Promise<string> => {
  const began = await transaction(pool, (tx) => beginEpoch(tx, sql`'restored'`, sql`true`))
  if (began === null) throw new Error('no epoch has begun')
  return began.epoch
}

const isElsewhere = sql`n.epoch_number is null or ${noted} is distinct from ${home}`

const Look = z.object({ is_settled: z.boolean() })
const Elsewhere = z.object({ is_elsewhere: z.boolean() })

/** What a connection found out about the log of its database. */
interface Finding {
  /**
   * False when it cannot be said yet: the database has no epochs yet, or is a standby that may take over while the
   * connection lives. Then the connection has to ask again before its next use.
   */
  isSettled: boolean
  /** The epoch that has begun. */
  began: Began | null
}

/**
 * Looks with a new connection whether the database is where the newest epoch noted, and begins an epoch if it is not:
 * another cluster, another database of it, another timeline (a standby took over, or a recovery ended), or other
 * tables. It must come before the connection's first use.
 */
export const settleEpoch = async (client: ClientBase): Promise<Finding> => {
  const tx = client as unknown as Tx
  const { is_settled } = await one(
    tx,
    Look,
    planEachTime(
      sql`select not pg_is_in_recovery()
            and coalesce(has_table_privilege(to_regclass('public.log_epochs'), 'insert'), false) as is_settled`,
    ),
  )
  if (!is_settled) return { isSettled: false, began: null }
  const { is_elsewhere } = await one(
    tx,
    Elsewhere,
    planEachTime(
      sql`select ${isElsewhere} as is_elsewhere from log_home() h
          left join log_epochs n on n.epoch_number = (select max(e.epoch_number) from log_epochs e)`,
    ),
  )
  if (!is_elsewhere) return { isSettled: true, began: null }
  await client.query('begin isolation level read committed')
  const began = await beginEpoch(tx, difference, isElsewhere)
  await client.query('commit')
  return { isSettled: true, began }
}

const Fork = z.object({ fork: z.int().nullable() })

/**
 * Up to which position the log of an epoch and today's log have the same events of a tenant. A reader that has read no
 * further misses nothing; what a reader has read beyond it may not have happened.
 * @returns null when the epoch is the present one; `unknown` when there is no such epoch, or not any more.
 */
export const forkSince = async (db: Db, tenantId: number, epoch: string): Promise<'unknown' | number | null> => {
  if (!/^[a-z0-9]{12}$/.test(epoch)) return 'unknown'
  const found = await maybeOne(
    db,
    Fork,
    sql`select (
          select min(coalesce(f.position, 0)) from log_epochs n
          left join log_forks f on f.tenant_id = ${tenantId} and f.epoch_number = n.epoch_number
          where n.epoch_number > e.epoch_number) as fork
        from log_epochs e where e.epoch = ${epoch}`,
  )
  return found === null ? 'unknown' : found.fork
}
