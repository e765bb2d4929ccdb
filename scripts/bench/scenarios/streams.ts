import { markdownTable } from '../../lib/markdown-table.ts'
import { median } from '../../lib/statistics.ts'
import { orders } from '../comparisons.ts'
import { drained, load } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'
import { residentMegabytesOfFamily, type Server } from '../server-process.ts'
import { type Readers, startReaders } from '../streams/start-readers.ts'
import { type Crowd, categoryOf, seedCrowd, seenBy } from '../streams/stream-crowd.ts'
import type { StreamReport } from '../streams/stream-readers.ts'

const changesPerSecond = 200
/** What is wanted, from commit to reader. */
const goalMs = 500

/** Who has the streams of a row. */
interface Row {
  name: string
  processes: 1 | 2
  tokens: (crowd: Crowd) => string[]
  /** How many of the readers see each change. */
  seen: number
  /** True: nobody reads, so that what comes stays unsent. */
  isPaused?: boolean
}

const allButFirst = ({ technicians, admins }: Crowd): string[] => [...technicians.slice(admins.length), ...admins]

const rows: Row[] = [
  { name: 'each seen by 20', processes: 1, tokens: ({ technicians }) => technicians, seen: seenBy },
  { name: '50 of them admins, who see all', processes: 1, tokens: allButFirst, seen: seenBy - 1 + 50 },
  { name: 'the same, nobody reads', processes: 1, tokens: allButFirst, seen: 0, isPaused: true },
  { name: 'each seen by 20, 2 processes', processes: 2, tokens: ({ technicians }) => technicians, seen: seenBy },
]

interface Found {
  name: string
  streams: number
  stillOpen: number
  changes: number
  changesPerSecond: number
  missing: number
  report: StreamReport
  megabytes: { before: number; open: number; after: number }
}

/** The paths of one ticket of each category, which is created for it. */
const createTickets = async ({ customer }: Bench, url: string): Promise<string[]> => {
  const paths: string[] = []
  for (let number = 0; number < 50; number += 1) {
    const response = await fetch(`${url}/api/tickets`, {
      method: 'POST',
      headers: { ...customer, 'content-type': 'application/json' },
      body: JSON.stringify({ subject: 'Live', issue_category: categoryOf(number), issue_description: 'Live.' }),
    })
    const { ticket_id: id } = (await response.json()) as { ticket_id: string }
    paths.push(`/api/tickets/${id}`)
  }
  return paths
}

/** Admins give tickets new subjects, which nobody is mailed. */
const measureRow = async (bench: Bench, server: Server, readers: Readers, crowd: Crowd, row: Row): Promise<Found> => {
  const before = residentMegabytesOfFamily(server.pid)
  const paths = await createTickets(bench, server.url)
  const tokens = row.tokens(crowd)
  await drained(bench.database)
  await readers.open(server.url, tokens)
  const open = residentMegabytesOfFamily(server.pid)
  if (row.isPaused === true) await readers.pause()
  const order = { url: server.url, method: 'PATCH' as const, paths, callers: [bench.admin], connections: 16 }
  await load({ ...order, seconds: 1, rate: changesPerSecond })
  await readers.report()
  await readers.begin()
  const measured = await load({ ...order, seconds: bench.seconds, rate: changesPerSecond })
  const report = await readers.report()
  const { answered: changes, requestsPerSecond } = measured
  const after = residentMegabytesOfFamily(server.pid)
  return {
    name: row.name,
    streams: tokens.length,
    stillOpen: report.open,
    changes,
    changesPerSecond: requestsPerSecond,
    missing: changes * row.seen - report.deliveries,
    report,
    megabytes: { before, open, after },
  }
}

const measureRows = async (bench: Bench, crowd: Crowd): Promise<Found[]> => {
  const found: Found[] = []
  for (const row of rows) {
    const server = await bench.start('live product', '../../src/main.ts', { COUNTERDESK_PROCESSES: `${row.processes}` })
    const readers = startReaders()
    try {
      found.push(await measureRow(bench, server, readers, crowd, row))
    } finally {
      readers.stop()
      await server.stop()
    }
  }
  return found
}

/** Creates per second, by turns without streams and with all of them open; 20 see each new ticket. */
const measureCreates = async (bench: Bench, crowd: Crowd) => {
  const server = await bench.start('live product', '../../src/main.ts')
  const order = { ...orders(bench).create, category: categoryOf(0), url: server.url, seconds: bench.seconds }
  const [without, beside]: [number[], number[]] = [[], []]
  await load({ ...order, seconds: 1 })
  for (let round = 0; round < bench.rounds; round += 1) {
    await drained(bench.database)
    without.push((await load(order)).requestsPerSecond)
    await drained(bench.database)
    const readers = startReaders()
    await readers.open(server.url, crowd.technicians)
    beside.push((await load(order)).requestsPerSecond)
    readers.stop()
  }
  await server.stop()
  return { without: median(without), with: median(beside) }
}

const head = [
  '1,000 open streams, changes at 200/s',
  'changes/s',
  'deliveries',
  'missing',
  'p50 ms',
  'p99 ms',
  'longest ms',
  'goal',
  'still open',
  'MB before',
  'MB open',
  'MB after',
]

const cellsOf = ({ name, changesPerSecond, missing, report, stillOpen, megabytes }: Found): (string | number)[] => [
  name,
  changesPerSecond.toFixed(0),
  report.deliveries,
  ...(report.deliveries === 0
    ? ['-', '-', '-', '-', '-']
    : [missing, report.p50, report.p99, report.longest, report.p99 <= goalMs ? 'yes' : '**no**']),
  stillOpen,
  megabytes.before,
  megabytes.open,
  megabytes.after,
]

/**
 * How long changes take from their transaction to the readers of event streams, and what open streams cost those who
 * create tickets. All streams are of one tenant, and each is of a person of its own.
 */
export const streams: Scenario = {
  name: 'streams',
  async run(bench: Bench) {
    await drained(bench.database)
    const crowd = await seedCrowd(bench.database)
    await drained(bench.database)
    process.kill(bench.product.pid, 'SIGSTOP')
    try {
      const found = await measureRows(bench, crowd)
      const creates = await measureCreates(bench, crowd)
      const ratio = (creates.with / creates.without).toFixed(2)
      const table = [
        markdownTable(head, found.map(cellsOf)),
        markdownTable(
          ['creates, 64 connections', 'creates/s', '× without'],
          [
            ['without streams', creates.without.toFixed(0), '1.00'],
            ['with 1,000 open streams', creates.with.toFixed(0), ratio],
          ],
        ),
      ].join('\n\n')
      return { table, data: { rows: found, creates } }
    } finally {
      process.kill(bench.product.pid, 'SIGCONT')
    }
  },
}
