import { setTimeout as sleep } from 'node:timers/promises'
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
import { findListenFault, startServer, type WebServer } from './platform/http/server.ts'
import { createLog, type Log } from './platform/log.ts'
import { addGauge } from './platform/metrics.ts'
import { loadOrCreateSecret } from './platform/secrets.ts'
import { startWorker, type Worker } from './worker.ts'

/**
 * SIGTERM to exit: what is running may take nine seconds, and all of it together five more. A start is let to its end
 * for three, so that what it is opening is closed.
 */
const graceMs = 9_000
const lastCallMs = 14_000
const startGraceMs = 3_000
/** npm passes on the Ctrl-C that the terminal has sent to us already: the same signal so soon again is no impatience. */
const echoMs = 500

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

/** Brings the database up to date and makes the first admin; false when that is somebody else's to do first. */
const prepareDatabase = async (app: App, url: string, level: 'warn' | 'debug'): Promise<boolean> => {
  const pending = await pendingMigrations(app.pool)
  if (pending.length > 0) {
    if (!app.config.MIGRATE_ON_START) {
      app.log[level]({ pending }, 'migrations are pending; run `npm run migrate`')
      return false
    }
    await migrate(url)
  }
  announceAdmin(await createFirstAdmin(app))
  return true
}

/** The same; also false when the database is away. */
const isPrepared = async (app: App, url: string, level: 'warn' | 'debug'): Promise<boolean> => {
  try {
    return await prepareDatabase(app, url, level)
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error
    app.log[level]({ error }, 'the database is away; trying again')
    return false
  }
}

const untilPrepared = async (app: App, url: string): Promise<void> => {
  do await sleep(1_000)
  while (!app.stopping() && !(await isPrepared(app, url, 'debug')))
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

/** What has been opened so far. */
interface Running {
  database?: EmbeddedDatabase
  app?: App
  web?: WebServer
  worker?: Worker
  /** What waits for the database. */
  preparing?: Promise<void>
}

/** No new connection and no new job; what is running ends, then the pools, and the embedded database last. */
const stop = async ({ database, app, web, worker, preparing }: Running): Promise<void> => {
  const prepared = Promise.race([preparing?.catch(() => {}), sleep(startGraceMs)])
  await Promise.all([web?.stop(graceMs), worker?.stop(graceMs), prepared])
  await app?.passwords.close()
  await app?.pool.end()
  await database?.stop()
}

const readyLine = (config: Config): string =>
  config.COUNTERDESK_ROLE === 'worker'
    ? 'Counterdesk worker is ready.'
    : `Counterdesk is ready: ${config.PUBLIC_URL} (API document: ${config.PUBLIC_URL}/api/docs)`

/** Opens one thing after the other. A database that is away is waited for; until then the API answers 503. */
const start = async (running: Running, config: Config, log: Log, stopping: () => boolean): Promise<void> => {
  if (config.DATABASE_URL === undefined) {
    running.database = await openEmbeddedDatabase(config.DATA_DIR, { log: (line) => log.debug(line) })
  }
  if (stopping()) return
  const url = config.DATABASE_URL ?? running.database?.url ?? ''
  const jwtSecret = config.JWT_SECRET ?? (await loadOrCreateSecret(config.DATA_DIR))
  const pool = createAppPool(config, url, log)
  const app = createAppContext({ config, log, pool, jwtSecret, accessLog: process.stdout })
  app.stopping = stopping
  app.nudge = () => running.worker?.nudge()
  running.app = app
  addGauges(app)

  const goOn = (): void => {
    if (stopping()) return
    if (config.COUNTERDESK_ROLE !== 'web') running.worker = startWorker(app, url)
    print(readyLine(config))
  }
  const isReady = await isPrepared(app, url, 'warn')
  if (stopping()) return
  if (config.COUNTERDESK_ROLE !== 'worker') running.web = await startServer(createApp(app), config.HOST, config.PORT)
  if (isReady) return goOn()
  print('Counterdesk waits for its database.')
  running.preparing = untilPrepared(app, url).then(goOn)
}

const main = async (): Promise<void> => {
  const config = readSettings()
  const fault = config.COUNTERDESK_ROLE === 'worker' ? null : await findListenFault(config.HOST, config.PORT)
  if (fault?.code === 'EADDRINUSE') fail(`Port ${config.PORT} is in use: set PORT to a free one.`)
  if (fault) fail(`HOST and PORT are nothing to listen on: ${fault.message}`)
  const log = createLog(config.LOG_LEVEL)
  const running: Running = {}
  let isStopping = false
  let starting = Promise.resolve()

  const stopOnce = async (exitCode: number): Promise<void> => {
    isStopping = true
    setTimeout(() => fail('Stopping took too long; the rest is cut off.'), lastCallMs).unref()
    await Promise.race([starting.catch(() => {}), sleep(startGraceMs)])
    await stop(running)
    log.info('stopped')
    process.exit(exitCode)
  }
  let first: { signal: NodeJS.Signals; at: number } | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    const isEcho = first?.signal === signal && performance.now() - first.at < echoMs
    if (isEcho) return
    if (isStopping) process.exit(1)
    first = { signal, at: performance.now() }
    log.info({ signal }, 'stopping')
    stopOnce(0).catch((error: unknown) => {
      log.error({ error }, 'stopping failed')
      process.exit(1)
    })
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  starting = start(running, config, log, () => isStopping)
  try {
    await starting
    await running.preparing
  } catch (error) {
    if (isStopping) return
    process.stderr.write(`Counterdesk could not start: ${error instanceof Error ? error.message : error}\n`)
    await stopOnce(1)
  }
}

process.on('unhandledRejection', (reason) => {
  const what = `Unexpected error: ${reason instanceof Error ? reason.stack : reason}`
  // That the database is away is no reason to end: what needs it tries again by itself.
  if (isDatabaseUnavailable(reason)) process.stderr.write(`${what}\n`)
  else fail(what)
})
await main()
