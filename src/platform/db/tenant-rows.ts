import { z } from 'zod'
import { type Db, exec, join, many, nameSql, one, type Sql, sql } from './sql.ts'

// Deleting what a tenant has, a bounded number of rows at a time. Each statement asks whether the tenant is to be
// deleted now, by the clock of the database, so nothing of any other tenant can go.

/** The tables of the platform with rows of tenants. */
export const platformTenantTables = ['events', 'event_heads', 'idempotency_keys', 'log_forks'] as const

const Table = z.object({
  name: z.string(),
  /** The tables that its rows refer to. */
  refers_to: z.array(z.string()),
  /** The columns by which its rows refer to each other. */
  own_references: z.array(z.string()),
  /** The columns of its primary key, in their order. */
  key: z.array(z.string()),
})
export type TenantTable = z.output<typeof Table>

const readTables = (db: Db, names: readonly string[]): Promise<TenantTable[]> =>
  many(
    db,
    Table,
    sql`select c.relname::text as name,
          coalesce(array_agg(distinct r.relname::text) filter (where r.oid <> c.oid), '{}') as refers_to,
          coalesce(array_agg(distinct a.attname::text) filter (where r.oid = c.oid and a.attname <> 'tenant_id'), '{}')
            as own_references,
          array(
            select k.attname::text from pg_index i
            cross join lateral unnest(i.indkey::smallint[]) with ordinality as n (attnum, place)
            join pg_attribute k on k.attrelid = i.indrelid and k.attnum = n.attnum
            where i.indrelid = c.oid and i.indisprimary order by n.place) as key
        from pg_class c
        left join pg_constraint f on f.conrelid = c.oid and f.contype = 'f'
        left join pg_class r on r.oid = f.confrelid
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = any (f.conkey)
        where c.relnamespace = 'public'::regnamespace and c.relname = any (${names}::text[])
        group by c.oid, c.relname order by c.relname`,
  )

/**
 * The named tables in an order in which their rows can go: what refers to a table comes before it, as the foreign keys
 * say.
 * @throws Error when tables refer to each other, or when one is not there.
 */
export const tablesInOrder = async (db: Db, names: readonly string[]): Promise<TenantTable[]> => {
  const left = new Map((await readTables(db, names)).map((table) => [table.name, table]))
  const missing = names.filter((name) => !left.has(name))
  if (missing.length > 0) throw new Error(`these tables are not there: ${missing.join(', ')}`)
  const order: TenantTable[] = []
  while (left.size > 0) {
    const referred = new Set([...left.values()].flatMap(({ refers_to: others }) => others))
    const free = [...left.values()].filter(({ name }) => !referred.has(name))
    if (free.length === 0) throw new Error(`these tables refer to each other: ${[...left.keys()].join(', ')}`)
    for (const { name } of free) left.delete(name)
    order.push(...free)
  }
  return order
}

/** The order of the primary key of a table `o`, so that rows of a tenant are found by it however large the tenant is. */
const byKey = ({ key }: TenantTable): Sql => sql`order by ${join(key.map((column) => sql`o.${nameSql(column)}`))}`

/** Lets at most `limit` rows of a tenant refer to no other row of their table. Answers with their number. */
export const unlinkRows = async (db: Db, from: TenantTable, tenantId: number, limit: number): Promise<number> => {
  const { name, own_references: columns } = from
  if (columns.length === 0) return 0
  const table = nameSql(name)
  return exec(
    db,
    sql`update ${table} set ${join(columns.map((column) => sql`${nameSql(column)} = null`))}
        where is_tenant_deletable(${tenantId}) and ctid = any (array(
          select o.ctid from ${table} o
          where o.tenant_id = ${tenantId}
            and (${join(
              columns.map((column) => sql`o.${nameSql(column)} is not null`),
              ' or ',
            )})
          ${byKey(from)} limit ${limit} for update))`,
  )
}

const Deleted = z.object({ deleted: z.int() })

/** Deletes at most `limit` rows of a tenant. Events, which the program may not delete, go by a function. */
export const deleteRows = async (db: Db, from: TenantTable, tenantId: number, limit: number): Promise<number> => {
  const { name } = from
  if (name === 'events') {
    const { deleted } = await one(db, Deleted, sql`select delete_tenant_events(${tenantId}, ${limit}) as deleted`)
    return deleted
  }
  const table = nameSql(name)
  return exec(
    db,
    sql`delete from ${table} where is_tenant_deletable(${tenantId}) and ctid = any (array(
          select o.ctid from ${table} o where o.tenant_id = ${tenantId} ${byKey(from)} limit ${limit} for update))`,
  )
}
