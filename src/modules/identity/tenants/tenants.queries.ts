import { z } from 'zod'
import { type Db, many, maybeOne, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { beginLogStep } from '../../../platform/events/append-events.ts'
import type { TenantFacts } from '../../../platform/tenant-facts.ts'
import type { Counter } from './counters.steps.ts'
import { logPlatformStep, type OperatorOrigin } from './platform-log.steps.ts'
import { shownTenantName } from './tenant-settings.steps.ts'

const TenantKey = z.object({ tenant_id: z.int() })

const FactsRow = z.object({
  tenant_id: z.int(),
  slug: z.string(),
  name: z.string(),
  host: z.string().nullable(),
  state: z.enum(['active', 'suspended', 'deleting']),
})

const findTenant = async (db: Db, condition: Sql): Promise<TenantFacts | null> => {
  const row = await maybeOne(
    db,
    FactsRow,
    sql`select t.tenant_id, t.slug, ${shownTenantName(sql`t`)} as name, t.host, t.state from tenants t where ${condition}`,
  )
  if (row === null) return null
  const { tenant_id: tenantId, ...facts } = row
  return { tenantId, ...facts }
}

export const findTenantBySlug = (db: Db, slug: string): Promise<TenantFacts | null> =>
  findTenant(db, sql`t.slug = ${slug}`)

export const findTenantById = (db: Db, tenantId: number): Promise<TenantFacts | null> =>
  findTenant(db, sql`t.tenant_id = ${tenantId}`)

const MappedHost = z.object({ host: z.string(), slug: z.string() })

/** The mapped hosts of all tenants; the operator has mapped each by hand. */
export const listMappedHosts = (db: Db): Promise<z.output<typeof MappedHost>[]> =>
  many(db, MappedHost, sql`select t.host, t.slug from tenants t where t.host is not null`)

/**
 * Writes a tenant, its counters, the head of its log and the entry of the platform's log in one statement. The counters
 * are made here and not at their first use, because two first tickets could race. Null when the slug is taken, also by
 * a tenant that has been deleted.
 */
export const insertTenant = async (
  tx: Tx,
  slug: string,
  name: string,
  origin: OperatorOrigin,
): Promise<number | null> => {
  const row = await maybeOne(
    tx,
    TenantKey,
    sql`with tenant as (
          insert into tenants (slug, name)
          select ${slug}, ${name}
          where not exists (select from platform_log l where l.slug = ${slug} and l.what = 'deleted')
          on conflict on constraint tenants_slug_key do nothing
          returning tenant_id, slug),
        logged as (${logPlatformStep([{ what: 'created', changes: { name: { from: null, to: name } } }], origin, sql`from tenant t`)}),
        counter as (
          insert into counters (tenant_id, name)
          select t.tenant_id, c.name from tenant t, (values ('ticket'), ('customer'), ('technician'), ('service'),
            ('webhook'), ('product'), ('order')) c (name)),
        head as (${beginLogStep(sql`from tenant t`)})
        select t.tenant_id from tenant t`,
  )
  return row?.tenant_id ?? null
}

const HealedCounter = z.object({ value: z.int(), was_missing: z.boolean() })

/**
 * Moves a counter that is behind its table (after a restore, or a change by hand) up to the highest number, never back;
 * makes a counter that is missing. Null when the counter is not behind, or when another request has healed it already.
 */
export const healCounter = (
  db: Db,
  tenantId: number,
  { name, highest }: Counter,
): Promise<z.output<typeof HealedCounter> | null> =>
  maybeOne(
    db,
    HealedCounter,
    sql`insert into counters as c (tenant_id, name, value)
        values (${tenantId}, ${name}, coalesce((${highest(sql`${tenantId}::integer`)}), 0))
        on conflict on constraint counters_pkey do update set value = excluded.value where c.value < excluded.value
        returning c.value, c.xmax = 0 as was_missing`,
  )
