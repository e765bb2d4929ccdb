import { z } from 'zod'
import { containing } from '../../../platform/db/containing.ts'
import {
  allOf,
  byIndex,
  type Db,
  exec,
  join,
  many,
  maybeOne,
  one,
  type Sql,
  sql,
  type Tx,
  withinTime,
} from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { timestamp } from '../../../platform/schemas.ts'
import { logDeletedStep, logPlatformStep, type OperatorOrigin, type PlatformEntry } from './platform-log.steps.ts'
import { shownTenantName } from './tenant-settings.steps.ts'
import { type TenantFilter, TenantRow, TenantState, usageCounts } from './tenants.schemas.ts'

/** What modules to the right give of the usage of a tenant `t`. */
export interface GivenUsage {
  fileBytes: Sql
  mailsWaiting: Sql
}

const accountsOf = (role: string): Sql => sql`(
  select count(*) from (
    select from accounts a
    where a.tenant_id = t.tenant_id and a.role = ${role} and a.status in ('invited', 'active')
    limit ${usageCounts.rows}) a)`

/** The columns of a tenant `t`, with its usage. Every number comes from an index, and is counted up to a bound. */
const columnsOf = ({ fileBytes, mailsWaiting }: GivenUsage): Sql => sql`
  t.slug, t.name, t.host, t.state, t.created_at, t.suspended_at, t.deleted_after,
  jsonb_build_object(
    'admins', ${accountsOf('admin')}, 'technicians', ${accountsOf('technician')}, 'customers', ${accountsOf('customer')},
    'tickets', coalesce((select c.value from counters c where c.tenant_id = t.tenant_id and c.name = 'ticket'), 0),
    'file_bytes', ${fileBytes}, 'mails_waiting', ${mailsWaiting},
    'last_event_at', (
      select to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from events e
      where e.tenant_id = t.tenant_id order by e.event_id desc limit 1)) as usage`

/** One more than `limit` of the tenants by slug, after the cursor's slug. Usage is looked up for these only. */
export const listTenantRows = (
  db: Db,
  { q, state }: TenantFilter,
  { limit, after }: PageRequest<string>,
  usage: GivenUsage,
  timeoutMs: number,
): Promise<TenantRow[]> => {
  const conditions: Sql[] = []
  if (q !== undefined)
    conditions.push(
      sql`lower(concat_ws(' ', t.slug, t.name, ${shownTenantName(sql`t`)}, t.host)) like ${containing(q)}`,
    )
  if (state !== undefined) conditions.push(sql`t.state = any (${state}::text[])`)
  if (after !== null) conditions.push(sql`t.slug > ${after}`)
  return many(
    db,
    TenantRow,
    byIndex(
      withinTime(
        sql`select ${columnsOf(usage)}
            from (select t.* from tenants t where ${allOf(conditions)} order by t.slug limit ${limit + 1}) t
            order by t.slug`,
        timeoutMs,
      ),
    ),
  )
}

export const findTenantRow = (db: Db, slug: string, usage: GivenUsage): Promise<TenantRow | null> =>
  maybeOne(db, TenantRow, sql`select ${columnsOf(usage)} from tenants t where t.slug = ${slug}`)

const LockedTenant = z.object({
  tenant_id: z.int(),
  slug: z.string(),
  name: z.string(),
  host: z.string().nullable(),
  state: TenantState,
  /** Whether the time to take the deletion back is over, by the clock of the database. */
  is_over: z.boolean(),
  /** Until when a deletion that is asked for now could be taken back, by the clock of the database. */
  grace_ends_at: timestamp,
})
export type LockedTenant = z.output<typeof LockedTenant>

/** Locks a tenant for a change by the operator. Accounts of the tenant can be written meanwhile. */
export const lockTenant = (tx: Tx, slug: string, graceDays: number): Promise<LockedTenant | null> =>
  maybeOne(
    tx,
    LockedTenant,
    sql`select t.tenant_id, t.slug, t.name, t.host, t.state, coalesce(t.deleted_after <= now(), false) as is_over,
          (now() + make_interval(days => ${graceDays}))::timestamptz(3) as grace_ends_at
        from tenants t where t.slug = ${slug}
        for no key update of t`,
  )

const StateBefore = z.object({ state_before: TenantState })

/**
 * In which state a tenant was before it was to be deleted. The tenant must be locked by an earlier statement: one that
 * waits for the lock does not see what was written meanwhile to other tables.
 */
