import { join, resolve } from 'node:path'
import { markdownTable } from '../../lib/markdown-table.ts'
import { median } from '../../lib/statistics.ts'
import { type BenchDatabase, openKeptDatabase, productEnvironment } from '../bench-database.ts'
import { orders } from '../comparisons.ts'
import { growTo } from '../grow-tenant.ts'
import type { Measured } from '../load-generator.ts'
import { drained, load, orderOf } from '../measure-load.ts'
import { type Bench, openBench, type Scenario } from '../open-bench.ts'
import { addBacklog } from './fan-out-rate.ts'

const customers = 100_000
/** The events of the backlog that is fanned out, with two mails each. */
const backlog = 20_000

const kinds = ['create', 'createAlone', 'change', 'comment', 'readOne', 'listMine', 'listFiltered', 'search'] as const

/** The p99 of each kind of work with 8 connections, in ms; at last the events that are fanned out in a second. */
const measureAll = async (bench: Bench): Promise<number[]> => {
  const { database, product, rounds, seconds } = bench
  const work = orders(bench)
  const found: number[] = []
  for (const kind of kinds) {
    const { connections, ...order } = work[kind]
    const run = async (lasting: number): Promise<Measured> => {
      await drained(database)
      const sent = { ...order, connections: Math.min(connections, 8), url: product.url, seconds: lasting }
      return load(await orderOf(database, sent))
    }
    const samples: Measured[] = []
    await run(1)
    for (let round = 0; round < rounds; round += 1) samples.push(await run(seconds))
    found.push(median(samples.map(({ p99 }) => p99)))
  }
  await drained(database)
  process.kill(product.pid, 'SIGSTOP')
  await addBacklog(database, backlog)
  await database.pool.query('analyze')
  process.kill(product.pid, 'SIGCONT')
  const before = performance.now()
  await drained(database)
  return [...found, Math.round(backlog / ((performance.now() - before) / 1000))]
}

const fill = (size: number) => async (database: Omit<BenchDatabase, 'stop'>) => {
  await growTo(database.pool, database.tenants[0]?.tenantId ?? 0, size, customers)
}

/** Measures on the kept database of a size. Its folder is `<kept>/<size>`. */
const measureKept = async ({ rounds, seconds }: Bench, kept: string, size: number): Promise<number[]> => {
  const database = await openKeptDatabase(resolve(join(kept, String(size))), fill(size))
  try {
    const bench = await openBench(database, { rounds, seconds, environment: productEnvironment(database.url) })
    try {
      return await measureAll(bench)
    } finally {
      for (const server of bench.servers) await server.stop()
    }
  } finally {
    await database.stop()
  }
}

/**
 * Does the same work on larger tables of tickets, with 100,000 customers, of whom one has a fifth of the tickets. With
 * an index it stays as fast. The databases of the sizes are kept for the next run, because to fill one takes minutes.
 */
export const growth = (sizes: number[], kept: string): Scenario => ({
  name: 'growth',
  async run(bench: Bench) {
    if (sizes.length === 0) return { table: '', data: {} }
    const first = await measureAll(bench)
    for (const { pid } of bench.servers) process.kill(pid, 'SIGSTOP')
    const rows: (string | number)[][] = [['10,000', ...first]]
    const data: Record<string, number[]> = { first }
    for (const size of sizes) {
      const found = await measureKept(bench, kept, size)
      data[size] = found
      const ratios = found.map((figure, place) => (figure / (first[place] ?? figure)).toFixed(2))
      rows.push([size, ...found], ['× first', ...ratios])
    }
    for (const { pid } of bench.servers) process.kill(pid, 'SIGCONT')
    return { table: markdownTable(['p99 in ms, 8 connections; tickets', ...kinds, 'fan-out, events/s'], rows), data }
  },
})
