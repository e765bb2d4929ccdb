import pg from 'pg'

/** All rows of a database and the state of its sequences, as of one moment. The embedded package brings no pg_dump. */
export interface Dump {
  tables: { name: string; columns: string; rows: string }[]
  sequences: { name: string; value: string; isCalled: boolean }[]
}

const schemas = `n.nspname in ('public', 'graphile_worker')`

/** Generated columns make themselves again; which migrations have run, the new database knows. */
const tables = `
  select format('%I.%I', n.nspname, c.relname) as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where ${schemas} and c.relkind = 'r' and c.relname not in ('pgmigrations', 'migrations')
  group by 1`

const sequences = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${schemas} and c.relkind = 'S' and c.relname not like 'pgmigrations%'`

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return work(client).finally(() => client.end())
}

/** Reads everything in one snapshot, whatever is written meanwhile; sequences after it, so that none is behind. */
export const dumpDatabase = (url: string): Promise<Dump> =>
  withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read read only')
    const dump: Dump = { tables: [], sequences: [] }
    for (const { name, columns } of (await client.query(tables)).rows) {
      const { rows } = await client.query(
        `select coalesce(json_agg(t), '[]')::text as rows from (select ${columns} from ${name}) t`,
      )
      dump.tables.push({ name, columns, rows: rows[0].rows })
    }
    for (const { name } of (await client.query(sequences)).rows) {
      const { rows } = await client.query(`select last_value, is_called from ${name}`)
      dump.sequences.push({ name, value: rows[0].last_value, isCalled: rows[0].is_called })
    }
    await client.query('commit')
    return dump
  })

/** Fills a database that has been migrated. Triggers and references wait until all is there, as with pg_restore. */
export const restoreDatabase = (url: string, dump: Dump): Promise<void> =>
  withClient(url, async (client) => {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query(`truncate ${dump.tables.map(({ name }) => name).join(', ')}`)
    for (const { name, columns, rows } of dump.tables) {
      await client.query(
        `insert into ${name} (${columns}) overriding system value
         select ${columns} from json_populate_recordset(null::${name}, $1::json)`,
        [rows],
      )
    }
    for (const { name, value, isCalled } of dump.sequences) {
      await client.query('select setval($1::regclass, $2, $3)', [name, value, isCalled])
    }
    await client.query('commit')
  })
