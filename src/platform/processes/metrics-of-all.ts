import type { Worker } from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { Reading } from './messages.ts'
import { tell } from './supervisor.ts'

const patienceMs = 1_000

/** The page of metrics for all processes. Every process answers with the same page. */
export interface MetricsOfAll {
  read(): Promise<string>
  /** Takes the reading that a child has sent. */
  take(child: Worker, reading: Reading): void
  /** Keeps the counts of a child that has ended in the sums, so that the sums never fall. */
  keep(child: Worker): void
}

const isCount = ({ type }: Reading[number]): boolean => ['counter', 'histogram'].includes(String(type))

/**
 * Adds up the metrics of the primary and its children. When a child does not answer in time, its last reading counts.
 * What a killed child counted after its last reading is lost.
 */
export const createMetricsOfAll = (own: Registry, children: () => Worker[]): MetricsOfAll => {
  const latest = new Map<Worker, Reading>()
  const awaited = new Set<{ from: Set<Worker>; arrived: () => void }>()
  let past: Promise<Reading> = Promise.resolve([])

  const answered = (child: Worker): void => {
    for (const { from, arrived } of awaited) if (from.delete(child) && from.size === 0) arrived()
  }
  const gather = async (): Promise<void> => {
    const from = new Set(children())
    await new Promise<void>((resolve) => {
      const wait = { from, arrived: resolve }
      awaited.add(wait)
      setTimeout(resolve, patienceMs)
      for (const child of from) tell(child, { kind: 'reading wanted' })
      if (from.size === 0) resolve()
    })
    for (const wait of awaited) if (wait.from === from) awaited.delete(wait)
  }
  return {
    async read() {
      await gather()
      const readings = [await past, await own.getMetricsAsJSON(), ...latest.values()]
      return AggregatorRegistry.aggregate(readings).metrics()
    },
    take(child, reading) {
      latest.set(child, reading)
      answered(child)
    },
    keep(child) {
      const last = latest.get(child)?.filter(isCount) ?? []
      latest.delete(child)
      answered(child)
      past = past.then((before) => AggregatorRegistry.aggregate([before, last]).getMetricsAsJSON())
    },
  }
}
