import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { readLockFile, stopPostmaster } from '../../platform/db/embedded/postmaster.ts'
import { openEmbeddedDatabase } from '../../platform/db/embedded.ts'
import { migrate } from '../../platform/db/migrate.ts'
import { memoryOrDisk } from './memory-or-disk.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which databases are created and dropped. */
    testServer: string
    /** The migrated database to copy. The name of every copy begins with its name. */
    testTemplate: string
  }
}

interface Server {
  url: string
  close(): Promise<void>
}

/**
 * Gives the whole run a PostgreSQL server: that of TEST_DATABASE_URL, whose user must be able to create databases, or a
 * server of its own. On it is a migrated database, which `createTestDatabase` copies.
 */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const template = `counterdesk_test_${randomBytes(4).toString('hex')}`
  const given = process.env.TEST_DATABASE_URL
  const server = given ? guestOf(given, template) : await openServer()
  await makeTemplate(server.url, template)
  project.provide('testServer', server.url)
  project.provide('testTemplate', template)
  return () => server.close()
}

const guestOf = (url: string, template: string): Server => ({ url, close: watch({ url, template }) })

const openServer = async (): Promise<Server> => {
  const folder = await mkdtemp(join(await memoryOrDisk(), 'counterdesk-test-'))
  const tidyUp = watch({ folder })
  await chmod(folder, 0o755) // for the user PostgreSQL runs as when we are root
  const cluster = await openEmbeddedDatabase(folder, {
    // Its data need not survive a power cut.
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_wal_size: '256MB',
      max_connections: '300',
    },
  })
  return {
    url: cluster.url,
    close: async () => {
      await cluster.stop()
      await tidyUp()
    },
  }
}

const withClient = async (url: string, work: (client: pg.Client) => Promise<void>): Promise<void> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk tests' })
  await client.connect()
  await work(client).finally(() => client.end())
}

const makeTemplate = async (server: string, template: string): Promise<void> => {
  await withClient(server, async (client) => {
    await client.query(`create database ${template} template template0`)
  })
  const url = new URL(server)
  url.pathname = `/${template}`
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  await migrate(url.href, { log: { debug: () => {}, warn: say, error: say } })
}

/** The argument that runs this file as a program. */
const watching = 'watch-for-the-end'

/** What a run leaves behind: the folder of a cluster, or databases on the server of TEST_DATABASE_URL. */
type Traces = { folder: string } | { url: string; template: string }

/**
 * Starts this file as a program that waits for the end of the run, and then removes its traces. The program sees the
 * end of its standard input, which comes also when the run is killed. Answers with a function that ends the program in
 * order.
 */
const watch = (traces: Traces): (() => Promise<void>) => {
  const watcher = spawn(process.execPath, [fileURLToPath(import.meta.url), watching], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true, // Ctrl-C is for the run, and not for the process that cleans up
  })
  watcher.unref()
  const gone = new Promise<void>((resolve, reject) => {
    watcher.once('exit', (code) => (code === 0 ? resolve() : reject(new Error('traces of the tests are left'))))
    watcher.once('error', reject)
  })
  watcher.stdin.write(JSON.stringify(traces))
  return async () => {
    watcher.ref()
    watcher.stdin.end()
    await gone
  }
}

const removeTraces = async (traces: Traces): Promise<void> => {
  if ('folder' in traces) {
    const dataDir = join(traces.folder, 'postgres')
    const lock = readLockFile(dataDir)
    if (lock !== null) await stopPostmaster(lock.pid, dataDir)
    await rm(traces.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    return
  }
  await withClient(traces.url, async (client) => {
    const { rows } = await client.query(
      'select d.datname as name from pg_database d where starts_with(d.datname, $1)',
      [traces.template],
    )
    for (const { name } of rows) await client.query(`drop database if exists ${name} with (force)`)
  })
}

if (process.argv[2] === watching) await removeTraces(JSON.parse(await text(process.stdin)))
