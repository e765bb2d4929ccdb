import { createApp, watching } from '../app.ts'
import { modules } from '../modules.ts'
import type { App } from '../platform/app-context.ts'
import type { Config } from '../platform/config.ts'
import { onCommittedEvents } from '../platform/db/committed-events.ts'
import { addSettledGauge } from '../platform/db/settled-time.ts'
import { addTableGauges } from '../platform/db/table-sizes.ts'
import { fanOutLagSeconds } from '../platform/events/fan-out.ts'
import { startServer } from '../platform/http/server.ts'
import type { Log } from '../platform/log.ts'
import { addGauge, addPoolGauges } from '../platform/metrics.ts'
import { startWorker, type Worker } from '../worker.ts'
import { graceMs } from './lifecycle.ts'
import { type Application, addressesOf, type Database, openApplication, openDatabase } from './open-application.ts'
import type { Operator } from './operator.ts'
import { prepareDatabase, prepareDatabaseUntilReady } from './prepare-database.ts'
import { shrinkHeap } from './shrink-heap.ts'
import { databaseOf, readyLine, reportOf, warningsOf } from './start-report.ts'
import type { OpenedHere } from './web-processes.ts'

/** What has been opened so far. */
export interface Running {
  database?: Database
  application?: Application
  /** The server of this process, or the web processes. */
  web?: { stop(graceMs: number): Promise<void> }
  worker?: Worker
}

const addGauges = (app: App): void => {
  const { metrics, pool, turns } = app
  addPoolGauges(metrics, pool, turns)
  addTableGauges(metrics, pool)
  addSettledGauge(metrics, pool)
  addGauge(metrics, 'counterdesk_fan_out_lag_seconds', 'Age of the oldest event not fanned out.', () =>
    fanOutLagSeconds(pool),
  )
  for (const { name, help, read } of modules.flatMap((module) => module.gauges ?? [])) {
    addGauge(metrics, name, help, () => read(app))
  }
}

/** Starts to serve. Answers with the port. */
const openWeb = async (running: Running, app: App, opened: OpenedHere): Promise<number> => {
  const { COUNTERDESK_PROCESSES: count, HOST, PORT } = app.config
  if (count === 1) {
    const server = await startServer(createApp(app), HOST, PORT)
    running.web = server
    return server.port
  }
  const { startWebProcesses } = await import('./web-processes.ts')
  const processes = startWebProcesses(app, opened, () => running.worker?.nudge())
  running.web = processes
  return processes.listening()
}

/** Serves those who watch a worker, at `WORKER_PORT`. Without that setting a worker listens nowhere. */
const openWatching = async (running: Running, app: App): Promise<null> => {
  const { HOST, WORKER_PORT } = app.config
  if (WORKER_PORT !== undefined) running.web = await startServer(createApp(app, watching), HOST, WORKER_PORT)
  return null
}

/** Opens everything in turn. While the database is away the program waits for it, and the API answers 503. */
export const open = async (
  running: Running,
  { config, log, operator, stopping }: { config: Config; log: Log; operator: Operator; stopping: () => boolean },
): Promise<void> => {
  running.database = await openDatabase(config, (line) => log.debug(line))
  if (stopping()) return
  const { url, sessionUrl } = running.database
  const addresses = addressesOf(config, running.database)
  running.application = await openApplication({ config, log, ...addresses, accessLog: process.stdout })
  const { app } = running.application
  app.stopping = stopping
  onCommittedEvents(app.pool, () => running.worker?.nudge())
  addGauges(app)

  const isReady = await prepareDatabase(app, sessionUrl, operator, 'warn')
  if (stopping()) return
  shrinkHeap()
  const port =
    config.COUNTERDESK_ROLE === 'worker'
      ? await openWatching(running, app)
      : await openWeb(running, app, {
          DATABASE_URL: url,
          MIGRATION_DATABASE_URL: config.MIGRATION_DATABASE_URL === undefined ? '' : sessionUrl,
          JWT_SECRET: running.application.jwtSecret,
        })
  if (!isReady) {
    operator.say(`Counterdesk waits for its database: ${databaseOf(config, url)}`)
    await prepareDatabaseUntilReady(app, sessionUrl, operator)
  }
  if (stopping()) return
  if (config.COUNTERDESK_ROLE !== 'web') running.worker = startWorker(app, sessionUrl)
  for (const line of warningsOf(config)) log.warn(line)
  operator.say(readyLine(config, port), reportOf(config, url, port))
}

/**
 * Stops the server and the jobs: running requests and jobs end first. Then closes the pools, and the embedded database
 * last.
 */
export const stop = async ({ database, application, web, worker }: Running): Promise<void> => {
  await Promise.all([web?.stop(graceMs), worker?.stop(graceMs)])
  await application?.close()
  await database?.close()
}
