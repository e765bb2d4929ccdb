import pg from 'pg'
import type { App } from '../../src/platform/app-context.ts'
import { tablesInOrder } from '../../src/platform/db/tenant-rows.ts'
import { deleteJobsOf } from '../../src/platform/jobs/queued-jobs.ts'

/** A tenant, and whether only people of the demo are in it. */
export interface DemoTenant {
  tenantId: number
  tickets: number
  /** The addresses, as they were typed, of people who are not of the demo; some of them, when there are many. */
  others: string[]
  /** How many people are not of the demo. */
  otherPeople: number
  /** Whether the demo made the tenant: its first event is that of the demo's admin. */
  isOfDemo: boolean
}

/** Looks at the tenant with this slug, which has people with these addresses in a demo. Null when there is none. */
export const findDemo = async (
  client: pg.Client,
  slug: string,
  adminId: string,
  emails: string[],
): Promise<DemoTenant | null> => {
  const { rows } = await client.query(
    `select t.tenant_id as "tenantId",
       (select count(*)::integer from tickets k where k.tenant_id = t.tenant_id) as tickets,
       array(select coalesce(a.typed_email, a.email) from accounts a where a.tenant_id = t.tenant_id and a.email <> all ($2::text[])
         order by a.email limit 5) as others,
       (select count(*)::integer from accounts a where a.tenant_id = t.tenant_id and a.email <> all ($2::text[]))
         as "otherPeople",
       coalesce((select e.type = 'admin.created' and e.subject_id = $3 from events e
         where e.tenant_id = t.tenant_id order by e.event_id limit 1), false) as "isOfDemo"
     from tenants t where t.slug = $1`,
    [slug, emails, adminId],
  )
  return rows[0] ?? null
}

/** How many jobs or files one step takes. */
const stepSize = 1_000

/**
 * Deletes a tenant with everything in it, at once: its rows, its events, whose chain ends with that, its jobs and its
 * files. What there is of a tenant, and in which order it goes, is what the deletion of tenants knows. Works as the
 * owner of the tables, because nothing else may delete events of a tenant that nobody suspended.
 */
export const removeTenant = async (app: App, client: pg.Client, tenantId: number): Promise<void> => {
  const tables = await tablesInOrder(app.pool, app.tenantParts.tables)
  await client.query('begin')
  try {
    // The trigger keeps events that have their position, whoever deletes them.
    await client.query(`set local lock_timeout = '10s'; alter table events disable trigger user`)
    for (const { name } of tables)
      await client.query(`delete from ${client.escapeIdentifier(name)} where tenant_id = $1`, [tenantId])
    await client.query('alter table events enable trigger user')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
  while ((await deleteJobsOf(app.pool, tenantId, stepSize)) > 0);
  for (const remove of app.tenantParts.remains) while ((await remove(app, tenantId, stepSize)) > 0);
}

/** Runs work on one connection that works as the owner of the tables. */
export const asOwner = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk demo' })
  await client.connect()
  return work(client).finally(() => client.end())
}
