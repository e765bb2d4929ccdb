import { config as loadEnvironment } from 'dotenv'
import { createApp } from './app.ts'
import { type Credentials, createFirstAdmin } from './modules/auth/first-admin.service.ts'
import { countMailsWaiting } from './modules/notifications/notifications.service.ts'
import { type App, createAppContext } from './platform/app-context.ts'
import { type Config, ConfigError, readConfig } from './platform/config.ts'
import { isDatabaseUnavailable } from './platform/db/connection-errors.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from './platform/db/embedded.ts'
import { migrate, pendingMigrations } from './platform/db/migrate.ts'
import { createAppPool } from './platform/db/pool.ts'
import { fanOutLagSeconds } from './platform/events/fan-out.ts'
import { isPortFree, startServer, type WebServer } from './platform/http/server.ts'
import { createLog, type Log } from './platform/log.ts'
import { addGauge } from './platform/metrics.ts'
import { loadOrCreateSecret } from './platform/secrets.ts'
import { startWorker, type Worker } from './worker.ts'

/** SIGTERM to exit: what is running may take this long, and all of it together five seconds more. */
const graceMs = 9_000
const lastCallMs = 14_000

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const fail = (...lines: string[]): never => {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(1)
}

const readSettings = (): Config => {
  loadEnvironment({ quiet: true })
  try {
    return readConfig(process.env)
  } catch (error) {
    if (error instanceof ConfigError)
      return fail('These settings are wrong:', ...error.lines.map((line) => `  ${line}`))
    throw error
  }
}

const announceAdmin = (credentials: Credentials | null): void => {
  if (!credentials?.isGenerated) return
  print('')
  print('  The first admin, shown this once:')
  print(`    user id   ${credentials.userId}`)
  print(`    password  ${credentials.password}`)
  print('')
}

/** Brings the database up to date and makes the first admin. */
const prepareDatabase = async (app: App, url: string): Promise<void> => {
  const pending = await pendingMigrations(app.pool)
  if (pending.length > 0) {
    if (!app.config.MIGRATE_ON_START) {
      app.log.warn({ pending }, 'migrations are pending; run `npm run migrate`')
      return
    }
    await migrate(url)
  }
  announceAdmin(await createFirstAdmin(app))
}

/** A database that is away at the start is waited for; until then the API answers 503. */
const prepareInTime = async (app: App, url: string): Promise<void> => {
  try {
    await prepareDatabase(app, url)
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    app.log.warn({ error }, 'the database is away; trying again')
    setTimeout(() => {
      if (!app.stopping()) prepareInTime(app, url).catch((cause) => fail(`Cannot prepare the database: ${cause}`))
    }, 1_000)
  }
}

const addGauges = (app: App): void => {
  const { metrics, pool } = app
  addGauge(metrics, 'counterdesk_pool_connections', 'Connections of the pool, by state.', () => ({
    total: pool.totalCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  }))
  addGauge(metrics, 'counterdesk_mails_waiting', 'Mails not handed over yet.', () => countMailsWaiting(app))
  addGauge(metrics, 'counterdesk_fan_out_lag_seconds', 'Age of the oldest event not fanned out.', () =>
    fanOutLagSeconds(pool),
  )
}

interface Running {
  app: App
  web: WebServer | null
  worker: Worker | null
  database: EmbeddedDatabase | null
}

/** Not ready, then no new connection, then what is running ends, then the pools, and the embedded database last. */
const stop = async ({ app, web, worker, database }: Running, log: Log): Promise<void> => {
  await web?.stop(graceMs)
  await worker?.stop()
  await app.passwords.close()
  await app.pool.end()
  await database?.stop()
  log.info('stopped')
}

const stopOnSignal = (running: Running, setStopping: () => void, log: Log): void => {
  let signals = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    signals += 1
    if (signals > 1) process.exit(1)
    log.info({ signal }, 'stopping')
    setStopping()
    setTimeout(() => fail('Stopping took too long; the rest is cut off.'), lastCallMs).unref()
    stop(running, log).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

const main = async (): Promise<void> => {
  const config = readSettings()
  const isWeb = config.COUNTERDESK_ROLE !== 'worker'
  if (isWeb && !(await isPortFree(config.HOST, config.PORT))) {
    fail(`Port ${config.PORT} is in use: set PORT to a free one.`)
  }
  const log = createLog(config.LOG_LEVEL)
  const database =
    config.DATABASE_URL === undefined
      ? await openEmbeddedDatabase(config.DATA_DIR, { log: (line) => log.debug(line) })
      : null
  const url = config.DATABASE_URL ?? database?.url ?? ''
  const jwtSecret = config.JWT_SECRET ?? (await loadOrCreateSecret(config.DATA_DIR))

  const app = createAppContext({
    config,
    log,
    pool: createAppPool(config, url, log),
    jwtSecret,
    accessLog: process.stdout,
  })
  let isStopping = false
  app.stopping = () => isStopping
  addGauges(app)
  await prepareInTime(app, url)

  const worker = config.COUNTERDESK_ROLE === 'web' ? null : startWorker(app, url)
  app.nudge = () => worker?.nudge()
  const web = isWeb ? await startServer(createApp(app), config.HOST, config.PORT) : null
  stopOnSignal(
    { app, web, worker, database },
    () => {
      isStopping = true
    },
    log,
  )
  print(
    web
      ? `Counterdesk is ready: ${config.PUBLIC_URL} (API document: ${config.PUBLIC_URL}/api/docs)`
      : 'Counterdesk worker is ready.',
  )
}

process.on('unhandledRejection', (reason) =>
  fail(`Unexpected error: ${reason instanceof Error ? reason.stack : reason}`),
)
main().catch((error: unknown) => fail(`Counterdesk could not start: ${error instanceof Error ? error.message : error}`))
