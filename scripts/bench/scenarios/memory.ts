import { setTimeout as sleep } from 'node:timers/promises'
import { markdownTable } from '../../lib/markdown-table.ts'
import { mean } from '../../lib/statistics.ts'
import { orders } from '../comparisons.ts'
import { drained, load, orderOf } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'
import { residentMegabytes, type Server } from '../server-process.ts'
import { startReaders } from '../streams/start-readers.ts'
import { categoryOf, seedCrowd } from '../streams/stream-crowd.ts'

const sampleMs = 2_000
/**
 * The first part of the soak is left out: caches, compiled code and connections that a program builds up are no leak.
 */
const warmUpShare = 0.3

/** The slope of the line through the points, by least squares. */
const slopeOf = (points: [number, number][]): number => {
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, size]) => size))]
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  const below = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return below === 0 ? 0 : above / below
}

const openStreams = 200

/** Mixed load: each kind of work 40 times a second. Twenty of those with a stream see each new ticket. */
const mixedLoad = async (bench: Bench, server: Server, seconds: number): Promise<void> => {
  const { create, createWithKeys, change, comment, readOne, listMine, listFiltered, search } = orders(bench)
  const work = [
    { ...create, category: categoryOf(0) },
    createWithKeys,
    change,
    comment,
    readOne,
    listMine,
    listFiltered,
    search,
  ]
  await Promise.all(
    work.map(async (order) =>
      load(await orderOf(bench.database, { ...order, url: server.url, connections: 4, rate: 40, seconds })),
    ),
  )
}

/** The resident memory of a product that has just started, and under some minutes of mixed load with open streams. */
export const memory = (minutes: number): Scenario => ({
  name: 'memory',
  async run(bench: Bench) {
    await drained(bench.database)
    const server = await bench.start('fresh product', '../../src/main.ts')
    await sleep(5_000)
    const atRest = residentMegabytes(server.pid)
    const points: [number, number][] = []
    if (minutes > 0) {
      const { technicians } = await seedCrowd(bench.database)
      const readers = startReaders()
      try {
        await readers.open(server.url, technicians.slice(0, openStreams))
        const over = mixedLoad(bench, server, minutes * 60)
        const startedAt = performance.now()
        for (const until = startedAt + minutes * 60_000; performance.now() < until; await sleep(sampleMs)) {
          points.push([(performance.now() - startedAt) / 60_000, residentMegabytes(server.pid)])
        }
        await over
        const { open } = await readers.report()
        if (open !== openStreams) throw new Error(`${openStreams - open} of ${openStreams} streams were closed`)
      } finally {
        readers.stop()
      }
    }
    const steady = points.filter(([minute]) => minute >= minutes * warmUpShare)
    const sizes = steady.map(([, size]) => size)
    const slope = slopeOf(steady)
    await server.stop()
    const table = markdownTable(
      ['memory, MB', 'at rest', `minutes of mixed load, ${openStreams} streams`, 'least', 'most', 'slope per minute'],
      [
        minutes > 0
          ? ['one process', atRest, minutes, Math.min(...sizes), Math.max(...sizes), slope.toFixed(2)]
          : ['one process', atRest, 0, '-', '-', '-'],
      ],
    )
    return { table, data: { atRest, points, slope } }
  },
})
