// The entry of a child of `web-processes.ts`, which only serves HTTP. The child has the environment of the primary, and
// the database and the secret that the primary has opened.
import cluster from 'node:cluster'
import { createApp } from '../app.ts'
import { readConfig } from '../platform/config.ts'
import { onCommittedEvents } from '../platform/db/committed-events.ts'
import { startServer, type WebServer } from '../platform/http/server.ts'
import { createProgramLog } from '../platform/log.ts'
import { addPoolGauges } from '../platform/metrics.ts'
import { connectToPrimary } from '../platform/processes/primary.ts'
import { createLifecycle, fail, graceMs } from './lifecycle.ts'
import { addressesOf, openApplication } from './open-application.ts'
import { createOperator } from './operator.ts'
import { shrinkHeap } from './shrink-heap.ts'

/** How long a process that is asked to stop waits for its successor. */
const successorMs = 10_000

const config = readConfig(process.env)
const operator = createOperator(config.NODE_ENV === 'production')
const { worker: self } = cluster
const { DATABASE_URL: url, JWT_SECRET } = config
if (self === undefined || url === undefined || JWT_SECRET === undefined) {
  throw fail(operator, 'Only src/main.ts starts this file, when COUNTERDESK_PROCESSES is above 1.')
}
const log = createProgramLog(config).child({ process: process.pid })
const { app, close } = await openApplication({
  config,
  log,
  // The addresses carry what DATABASE_SSL asks for.
  ...addressesOf(config, { url, sessionUrl: config.MIGRATION_DATABASE_URL ?? url }),
  accessLog: process.stdout,
})
let web: WebServer | undefined

const { start, end, stopping } = createLifecycle(log, operator, async () => {
  await web?.stop(graceMs)
  await primary.sendReading()
  await close()
})
const stopOnce = (): void => {
  if (!stopping()) void end(0)
}
const primary = connectToPrimary(self, {
  metrics: app.metrics.registry,
  onStop: stopOnce,
  onLost: () =>
    stopping() ? fail(operator, 'The primary process has ended, so this web process ends too.') : stopOnce(),
})

// Only once: a second SIGTERM ends the process at once.
process.once('SIGTERM', () => {
  primary.askToStop()
  setTimeout(stopOnce, successorMs).unref()
})
// Ctrl-C and the end of a terminal reach all processes. This process ignores them, because the primary tells it when to
// stop.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})

app.stopping = stopping
onCommittedEvents(app.pool, primary.nudge)
app.metrics.read = primary.readMetrics
app.places = primary.places
addPoolGauges(app.metrics, app.pool, app.turns)
await start(async () => {
  shrinkHeap()
  web = await startServer(createApp(app), config.HOST, config.PORT)
})
