import { markdownTable } from '../../lib/markdown-table.ts'
import { median } from '../../lib/statistics.ts'
import { orders } from '../comparisons.ts'
import { drained, load, orderOf } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'
import type { Server } from '../server-process.ts'

const kinds = ['create', 'change', 'comment', 'readOne', 'listMine', 'listFiltered'] as const

/** Requests per second of each kind of work. */
const measureAll = async (bench: Bench, server: Server): Promise<number[]> => {
  const { database, rounds, seconds } = bench
  const work = orders(bench)
  const found: number[] = []
  for (const kind of kinds) {
    const run = async (lasting: number): Promise<number> => {
      await drained(database)
      const order = await orderOf(database, { ...work[kind], url: server.url, seconds: lasting })
      return (await load(order)).requestsPerSecond
    }
    await run(1)
    const samples: number[] = []
    for (let round = 0; round < rounds; round += 1) samples.push(await run(seconds))
    found.push(Math.round(median(samples)))
  }
  return found
}

/** The same work through one process, and through two web processes (`COUNTERDESK_PROCESSES=2`). */
export const twoProcesses: Scenario = {
  name: 'two processes',
  async run(bench: Bench) {
    const one = await measureAll(bench, bench.product)
    process.kill(bench.product.pid, 'SIGSTOP')
    try {
      const server = await bench.start('two-process product', '../../src/main.ts', { COUNTERDESK_PROCESSES: '2' })
      const two = await measureAll(bench, server)
      await server.stop()
      const ratios = two.map((rate, place) => (rate / (one[place] ?? rate)).toFixed(2))
      const rows = [
        ['one process', ...one],
        ['two processes', ...two],
        ['× one', ...ratios],
      ]
      return { table: markdownTable(['requests/s, 64 connections', ...kinds], rows), data: { kinds, one, two } }
    } finally {
      process.kill(bench.product.pid, 'SIGCONT')
    }
  },
}
