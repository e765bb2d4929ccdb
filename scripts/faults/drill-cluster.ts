import { chmod } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { readConfig } from '../../src/platform/config.ts'
import { isPostmaster, readLockFile, stopPostmaster } from '../../src/platform/db/embedded/postmaster.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { createLog } from '../../src/platform/log.ts'
import { openApplication } from '../../src/start/open-application.ts'
import { seedTenant } from '../../src/testing/support/seed-tenant.ts'
import { removeCluster } from '../lib/temporary-cluster.ts'
import { type Desk, deskSettings, password } from './drill-tenants.ts'

/** A durable PostgreSQL (fsync on) in a folder of its own. It can be stopped, and started again on its port. */
export interface Cluster {
  port: number
  /** The address of one of its databases. */
  url(database: string): string
  /** `fast` ends all sessions in order. `immediate` is like a crash: the next start replays the log. */
  stop(mode: 'fast' | 'immediate'): Promise<void>
  /** Starts it again. Does nothing when it runs. */
  start(): Promise<void>
  /** Creates a database with the desks in it. Answers with its address. */
  createDatabase(name: string): Promise<string>
  dropDatabase(name: string): Promise<void>
  /** Stops it for good and removes it. */
  remove(): Promise<void>
}

/** The database that the databases of the drills are copies of. */
export const templateDatabase = 'faults_template'

const execute = async (url: string, statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** Opens a cluster in `folder`. */
export const openCluster = async (folder: string): Promise<Cluster> => {
  await chmod(folder, 0o755) // PostgreSQL runs as another user when we are root
  const settings: Record<string, string> = { fsync: 'on', synchronous_commit: 'on', max_connections: '200' }
  let embedded: EmbeddedDatabase = await openEmbeddedDatabase(folder, { settings })
  const { dataDir } = embedded
  let isRunning = true
  const address = new URL(embedded.url)
  settings.port = address.port

  const url = (database: string): string => {
    const other = new URL(address)
    other.pathname = `/${database}`
    return other.href
  }
  return {
    port: Number(address.port),
    url,
    async stop(mode) {
      isRunning = false
      const { pid } = readLockFile(dataDir) ?? { pid: 0 }
      if (mode === 'immediate' && isPostmaster(pid, dataDir)) process.kill(pid, 'SIGQUIT')
      for (const until = Date.now() + 5_000; mode === 'immediate' && Date.now() < until; await sleep(10)) {
        if (!isPostmaster(pid, dataDir)) break
      }
      await stopPostmaster(pid, dataDir)
      await embedded.stop() // leaves the stopped server, so that the next opening starts a server
    },
    async start() {
      if (isRunning) return
      embedded = await openEmbeddedDatabase(folder, { settings })
      isRunning = true
    },
    async createDatabase(name) {
      await execute(url('postgres'), `create database ${name} template ${templateDatabase}`)
      return url(name)
    },
    dropDatabase: (name) => execute(url('postgres'), `drop database if exists ${name} with (force)`),
    async remove() {
      if (isRunning) await embedded.stop()
      await removeCluster(dataDir, folder)
    },
  }
}

/** Creates the database that the databases of the drills are copies of: migrated, with desks and their people. */
export const prepareTemplate = async (cluster: Pick<Cluster, 'url'>, desks: Desk[]): Promise<void> => {
  await execute(cluster.url('postgres'), `create database ${templateDatabase}`)
  const url = cluster.url(templateDatabase)
  const config = readConfig(deskSettings)
  const { app, close } = await openApplication({ config, log: createLog('warn'), url, migrates: true })
  for (const { slug, customers } of desks) await seedTenant(app, slug, { password, customers })
  await close()
}
