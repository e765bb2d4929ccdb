import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { z } from 'zod'
import { createApp } from '../../app.ts'
import type { App } from '../../platform/app-context.ts'
import type { Clock } from '../../platform/clock.ts'
import { readConfig } from '../../platform/config.ts'
import { onCommittedEvents } from '../../platform/db/committed-events.ts'
import { createPool } from '../../platform/db/pool.ts'
import { one, sql } from '../../platform/db/sql.ts'
import { startServer } from '../../platform/http/server.ts'
import { createLog, type Log } from '../../platform/log.ts'
import { openApplication } from '../../start/open-application.ts'
import { startWorker, type Worker } from '../../worker.ts'
import { memoryOrDisk } from './memory-or-disk.ts'
import { quotasOff } from './quotas-off.ts'
import { createTestDatabase } from './test-database.ts'

/** The whole program in this process, web and worker, on a database of its own and a port of its own. */
export interface Desk {
  app: App
  url: string
  databaseUrl: string
  /** Works as the owner of the tables, for changes of a test that the program itself may not make. */
  owner: Pool
  /** Waits until every event has its position and no mail that is due is queued. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** The token of whoever runs the desks of the tests. */
export const platformToken = 'k4Vt-only-for-tests-9sQe7Lw2Xn5Bz8Hd'

/**
 * The settings of tests that differ from the defaults: no console, no limits and no quotas, cheap hashing, short waits,
 * webhooks to this machine.
 */
const settings = {
  NODE_ENV: 'test',
  PORT: '0',
  PUBLIC_URL: 'https://desk.example.com',
  JWT_SECRET: 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9',
  PLATFORM_TOKEN: platformToken,
  CONSOLE: 'false',
  BCRYPT_COST: '4',
  LOG_LEVEL: 'silent',
  MAIL_RETRY_SECONDS: '1',
  SMTP_TIMEOUT_SECONDS: '1',
  WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
  ...quotasOff,
}

const Open = z.object({ count: z.int() })

export interface DeskOptions {
  /** Settings as the environment gives them. */
  settings?: Record<string, string>
  /** The database of another desk, for a second program on it. */
  databaseUrl?: string
  /** The address of the pooler in transaction mode that requests go through, given the address of the database. */
  pooledUrl?: (databaseUrl: string) => Promise<string>
  /** False: no worker runs, so no mail is written and no job is done. */
  withWorker?: boolean
  log?: Log
  clock?: Clock
  accessLog?: { write: (line: string) => void }
}

/** Starts a desk. Stop it in `afterAll`. */
export const startDesk = async (options: DeskOptions = {}): Promise<Desk> => {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : null
  const databaseUrl = options.databaseUrl ?? database?.url ?? ''
  const folder = await mkdtemp(join(await memoryOrDisk(), 'counterdesk-test-'))
  const config = readConfig({ ...settings, DATA_DIR: folder, ...options.settings })
  const log = options.log ?? createLog(config.LOG_LEVEL)
  const owner = createPool({ url: databaseUrl, size: 3, applicationName: 'counterdesk tests', asOwner: true }, log)
  const { clock, accessLog } = options
  const pooledUrl = await options.pooledUrl?.(databaseUrl)
  const addresses = pooledUrl === undefined ? { url: databaseUrl } : { url: pooledUrl, sessionUrl: databaseUrl }
  const { app, close } = await openApplication({ config, clock, log, ...addresses, accessLog })
  let worker: Worker | null = null
  if (options.withWorker !== false) {
    worker = startWorker(app, databaseUrl)
    onCommittedEvents(app.pool, worker.nudge)
  }
  const web = await startServer(createApp(app), '127.0.0.1', config.PORT)
  return {
    app,
    url: `http://127.0.0.1:${web.port}`,
    databaseUrl,
    owner,
    async settled() {
      for (let tries = 0; tries < 500; tries += 1) {
        const { count } = await one(
          app.pool,
          Open,
          sql`select (select count(*) from events e where e.position is null)
                + (select count(*) from emails m where m.state = 'queued'
                    and (m.due_at is null or m.due_at < now() + interval '1 second')) as count`,
        )
        if (count === 0) return
        await sleep(10)
      }
      throw new Error('the desk did not settle within 5 s')
    },
    async stop() {
      await web.stop(300)
      await worker?.stop()
      await close()
      await owner.end()
      await database?.drop()
      await rm(folder, { recursive: true })
    },
  }
}
