import { type Sql, sql } from '../../../platform/db/sql.ts'

/** The counters of a tenant: they give the numbers in TKT0001, CUS0001 and TEC0001. */
export type CounterName = 'ticket' | 'customer' | 'technician'

/** A counter and the table that it numbers. The module of that table makes it. */
export interface Counter {
  name: CounterName
  /** The constraints that break when a number is taken already. */
  constraints: string[]
  /** The highest number there is in a tenant: a query of one column. */
  highest: (tenantId: Sql) => Sql
}

/** The step that takes the next number of a counter. It returns `value`. */
export const takeNumberStep = (tenantId: number, name: CounterName): Sql => sql`
  update counters set value = value + 1 where tenant_id = ${tenantId} and name = ${name} returning value`

/** Whether a step waits for a counter that another transaction holds, or leaves out its tenant. */
export type Patience = 'waits' | 'leaves out'

/** The step that locks the counters of several tenants, in the order of the tenants, and returns `tenant_id`. */
export const lockCountersStep = (tenantIds: number[], name: CounterName, patience: Patience): Sql => sql`
  select c.tenant_id from counters c
  where c.name = ${name} and c.tenant_id = any (${tenantIds}::integer[])
  order by c.tenant_id ${patience === 'waits' ? sql`for update` : sql`for update skip locked`}`

/**
 * The step that takes several numbers of each tenant's counter. `amounts` is the name of an earlier step that selects
 * `tenant_id` and `amount`. It returns `tenant_id` and `base`, the number before the first one taken.
 */
export const takeNumbersStep = (amounts: Sql, name: CounterName): Sql => sql`
  update counters c set value = c.value + w.amount
  from ${amounts} w
  where c.tenant_id = w.tenant_id and c.name = ${name}
  returning c.tenant_id, c.value - w.amount as base`
