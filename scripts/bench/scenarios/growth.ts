import { markdownTable } from '../../lib/markdown-table.ts'
import { median } from '../../lib/statistics.ts'
import { orders } from '../comparisons.ts'
import { growTo } from '../grow-tenant.ts'
import type { Measured } from '../load-generator.ts'
import { drained, load } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'

const customers = 100_000

/** Does the same work while the table of tickets grows, with 100,000 customers. With an index it stays as fast. */
export const growth = (sizes: number[]): Scenario => ({
  name: 'growth',
  async run(bench: Bench) {
    const { database, product, rounds, seconds } = bench
    const { create, createAlone, readOne, listMine, listFiltered, search } = orders(bench)
    const work = { create, createAlone, readOne, listMine, listFiltered, search }
    const grow = (size: number): Promise<number> =>
      growTo(database.pool, database.tenants[0]?.tenantId ?? 0, size, customers)
    const names = Object.keys(work) as (keyof typeof work)[]
    const p99s = new Map<number, number[]>()
    const measureAll = async (size: number): Promise<void> => {
      const found: number[] = []
      for (const name of names) {
        const order = { ...work[name], connections: Math.min(work[name].connections, 8), url: product.url }
        const samples: Measured[] = []
        await load({ ...order, seconds: 1 })
        for (let round = 0; round < rounds; round += 1) {
          await drained(database)
          samples.push(await load({ ...order, seconds }))
        }
        found.push(median(samples.map(({ p99 }) => p99)))
      }
      p99s.set(size, found)
    }
    if (sizes.length > 0) {
      await measureAll(await grow(0))
      for (const size of sizes) {
        await drained(database)
        await measureAll(await grow(size))
      }
    }
    const [first = []] = p99s.values()
    const rows = [...p99s].flatMap(([size, found]) => [
      [size, ...found],
      ['× first', ...found.map((p99, index) => (p99 / (first[index] ?? p99)).toFixed(2))],
    ])
    const table = sizes.length === 0 ? '' : markdownTable(['p99 in ms, 8 connections; tickets', ...names], rows)
    return { table, data: Object.fromEntries(p99s) }
  },
})
