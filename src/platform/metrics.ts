import type { Pool } from 'pg'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Turns, waitingForTurns } from './db/connection-turns.ts'
import { version } from './version.ts'

/** The metrics of the program, beside those that the client library has for every Node process. */
export interface Metrics {
  registry: Registry
  requests: Histogram<'method' | 'route' | 'status'>
  jobs: Counter<'task' | 'outcome'>
  mails: Counter<'outcome'>
  cleanUpRows: Counter<'name'>
  cleanUpFailures: Counter<'name'>
  webhookAttempts: Counter<'outcome'>
  traceBatches: Counter<'outcome'>
  openStreams: Gauge
  cutStreams: Counter<'reason'>
  /** The page for Prometheus. With several web processes it has the sums of all of them. */
  read(): Promise<string>
}

/** Says which version runs. With several processes the value is still 1, because each says the same. */
const addBuildInfo = (registry: Registry): void => {
  const gauge = new Gauge({
    name: 'counterdesk_build_info',
    help: 'The version of the program and of Node, always 1.',
    labelNames: ['version', 'node'],
    registers: [registry],
    aggregator: 'max',
  })
  gauge.set({ version, node: process.versions.node }, 1)
}

/** Makes the metrics of a program, all at zero. */
export const createMetrics = (): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  addBuildInfo(registry)
  return {
    registry,
    requests: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the arrival of a request to its last byte.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
    jobs: new Counter({
      name: 'counterdesk_jobs_total',
      help: 'Jobs run by this process.',
      labelNames: ['task', 'outcome'],
      registers: [registry],
    }),
    mails: new Counter({
      name: 'counterdesk_mails_total',
      help: 'Attempts of this process to deliver a mail, by outcome.',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    cleanUpRows: new Counter({
      name: 'counterdesk_clean_up_rows_total',
      help: 'Rows that this process has cleaned up, by clean-up.',
      labelNames: ['name'],
      registers: [registry],
    }),
    cleanUpFailures: new Counter({
      name: 'counterdesk_clean_up_failures_total',
      help: 'Clean-ups that failed in this process, by clean-up.',
      labelNames: ['name'],
      registers: [registry],
    }),
    webhookAttempts: new Counter({
      name: 'counterdesk_webhook_attempts_total',
      help: 'Attempts of this process to post a message to a webhook, by outcome.',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    traceBatches: new Counter({
      name: 'counterdesk_trace_batches_total',
      help: 'Batches of spans that this process sent or lost.',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    openStreams: new Gauge({
      name: 'counterdesk_open_streams',
      help: 'Streams of events that are open.',
      registers: [registry],
    }),
    cutStreams: new Counter({
      name: 'counterdesk_cut_streams_total',
      help: 'Streams of events that were cut because their reader did not read.',
      labelNames: ['reason'],
      registers: [registry],
    }),
    read: () => registry.metrics(),
  }
}

/**
 * Adds a value that is read when Prometheus asks, or several values by a label. When a reading fails, the value is NaN;
 * the other values are not affected.
 */
export const addGauge = (
  { registry }: Metrics,
  name: string,
  help: string,
  read: () => Promise<Record<string, number> | number> | Record<string, number> | number,
  label: 'state' | 'table' = 'state',
): void => {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    async collect() {
      this.reset()
      const value = await Promise.resolve()
        .then(read)
        .catch(() => Number.NaN)
      if (typeof value === 'number') this.set(value)
      else for (const [key, number] of Object.entries(value)) this.set({ [label]: key }, number)
    },
  })
  void gauge
}

/** Adds the number of connections of a pool, by state, and of requests that wait for a turn at one. */
export const addPoolGauges = (metrics: Metrics, pool: Pool, turns: Turns): void => {
  addGauge(metrics, 'counterdesk_pool_connections', 'Connections of the pool, by state.', () => ({
    total: pool.totalCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
  }))
  addGauge(metrics, 'counterdesk_requests_waiting', 'Requests that wait for a turn of their account.', () =>
    waitingForTurns(turns),
  )
}
