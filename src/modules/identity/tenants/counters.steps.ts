import { type Patience, skipping } from '../../../platform/db/row-locks.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'

/** The counters of a tenant: they give the numbers in TKT0001, CUS0001, TEC0001, SVC0001, WHK0001, PRD0001 and ORD0001. */
export type CounterName = 'ticket' | 'customer' | 'technician' | 'service' | 'webhook' | 'product' | 'order'

/** A counter and the table that it numbers. The module of that table makes it. */
export interface Counter {
  name: CounterName
  /** The constraints that break when a number is taken already. */
  constraints: string[]
  /** The highest number there is in a tenant: a query of one column. */
  highest: (tenantId: Sql) => Sql
}

// A restore or a change by hand can lose the row of a counter. Then the steps make the row and count from one. Numbers
// have no gaps, so number one is taken if any number is, and `withHealedCounter` moves the new row up to the highest.

/** The step that takes the next number of a counter. It returns `value`. */
export const takeNumberStep = (tenantId: number, name: CounterName): Sql => sql`
  insert into counters as c (tenant_id, name, value) values (${tenantId}, ${name}, 1)
  on conflict on constraint counters_pkey do update set value = c.value + 1
  returning c.value`

const lockedCounters = (tenantIds: number[], name: CounterName, patience: Patience): Sql => sql`
  select c.tenant_id from counters c
  where c.name = ${name} and c.tenant_id = any (${tenantIds}::integer[])
  order by c.tenant_id for update ${skipping(patience)}`

/**
 * The step that locks the counters of several tenants, in the order of the tenants, and returns `tenant_id`. A step
 * that waits also returns the tenants whose counter is missing; a step that leaves out leaves these out as well.
 */
export const lockCountersStep = (tenantIds: number[], name: CounterName, patience: Patience): Sql => {
  const locked = lockedCounters(tenantIds, name, patience)
  if (patience === 'leaves out') return locked
  return sql`select l.tenant_id from (${locked}) l
    union all
    select m.tenant_id from unnest(${tenantIds}::integer[]) m (tenant_id)
    where not exists (select from counters c where c.tenant_id = m.tenant_id and c.name = ${name})`
}

/**
 * The step that takes several numbers of each tenant's counter. `amounts` is the name of an earlier step that selects
 * `tenant_id` and `amount`, once for each tenant. It returns `tenant_id` and `base`, the number before the first one
 * taken.
 */
export const takeNumbersStep = (amounts: Sql, name: CounterName): Sql => sql`
  insert into counters as c (tenant_id, name, value)
  select w.tenant_id, ${name}, w.amount from ${amounts} w order by w.tenant_id
  on conflict on constraint counters_pkey do update set value = c.value + excluded.value
  returning c.tenant_id, c.value - (select w.amount from ${amounts} w where w.tenant_id = c.tenant_id) as base`
