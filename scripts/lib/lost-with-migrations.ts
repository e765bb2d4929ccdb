import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { migrationFolder } from '../../src/platform/db/migrate.ts'

/** What undoing a migration takes away: the rows of a table, or the values of a column. */
interface Loss {
  table: string
  column: string | null
}

/** The statements of a file that undo its migration, each on one line. */
const statementsDown = (file: string): string[] => {
  const [, down = ''] = file.split(/^-- Down Migration.*$/m)
  return down
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim().replaceAll(/\s+/g, ' '))
}

const namesIn = (list: string): string[] => list.split(',').map((name) => name.trim().replace(/ cascade$/i, ''))

const droppedColumn =
  /\bdrop (?:column )?(?:if exists )?(?!constraint\b|not null\b|default\b|column\b|identity\b)(\w+)/gi

/**
 * What the tables lose when a migration is undone.
 * @internal Exported for its test.
 */
export const lossesOf = (file: string): Loss[] =>
  statementsDown(file).flatMap((statement): Loss[] => {
    const [, tables] = /^drop table (?:if exists )?(.+)$/i.exec(statement) ?? []
    if (tables !== undefined) return namesIn(tables).map((table) => ({ table, column: null }))
    const [, altered = '', actions = ''] = /^alter table (?:only )?(\w+) (.+)$/i.exec(statement) ?? []
    return [...actions.matchAll(droppedColumn)].map(([, column = '']) => ({ table: altered, column }))
  })

const countRows = async (client: pg.Client, { table, column }: Loss): Promise<number> => {
  const names = [table, ...(column === null ? [] : [column])].map((name) => client.escapeIdentifier(name))
  const { rows } = await client.query(`select count(${names[1] ?? '*'})::integer as count from ${names[0]}`)
  return rows[0].count
}

/** What is lost when these migrations are undone, in lines, with the rows or values that there are now. */
export const describeLosses = async (url: string, names: string[]): Promise<string[]> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk migrate' })
  await client.connect()
  try {
    const lines: string[] = []
    for (const name of names) {
      lines.push(name)
      const losses = lossesOf(await readFile(join(migrationFolder, `${name}.sql`), 'utf8'))
      for (const loss of losses) {
        const count = await countRows(client, loss)
        lines.push(
          loss.column === null
            ? `  deletes the table ${loss.table} with ${count} rows`
            : `  deletes the column ${loss.column} of ${loss.table} with ${count} values`,
        )
      }
      if (losses.length === 0) lines.push('  deletes no rows')
    }
    return lines
  } finally {
    await client.end()
  }
}
