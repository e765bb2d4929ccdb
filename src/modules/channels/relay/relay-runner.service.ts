import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../../platform/app-context.ts'
import { createBell } from '../../../platform/bell.ts'
import { forkSince } from '../../../platform/events/log-epoch.ts'
import { addGauge } from '../../../platform/metrics.ts'
import type { Runner } from '../../../platform/module.ts'
import { type Head, type Known, listTenantsBehind, readNextEvents, relayLagSeconds } from './relay-events.queries.ts'
import { messageOf } from './relay-messages.ts'
import { openRelayStream, type RelayStream } from './relay-stream.ts'

/** How many messages are on their way at once. Their answers come back together. */
const windowSize = 512
/** How many tenants share a window. */
const tenantsAtOnce = 64
const pollMs = 1_000
/** The pause after a refusal or a fault: another relay may be at work, or the server is away. */
const pauseMs = { first: 500, longest: 8_000 }

/** What the relay knows, and forgets when anything goes wrong. */
interface Memory extends Known {
  /** The tenant that was served last: the next ones come after it. */
  served: number
}

const nothing: Runner = { nudge() {}, stop: async () => {} }

/**
 * Where the log of a tenant goes on: behind the last message that the stream has of it. When that one is of an earlier
 * epoch, the log has gone back: what the stream has beyond the fork did not happen, and the log goes on there.
 */
const findReached = async (app: App, stream: RelayStream, { tenant_id, slug, position }: Head): Promise<number> => {
  const last = await stream.lastOf(slug)
  if (last === null || last.tenantId !== tenant_id) return 0
  const fork = await forkSince(app.pool, tenant_id, last.epoch)
  if (fork === 'unknown') return 0
  return Math.min(last.position, fork ?? last.position, position)
}

/** Publishes the next window. Answers whether there was anything. */
const publishSome = async (app: App, stream: RelayStream, memory: Memory): Promise<boolean> => {
  const behind = await listTenantsBehind(app.pool, memory, memory.served, tenantsAtOnce)
  if (behind.length === 0) return false
  memory.served = behind.at(-1)?.tenant_id ?? 0
  const [{ epoch }] = behind as [Head]
  if (epoch !== memory.epoch) {
    memory.epoch = epoch
    memory.reached.clear()
  }
  const unknown = behind.filter(({ tenant_id }) => !memory.reached.has(tenant_id))
  const found = await Promise.all(unknown.map((head) => findReached(app, stream, head)))
  for (const [at, { tenant_id }] of unknown.entries()) memory.reached.set(tenant_id, found[at] ?? 0)
  const reached = behind.map(({ tenant_id: tenantId }) => ({ tenantId, position: memory.reached.get(tenantId) ?? 0 }))
  const events = await readNextEvents(app.pool, reached, Math.ceil(windowSize / behind.length))
  // The log has gone back meanwhile: these positions may be those of other events.
  if (events.some((event) => event.epoch !== epoch)) return true
  const usesNames = app.config.NATS_SUBJECTS === 'names'
  await stream.publish(events.map((event) => messageOf(event, usesNames, stream.maxBytes())))
  for (const { tenant_id, position } of events) memory.reached.set(tenant_id, position)
  return true
}

/**
 * The relay: it hands the events of all tenants on to a stream of NATS JetStream, each once and in order. It notes no
 * position: at the start, and after each fault, it asks the stream how far it came. With several relays on one stream,
 * one publishes, and the others are refused by the stream until it ends.
 */
export const startRelay = (app: App): Runner => {
  const { NATS_URL: url, NATS_STREAM: name } = app.config
  if (url === undefined) return nothing
  const [bell, end] = [createBell(), createBell()]
  const memory: Memory = { epoch: null, reached: new Map(), served: 0 }
  let isStopped = false
  let stream: RelayStream | null = null
  let isUp = 0
  addGauge(app.metrics, 'counterdesk_relay_up', 'Whether the relay to NATS works: 1 or 0.', () => isUp)
  addGauge(
    app.metrics,
    'counterdesk_relay_lag_seconds',
    'Age of the oldest event that the relay has not handed on to NATS; NaN while it does not know how far it came.',
    async () => (await relayLagSeconds(app.pool, memory)) ?? Number.NaN,
  )

  const work = async (): Promise<void> => {
    if (stream === null || stream.isClosed()) stream = await openRelayStream({ url, name })
    await stream.begin()
    memory.reached.clear()
    while (!isStopped) {
      bell.hush()
      const hasPublished = await publishSome(app, stream, memory)
      // Only a window that went through says that it works.
      isUp = 1
      if (!hasPublished && !isStopped) await bell.pause(pollMs)
    }
  }
  const run = async (): Promise<void> => {
    let delayMs = pauseMs.first
    while (!isStopped) {
      const startedAt = performance.now()
      try {
        await work()
      } catch (error) {
        isUp = 0
        if (isStopped) break
        app.log.warn({ error }, 'the relay to NATS was refused or the server is away; it tries again')
        if (performance.now() - startedAt > pauseMs.longest) delayMs = pauseMs.first
        // News does not cut this pause short: it comes all the time.
        await end.pause(delayMs * (0.5 + Math.random() / 2))
        delayMs = Math.min(pauseMs.longest, 2 * delayMs)
      }
    }
  }
  const ended = run()
  return {
    nudge: () => bell.ring(),
    async stop(graceMs) {
      isStopped = true
      bell.ring()
      end.ring()
      await Promise.race([ended, sleep(graceMs, undefined, { ref: false })])
      await stream?.close()
    },
  }
}
