import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { followersOf } from '../../src/modules.ts'
import type { App } from '../../src/platform/app-context.ts'
import { fanOutOnce } from '../../src/platform/events/fan-out.ts'
import { findWaiting } from './backdate.queries.ts'

/**
 * Stops the fan-out of a tenant's events while `work` runs, by holding the tenant's row of `event_heads`. It has a
 * connection of its own, because those of a pool may not stay in a transaction that long.
 */
export const withoutFanOut = async <T>(url: string, tenantId: number, work: () => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk demo' })
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
  })
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select h.tenant_id from event_heads h where h.tenant_id = $1 for update', [tenantId])
    const result = await work()
    if (lost !== undefined) throw lost
    return result
  } finally {
    await client.end()
  }
}

const patienceMs = 20_000

/** Waits until each event of the tenant has its position and its mails. Does the work of the worker when none runs. */
export const catchUp = async (app: App, tenantId: number): Promise<void> => {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const { waiting, has_worker } = await findWaiting(app.pool, tenantId)
    if (waiting === 0) return
    const isOurs = !has_worker || performance.now() > deadline
    const handled = isOurs ? await fanOutOnce(app.pool, followersOf(app), 500) : 0
    if (handled === 0) await sleep(50)
  }
}
