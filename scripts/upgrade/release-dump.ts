import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { jobSchema, migrate } from '../../src/platform/db/migrate.ts'
import { fromLines, type RowDump, restoreRows, toLines } from '../../src/platform/db/row-dump.ts'

/** The head of a dump: what describes it, and what the upgrade test needs besides the rows. */
const Header = z.object({
  about: z.array(z.string()),
  version: z.string(),
  made_at: z.iso.datetime(),
  /** The names of the migrations that had run, in their order. */
  migrations: z.array(z.string()).min(1),
  /** The newest migration of the schema of the job runner. */
  job_schema: z.int(),
  /** The password of every account that has a password. */
  password: z.string(),
  jwt_secret: z.string(),
  /** An unused token of an open session. */
  refresh_token: z.string(),
  /** A request that was answered under an Idempotency-Key, who sent it, and the ticket that it created. */
  keyed: z.object({ by: z.string(), key: z.string(), body: z.record(z.string(), z.string()), ticket_id: z.string() }),
  /** The lines that `npm run audit:verify` printed. */
  anchors: z.array(z.string()),
  /** The counts of `countDesks`. */
  counts: z.record(z.string(), z.int()),
})
export type Header = z.output<typeof Header>

/** The dump of a release: its header and its rows. */
export interface ReleaseDump {
  header: Header
  rows: RowDump
}

const folder = new URL('./releases/', import.meta.url)

/** The versions that have a dump. */
export const releases = async (): Promise<string[]> =>
  (await readdir(folder)).flatMap((file) => (file.endsWith('.rows') ? [file.slice(0, -'.rows'.length)] : []))

const fileOf = (version: string): URL => new URL(`${version}.rows`, folder)

/**
 * Reads the dump of a version.
 * @internal For the upgrade test.
 */
export const readRelease = async (version: string): Promise<ReleaseDump> => {
  const lines = (await readFile(fileOf(version), 'utf8')).trimEnd().split('\n')
  const end = lines.indexOf('')
  return { header: Header.parse(JSON.parse(lines.slice(0, end).join('\n'))), rows: fromLines(lines.slice(end + 1)) }
}

/**
 * Writes a new dump.
 * @throws Error when the version has a dump already, because a release does not change any more.
 */
export const writeRelease = async ({ header, rows }: ReleaseDump): Promise<URL> => {
  const file = fileOf(header.version)
  await writeFile(file, [JSON.stringify(header, null, 1), '', ...toLines(rows), ''].join('\n'), { flag: 'wx' })
  return file
}

const execute = async (url: string, statements: string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk restore' })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * The schema of the job runner as a release had it. `runMigrations` of graphile-worker migrates only to its newest
 * version.
 */
const oldJobSchema = async (revision: number): Promise<string[]> => {
  const sqlFolder = join(dirname(createRequire(import.meta.url).resolve('graphile-worker')), '../sql')
  const files = (await readdir(sqlFolder)).sort().filter((file) => Number.parseInt(file, 10) <= revision)
  const texts = await Promise.all(files.map((file) => readFile(join(sqlFolder, file), 'utf8')))
  return [
    `drop schema if exists ${jobSchema} cascade`,
    `create schema ${jobSchema}`,
    `create table ${jobSchema}.migrations (
       id int primary key, ts timestamptz default now() not null, breaking boolean not null default false)`,
    ...texts.map((text) => text.replaceAll(/:GRAPHILE_WORKER_SCHEMA\b/g, jobSchema)),
    ...files.map((file) => `insert into ${jobSchema}.migrations (id) values (${Number.parseInt(file, 10)})`),
  ]
}

/**
 * Turns an empty database into a restored backup of that release: with the schema of the release, and the rows.
 * @throws Error when the migrations of this tree do not begin with those of the release.
 * @internal For the upgrade test.
 */
export const restoreRelease = async (url: string, { header, rows }: ReleaseDump): Promise<void> => {
  const applied = await migrate(url, { count: header.migrations.length })
  const ours = applied.filter((name) => name !== jobSchema)
  if (ours.join() !== header.migrations.join()) throw new Error(`${header.version} had other migrations: ${ours}`)
  await execute(url, await oldJobSchema(header.job_schema))
  await restoreRows(url, rows)
}
