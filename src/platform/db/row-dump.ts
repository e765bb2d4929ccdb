import pg from 'pg'

/** The rows of a table. */
interface TableRows {
  /** With its schema, quoted where SQL needs that. */
  name: string
  /** The names of its columns, without quotes. Generated columns are left out: the database computes them again. */
  columns: string[]
  /** Each row as a JSON array, in the order of the columns, as PostgreSQL writes it. */
  rows: string[]
}

/** The state of a sequence. */
interface SequenceState {
  name: string
  value: string
  isCalled: boolean
}

/** All rows of a database and the states of its sequences, as of one moment. */
export interface RowDump {
  tables: TableRows[]
  sequences: SequenceState[]
}

const ours = `n.nspname in ('public', 'graphile_worker')`

/** The tables of the migrations are left out, because the database that gets the rows has been migrated. */
const tables = `
  select format('%I.%I', n.nspname, c.relname) as name, array_agg(a.attname::text order by a.attnum) as columns
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where ${ours} and c.relkind = 'r' and c.relname not in ('pgmigrations', 'migrations')
  group by 1 order by 1`

const sequences = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${ours} and c.relkind = 'S' and c.relname not like 'pgmigrations%'
  order by 1`

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk rows' })
  client.on('error', () => {})
  await client.connect()
  return work(client).finally(() => client.end())
}

const listOf = (columns: string[]): string => columns.map((column) => pg.escapeIdentifier(column)).join(', ')

const rowsOf = async (client: pg.Client, name: string, columns: string[]): Promise<string[]> => {
  const { rows } = await client.query(
    `select json_build_array(${listOf(columns)})::text as row from ${name} order by ${listOf(columns.slice(0, 2))}`,
  )
  // A column of type json keeps the line breaks it came with. They are between its members, never inside a text.
  return rows.map(({ row }) => row.replaceAll('\n', ' '))
}

/**
 * Reads all rows in one snapshot while others go on writing. Reads the sequences after the rows, so that none is
 * behind. Takes the place of `pg_dump`, which the embedded PostgreSQL does not bring.
 */
export const dumpRows = (url: string): Promise<RowDump> =>
  withClient(url, async (client) => {
    await client.query(`set timezone = 'UTC'`)
    await client.query('begin isolation level repeatable read read only')
    const dump: RowDump = { tables: [], sequences: [] }
    for (const { name, columns } of (await client.query(tables)).rows) {
      dump.tables.push({ name, columns, rows: await rowsOf(client, name, columns) })
    }
    for (const { name } of (await client.query(sequences)).rows) {
      const { rows } = await client.query(`select last_value, is_called from ${name}`)
      dump.sequences.push({ name, value: rows[0].last_value, isCalled: rows[0].is_called })
    }
    await client.query('commit')
    return dump
  })

/**
 * The values stay as the dump has them: JavaScript would write the number 1.50 as 1.5, and break the hash of its event.
 */
const insertOf = (name: string, columns: string[]): string => `
  insert into ${name} (${listOf(columns)}) overriding system value
  select ${listOf(columns)}
  from json_array_elements($2::json) as dumped (cells)
  cross join json_populate_record(null::${name}, (
    select json_object_agg(c.name, v.value)
    from unnest($1::text[]) with ordinality as c (name, place)
    join json_array_elements(dumped.cells) with ordinality as v (value, place) using (place)))`

/**
 * Replaces the rows of a database that has the same migrations as the dumped database. Triggers do not run and
 * references are not checked, as with `pg_restore`, because a trigger refuses to write events of the past. Needs a
 * superuser.
 */
export const restoreRows = (url: string, dump: RowDump): Promise<void> =>
  withClient(url, async (client) => {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query(`truncate ${dump.tables.map(({ name }) => name).join(', ')}`)
    for (const { name, columns, rows } of dump.tables) {
      if (rows.length > 0) await client.query(insertOf(name, columns), [columns, `[${rows.join(',')}]`])
    }
    for (const { name, value, isCalled } of dump.sequences) {
      await client.query('select setval($1::regclass, $2, $3)', [name, value, isCalled])
    }
    await client.query('commit')
  })

/**
 * A dump as lines: `table <name> <column> …`, the rows of that table one a line, and `sequence <name> <value> <is
 * called>`.
 */
export const toLines = ({ tables, sequences }: RowDump): string[] => [
  ...tables.flatMap(({ name, columns, rows }) => [['table', name, ...columns].join(' '), ...rows]),
  ...sequences.map(({ name, value, isCalled }) => `sequence ${name} ${value} ${isCalled}`),
]

/**
 * Reads the lines that `toLines` made of a dump.
 * @throws Error when a line has another form.
 */
export const fromLines = (lines: string[]): RowDump => {
  const dump: RowDump = { tables: [], sequences: [] }
  for (const line of lines) {
    const [kind, name = '', ...words] = line.split(' ')
    const table = dump.tables.at(-1)
    if (line.startsWith('[') && table !== undefined) table.rows.push(line)
    else if (kind === 'table') dump.tables.push({ name, columns: words, rows: [] })
    else if (kind === 'sequence') dump.sequences.push({ name, value: words[0] ?? '', isCalled: words[1] === 'true' })
    else throw new Error(`this is no line of a dump: ${line}`)
  }
  return dump
}
