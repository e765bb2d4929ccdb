import { markdownTable } from '../lib/markdown-table.ts'
import { measure, medians, type Sample, type Work } from './measure-load.ts'
import type { Bench } from './open-bench.ts'
import type { Server } from './server-process.ts'

/** The names of the comparisons, for `--only`. */
export const comparisonNames = [
  'create, 64 connections',
  'create, 64 connections, with keys',
  'create, 1 connection',
  'create, 64 connections, 50 tenants',
  'change a ticket',
  'public comment',
  'read one',
  'list 25 of mine',
  'admin list with filters',
] as const

/** One kind of work, for the product and one or more yardsticks. */
interface Comparison {
  name: (typeof comparisonNames)[number]
  servers: Server[]
  order: Work
}

/** The yardsticks of `scripts/bench/yardsticks`. */
const startYardsticks = async ({ database, start }: Bench) => {
  await database.pool.query('create sequence bench_numbers start 100000000')
  return {
    floor: await start('floor', './yardsticks/floor.ts'),
    naive: await start('naive', './yardsticks/naive.ts'),
    sequence: await start('sequence', './yardsticks/sequence.ts'),
  }
}

const someTickets = Array.from({ length: 997 }, (_, i) => `/api/tickets/TKT${String(i * 10 + 1).padStart(4, '0')}`)

/** The kinds of work: what to send, apart from the server that it is sent to. */
export const orders = ({ customer, admin, everywhere }: Bench) => {
  const create = { method: 'POST' as const, paths: ['/api/tickets'], callers: [customer] }
  const read = { method: 'GET' as const, connections: 64 }
  return {
    create: { ...create, connections: 64 },
    createWithKeys: { ...create, connections: 64, keyed: true },
    createAlone: { ...create, connections: 1 },
    createEverywhere: { ...create, connections: 64, callers: everywhere },
    change: { method: 'PATCH' as const, paths: [], changed: 10_000, callers: [admin], connections: 64 },
    comment: {
      method: 'POST' as const,
      paths: someTickets.map((path) => `${path}/comments`),
      body: {
        body: 'We have ordered the part. It comes on Tuesday, and we bring it to your room.',
        visibility: 'public',
      },
      callers: [admin],
      connections: 64,
    },
    readOne: { ...read, paths: someTickets, callers: [admin] },
    listMine: { ...read, paths: ['/api/tickets/customer/CUS0001'], callers: [customer] },
    listFiltered: { ...read, paths: ['/api/tickets?status=new,assigned&priority=normal'], callers: [admin] },
    search: { ...read, paths: ['/api/tickets?q=room+seeded+12'], callers: [admin] },
  }
}

const comparisonsOf = (bench: Bench, { floor, naive, sequence }: Awaited<ReturnType<typeof startYardsticks>>) => {
  const { product } = bench
  const order = orders(bench)
  const comparisons: Comparison[] = [
    { name: 'create, 64 connections', servers: [product, naive, sequence, floor], order: order.create },
    { name: 'create, 64 connections, with keys', servers: [product, naive], order: order.createWithKeys },
    { name: 'create, 1 connection', servers: [product, naive, floor], order: order.createAlone },
    { name: 'create, 64 connections, 50 tenants', servers: [product, floor], order: order.createEverywhere },
    { name: 'change a ticket', servers: [product, naive, floor], order: order.change },
    { name: 'public comment', servers: [product, naive, floor], order: order.comment },
    { name: 'read one', servers: [product, floor], order: order.readOne },
    { name: 'list 25 of mine', servers: [product, floor], order: order.listMine },
    { name: 'admin list with filters', servers: [product, floor], order: order.listFiltered },
  ]
  return comparisons
}

const head = [
  'requests/s',
  '× first',
  'p50 ms',
  'p99 ms',
  'p99.9 ms',
  'errors',
  'CPU s/1000',
  'database CPU s/1000',
  'MB',
]

const table = (title: string, results: Map<string, Sample>): string => {
  const [reference] = results.values()
  const rows = [...results].map(([name, sample]) => [
    name,
    sample.requestsPerSecond.toFixed(0),
    (reference ? sample.requestsPerSecond / reference.requestsPerSecond : 1).toFixed(2),
    sample.p50,
    sample.p99,
    sample.p999,
    sample.errors,
    sample.cpuPer1000.toFixed(2),
    sample.databaseCpuPer1000.toFixed(2),
    sample.memory,
  ])
  return markdownTable([title, ...head], rows)
}

/** Measures the product and its yardsticks in interleaved rounds. Prints a table for each kind of work. */
export const compare = async (
  bench: Bench,
  isWanted: (name: string) => boolean,
  print: (table: string) => void,
): Promise<Record<string, Record<string, Sample>>> => {
  if (!comparisonNames.some(isWanted)) return {}
  const comparisons = comparisonsOf(bench, await startYardsticks(bench)).filter(({ name }) => isWanted(name))
  const json: Record<string, Record<string, Sample>> = {}
  for (const { name, servers, order } of comparisons) {
    const measureOnly = (server: Server, seconds: number): Promise<Sample> =>
      measure(
        server,
        bench.servers.filter((other) => other !== server),
        bench.database,
        { ...order, seconds },
      )
    const samples = new Map(servers.map((server) => [server.name, [] as Sample[]]))
    for (const server of servers) await measureOnly(server, 1)
    for (let round = 0; round < bench.rounds; round += 1) {
      for (const server of servers) samples.get(server.name)?.push(await measureOnly(server, bench.seconds))
    }
    const results = new Map([...samples].map(([server, all]) => [server, medians(all)]))
    json[name] = Object.fromEntries(results)
    print(table(name, results))
  }
  return json
}
