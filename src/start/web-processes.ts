import { fileURLToPath } from 'node:url'
import type { App } from '../platform/app-context.ts'
import { createMetricsOfAll } from '../platform/processes/metrics-of-all.ts'
import { createPlacesOfAll } from '../platform/processes/places.ts'
import { type Supervisor, supervise, tell } from '../platform/processes/supervisor.ts'

const file = fileURLToPath(new URL('./web-process.ts', import.meta.url))

/** What the primary process has opened, for the web processes. */
export interface OpenedHere {
  DATABASE_URL: string
  MIGRATION_DATABASE_URL: string
  JWT_SECRET: string
}

/**
 * Starts the processes that serve HTTP (see `web-process.ts`) and keeps them alive. Each `/metrics` page has the sums
 * of all processes, and SIGHUP restarts the processes in turn. `opened` is the database and the secret that this
 * process has opened; `nudge` is called when a process has committed events.
 */
export const startWebProcesses = (app: App, opened: OpenedHere, nudge: () => void): Supervisor => {
  const { COUNTERDESK_PROCESSES: count, DATABASE_POOL_SIZE: connections } = app.config
  const metrics = createMetricsOfAll(app.metrics.registry, () => supervisor.children())
  const places = createPlacesOfAll()
  const supervisor = supervise({
    file,
    count,
    environment: {
      ...opened,
      // The address carries what these settings ask for.
      DATABASE_SSL: '',
      DATABASE_SSL_CA: '',
      DATABASE_POOL_SIZE: String(Math.max(2, Math.ceil(connections / count))),
    },
    log: app.log,
    onMessage(child, message) {
      if (message.kind === 'events committed') nudge()
      else if (message.kind === 'asked to stop') void supervisor.replace(child)
      else if (message.kind === 'reading') metrics.take(child, message.reading)
      else if (message.kind === 'place given back') places.giveBack(child, message.key)
      else if (message.kind === 'place wanted') {
        const { id, key, atMost } = message
        tell(child, { kind: 'place', id, key, isTaken: places.take(child, key, atMost) })
      } else if (message.kind === 'page wanted')
        metrics.read().then(
          (page) => tell(child, { kind: 'page', id: message.id, page }),
          (error: unknown) => app.log.error({ error }, 'the metrics could not be gathered'),
        )
    },
    onGone(child) {
      metrics.keep(child)
      places.forget(child)
    },
  })
  process.on('SIGHUP', () => void supervisor.restart())
  return supervisor
}