export const getStateBefore = async (tx: Tx, slug: string): Promise<LockedTenant['state']> => {
  const { state_before } = await one(
    tx,
    StateBefore,
    sql`select l.changes -> 'state' ->> 'from' as state_before from platform_log l
        where l.slug = ${slug} and l.what = 'deletion_requested' order by l.entry_id desc limit 1`,
  )
  return state_before
}

/** An entry of the platform's log, and the event of the tenant that tells the same. */
export type PlatformDeed = PlatformEntry & { event: NewEvent }

/** Writes columns of a locked tenant, the entries of the platform's log, and the events, in one statement. */
const changeTenant = (
  tx: Tx,
  tenantId: number,
  sets: Sql[],
  deeds: PlatformDeed[],
  origin: OperatorOrigin,
): Promise<number> =>
  exec(
    tx,
    sql`with changed as (
          update tenants t set ${join(sets)} where t.tenant_id = ${tenantId} returning t.tenant_id, t.slug),
        logged as (${logPlatformStep(deeds, origin, sql`from changed t`)})
        ${appendEvents(deeds.map(({ event }) => event))}`,
  )

/** Changes the name and the host. Breaks the constraint `tenants_host_key` when another tenant has the host. */
export const updateTenantFacts = (
  tx: Tx,
  tenantId: number,
  { name, host }: { name?: string; host?: string | null },
  deeds: PlatformDeed[],
  origin: OperatorOrigin,
): Promise<number> => {
  const sets = [
    ...(name === undefined ? [] : [sql`name = ${name}`]),
    ...(host === undefined ? [] : [sql`host = ${host}::text`]),
  ]
  return changeTenant(tx, tenantId, sets, deeds, origin)
}

export const suspendTenantRow = (
  tx: Tx,
  tenantId: number,
  deed: PlatformDeed,
  origin: OperatorOrigin,
): Promise<number> => changeTenant(tx, tenantId, [sql`state = 'suspended'`, sql`suspended_at = now()`], [deed], origin)

const activeAgain = [
  sql`state = 'active'`,
  sql`suspended_at = null`,
  sql`deleted_after = null`,
  sql`resumed_at = now()`,
]

export const resumeTenantRow = (
  tx: Tx,
  tenantId: number,
  deed: PlatformDeed,
  origin: OperatorOrigin,
): Promise<number> => changeTenant(tx, tenantId, activeAgain, [deed], origin)

/** Suspends the tenant, if it is not, until it is deleted. */
export const beginDeletion = (
  tx: Tx,
  tenantId: number,
  deletedAfter: string,
  deed: PlatformDeed,
  origin: OperatorOrigin,
): Promise<number> =>
  changeTenant(
    tx,
    tenantId,
    [
      sql`state = 'deleting'`,
      sql`suspended_at = coalesce(suspended_at, now())`,
      sql`deleted_after = ${deletedAfter}::timestamptz`,
    ],
    [deed],
    origin,
  )

/** Takes a deletion back: the tenant is in the state that it had before. */
export const endDeletion = (
  tx: Tx,
  tenantId: number,
  to: 'active' | 'suspended',
  deed: PlatformDeed,
  origin: OperatorOrigin,
): Promise<number> =>
  changeTenant(
    tx,
    tenantId,
    to === 'active' ? activeAgain : [sql`state = 'suspended'`, sql`deleted_after = null`],
    [deed],
    origin,
  )

const Deletable = z.object({ tenant_id: z.int(), slug: z.string() })

/** Tenants whose time to be taken back is over, the first first. */
export const listDeletable = (db: Db, limit: number): Promise<z.output<typeof Deletable>[]> =>
  many(
    db,
    Deletable,
    sql`select t.tenant_id, t.slug from tenants t
        where t.state = 'deleting' and t.deleted_after <= now() order by t.deleted_after limit ${limit}`,
  )

/**
 * Deletes the row of a tenant of which nothing else is left, ends its log, and writes down how far the log went.
 * Answers with the number of entries written: one, or none when something is left.
 */
export const deleteTenantRow = (db: Db, tenantId: number): Promise<number> =>
  exec(
    db,
    sql`with ended as materialized (select l.last_position, l.last_hash from end_tenant_log(${tenantId}) l),
        gone as (
          delete from tenants t using ended where t.tenant_id = ${tenantId} returning t.tenant_id, t.slug),
        written_down as materialized (
          select g.tenant_id, g.slug, e.last_position, e.last_hash from gone g cross join ended e)
        ${logDeletedStep(sql`written_down`)}`,
  )
