import pg from 'pg'

/** A table with rows of tenants, and the tables that its rows refer to. */
interface TenantTable {
  name: string
  refers_to: string[]
}

const findTables = async (client: pg.Client): Promise<TenantTable[]> => {
  const { rows } = await client.query(`
    select c.relname as name, coalesce(array_agg(distinct r.relname::text) filter (where r.oid <> c.oid), '{}') as refers_to
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    left join pg_constraint f on f.conrelid = c.oid and f.contype = 'f'
    left join pg_class r on r.oid = f.confrelid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
    group by c.relname`)
  return rows
}

/** The tables in an order in which rows can be deleted: a table comes before the tables that its rows refer to. */
const inOrder = (tables: TenantTable[]): string[] => {
  const left = new Map(tables.map((table) => [table.name, table]))
  const order: string[] = []
  while (left.size > 0) {
    const referred = new Set([...left.values()].flatMap(({ refers_to: others }) => others))
    const free = [...left.keys()].filter((name) => !referred.has(name))
    if (free.length === 0) throw new Error(`these tables refer to each other: ${[...left.keys()].join(', ')}`)
    for (const name of free) left.delete(name)
    order.push(...free)
  }
  return order
}

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

/**
 * Deletes a tenant with everything in it, also its events, whose chain ends with that. Works as the owner of the
 * tables. The files of the tenant stay in the store until the nightly comparison.
 */
export const removeTenant = async (client: pg.Client, tenantId: number): Promise<void> => {
  const tables = inOrder(await findTables(client))
  await client.query('begin')
  try {
    // The trigger keeps events that have their position, whoever deletes them.
    await client.query(`set local lock_timeout = '10s'; alter table events disable trigger user`)
    for (const table of tables)
      await client.query(`delete from ${client.escapeIdentifier(table)} where tenant_id = $1`, [tenantId])
    await client.query('alter table events enable trigger user')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

/** Runs work on one connection that works as the owner of the tables. */
export const asOwner = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk demo' })
  await client.connect()
  return work(client).finally(() => client.end())
}
