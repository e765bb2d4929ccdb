import { execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { Pool } from 'pg'
import { z } from 'zod'
import { many, one, sql } from '../../src/platform/db/sql.ts'

// `pg_dump` and `pg_restore`, for a PostgreSQL of one's own. They get the password in their environment, because
// everybody on the machine can read the arguments of a program.

type Tool = 'pg_dump' | 'pg_restore'

/** The path of a tool: in the folder that the operator names, else on PATH. */
const pathOf = (tool: Tool, folder: string | undefined): string => (folder === undefined ? tool : join(folder, tool))

/** The major version of the server that a connection leads to. */
export const serverVersion = async (pool: Pool): Promise<number> =>
  (
    await one(
      pool,
      z.object({ major: z.int() }),
      sql`select current_setting('server_version_num')::integer / 10000 as major`,
    )
  ).major

/** @throws Error when the tool is not there, or is older than the server. */
const requireTool = async (tool: Tool, folder: string | undefined, server: number): Promise<void> => {
  const { stdout } = await promisify(execFile)(pathOf(tool, folder), ['--version']).catch(() => {
    throw new Error(
      `${tool} is not ${folder === undefined ? 'on PATH' : `in ${folder}`}. Install the client programs of PostgreSQL ${server}, and name their folder with --pg-bin.`,
    )
  })
  const version = Number(/(\d+)(?:\.|devel|beta|rc|\s|$)/.exec(stdout)?.[1])
  if (!(version >= server))
    throw new Error(
      `${tool} has version ${version}, and the server ${server}. Install the client programs of PostgreSQL ${server} or newer, and name their folder with --pg-bin.`,
    )
}

/** The address without the password, and the environment that has the password. */
const connectionOf = (databaseUrl: string): { url: string; env: NodeJS.ProcessEnv } => {
  const url = new URL(databaseUrl)
  const given = url.searchParams.get('password') ?? decodeURIComponent(url.password)
  const password = given === '' ? process.env.PGPASSWORD : given
  url.password = ''
  url.searchParams.delete('password')
  // What `pg` calls no-verify is `require` for the programs of PostgreSQL.
  if (url.searchParams.get('sslmode') === 'no-verify') url.searchParams.set('sslmode', 'require')
  const { PATH, HOME, LD_LIBRARY_PATH } = process.env
  return { url: url.href, env: { PATH, HOME, LD_LIBRARY_PATH, LC_ALL: 'C', PGPASSWORD: password } }
}

const linesKept = 5

/** Starts a tool, and promises the end of it. */
const startTool = (file: string, args: string[], env: NodeJS.ProcessEnv) => {
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-10_000)
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const words = said.trim().split('\n').slice(-linesKept).join(' ')
      if (code === 0) resolve()
      else reject(new Error(`${file} ended with ${signal ?? code}: ${words}`))
    })
  })
  return { child, ended }
}

/** The relations of the schema that belong to somebody else than the tables of the product. They are none of ours. */
const foreignRelations = (pool: Pool) =>
  many(
    pool,
    z.object({ name: z.string() }),
    sql`select format('%I.%I', n.nspname, c.relname) as name from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_class e on e.oid = 'public.events'::regclass
        where n.nspname in ('public', 'graphile_worker') and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
          and c.relowner <> e.relowner`,
  )

const schemas = ['--schema=public', '--schema=graphile_worker']

/**
 * What `pg_dump` writes of the database, in its custom format. Read it to the end.
 * @throws Error when the tool is missing or older than the server, and at the end when it has failed.
 */
export const dumpDatabase = async function* (
  pool: Pool,
  databaseUrl: string,
  folder: string | undefined,
): AsyncGenerator<Uint8Array> {
  await requireTool('pg_dump', folder, await serverVersion(pool))
  const foreign = (await foreignRelations(pool)).map(({ name }) => `--exclude-table=${name}`)
  const { url, env } = connectionOf(databaseUrl)
  // What an unlogged table has ends with the server that has it, such as counts of attempts and signs of life.
  const left = ['--no-owner', '--no-privileges', '--no-unlogged-table-data']
  const args = ['--format=custom', ...left, ...schemas, ...foreign, `--dbname=${url}`]
  const { child, ended } = startTool(pathOf('pg_dump', folder), args, env)
  child.stdin.end()
  try {
    yield* child.stdout
    await ended
  } finally {
    ended.catch(() => {})
    child.kill()
  }
}

/**
 * Writes a dump into a database that has the extensions and the schema of the job runner, and no table of ours: all of
 * the dump, or nothing.
 * @throws Error when the tool is missing or older than the server, or fails.
 */
export const loadDump = async (
  pool: Pool,
  databaseUrl: string,
  folder: string | undefined,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> => {
  const { url, env } = connectionOf(databaseUrl)
  const args = ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges', ...schemas]
  const { child, ended } = startTool(pathOf('pg_restore', folder), [...args, `--dbname=${url}`], env)
  child.stdout.resume()
  const fed = pipeline(Readable.from(bytes), child.stdin).then(
    () => null,
    (error: NodeJS.ErrnoException) => {
      // The tool closes its input when it fails, and says why itself. A backup that breaks off ends the tool.
      if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') return null
      child.kill()
      return error
    },
  )
  const [failure] = await Promise.all([
    fed,
    ended.catch((error) => fed.then((first) => Promise.reject(first ?? error))),
  ])
  if (failure !== null) throw failure
  // The dump is there by now, and autovacuum does this later: a failure must not take the dump back.
  await pool.query('analyze').catch(() => {})
}

/** @throws Error when `pg_restore` is not there, or is older than the server. */
export const requireRestoreTool = async (pool: Pool, folder: string | undefined): Promise<void> =>
  requireTool('pg_restore', folder, await serverVersion(pool))
