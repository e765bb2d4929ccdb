import { markdownTable } from '../lib/markdown-table.ts'
import { mailingProduct, mailServer, startMailing } from './mailing-product.ts'
import { countWaiting, drained, measure, medians, type Sample, type Work } from './measure-load.ts'
import type { Bench } from './open-bench.ts'
import type { Server } from './server-process.ts'

/** The names of the comparisons, for `--only`. */
export const comparisonNames = [
  'create, 64 connections',
  'create, 64 connections, mail on',
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
  /** A plainer form of the work, which the product does as well, and the name of its row. */
  plain?: { name: string; order: Work }
  /** True: the product hands its mails over, to a mail server on this machine. Otherwise it captures them. */
  isMailed?: true
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
    { name: 'create, 64 connections, mail on', servers: [naive, sequence], order: order.create, isMailed: true },
    {
      name: 'create, 64 connections, with keys',
      servers: [product, naive],
      order: order.createWithKeys,
      plain: { name: 'product, without keys', order: order.create },
    },
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

/** What a product had still to hand over when a measurement ended. */
interface Backlog {
  mails: number
  drainedAfterMs: number
}

/** A row of a comparison: which server does which work. */
interface Run {
  name: string
  server: Server
  order: Work
}

/** Measures the servers of a comparison by turns. `backlogs` gets what the product that mails leaves. */
const measureInTurn = async (
  bench: Bench,
  { servers, order, plain }: Comparison,
  backlogs: Backlog[],
): Promise<Map<string, Sample>> => {
  const { database } = bench
  const measureOnly = ({ server, order }: Run, seconds: number): Promise<Sample> => {
    const others = bench.servers.filter((other) => other !== server && other.name !== mailServer)
    const countBacklog = async (): Promise<void> => {
      const mails = await countWaiting(database)
      const since = performance.now()
      await drained(database)
      backlogs.push({ mails, drainedAfterMs: Math.round(performance.now() - since) })
    }
    const atEnd = server.name === mailingProduct ? countBacklog : undefined
    return measure(server, others, database, { ...order, seconds }, atEnd)
  }
  const runs = [
    ...servers.map((server): Run => ({ name: server.name, server, order })),
    ...(plain === undefined ? [] : [{ ...plain, server: bench.product }]),
  ]
  const samples = new Map(runs.map(({ name }) => [name, [] as Sample[]]))
  for (const run of runs) await measureOnly(run, 1)
  backlogs.length = 0
  for (let round = 0; round < bench.rounds; round += 1) {
    for (const run of runs) samples.get(run.name)?.push(await measureOnly(run, bench.seconds))
  }
  return new Map([...samples].map(([name, all]) => [name, medians(all)]))
}

const backlogTable = (backlogs: Backlog[]): string =>
  markdownTable(
    ['mails and events that waited at the end of a round', 'drained after ms'],
    backlogs.map(({ mails, drainedAfterMs }) => [mails, drainedAfterMs]),
  )

/** Measures the product and its yardsticks in interleaved rounds. Prints a table for each kind of work. */
export const compare = async (
  bench: Bench,
  isWanted: (name: string) => boolean,
  print: (table: string) => void,
): Promise<Record<string, unknown>> => {
  if (!comparisonNames.some(isWanted)) return {}
  const comparisons = comparisonsOf(bench, await startYardsticks(bench)).filter(({ name }) => isWanted(name))
  const json: Record<string, unknown> = {}
  for (const comparison of comparisons) {
    const { name, servers, isMailed } = comparison
    const mailing = isMailed ? [await startMailing(bench.start)] : []
    const backlogs: Backlog[] = []
    const results = await measureInTurn(bench, { ...comparison, servers: [...mailing, ...servers] }, backlogs)
    for (const server of mailing) await server.stop()
    json[name] = { ...Object.fromEntries(results), ...(isMailed ? { backlogs } : {}) }
    print([table(name, results), ...(isMailed ? [backlogTable(backlogs)] : [])].join('\n\n'))
  }
  return json
}
