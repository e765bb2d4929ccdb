import { setTimeout as sleep } from 'node:timers/promises'
import { seedTickets } from '../../../src/testing/support/seed-tickets.ts'
import { markdownTable } from '../../lib/markdown-table.ts'
import { signIn } from '../../lib/sign-in.ts'
import { median } from '../../lib/statistics.ts'
import { password } from '../bench-database.ts'
import { drained } from '../measure-load.ts'
import type { NeighbourAnswers } from '../neighbours/neighbour-process.ts'
import { type Neighbour, neighboursAtWork, type Place } from '../neighbours/neighbours-at-work.ts'
import { runNeighbour } from '../neighbours/run-neighbour.ts'
import { type Read, readSteadily } from '../neighbours/steady-reader.ts'
import type { Bench, Scenario } from '../open-bench.ts'

/** How long is read without a neighbour and beside it, in each round. Three rounds take less than 20 s. */
const quietSeconds = 2
const besideSeconds = 4
/** The reads beside the neighbour begin when it has begun, and end before it ends. */
const headStartMs = 500

/** The limits that the bench switches off for everything else. */
const defaultLimits = { RATE_LIMIT_REQUESTS_PER_MINUTE: '1200', RATE_LIMIT_SIGN_INS_PER_MINUTE: '10' }

/** What is wanted: beside a neighbour, reads take at most three times as long as without, or 50 ms. */
const goalOf = (quiet: number): number => Math.max(3 * quiet, 50)

interface Found {
  name: string
  quiet: number
  beside: number
  failed: number
  answers: NeighbourAnswers
}

const measureRound = async (url: string, reads: Read[], neighbour: Neighbour, place: Place) => {
  const { database, product } = place.bench
  const load = await neighbour.prepare(place)
  await drained(database)
  // The product without limits would take a part of the work.
  process.kill(product.pid, 'SIGSTOP')
  try {
    const quiet = await readSteadily(url, reads, quietSeconds)
    const from = `127.0.${neighboursAtWork.indexOf(neighbour) + 1}.${place.round + 1}`
    const working = runNeighbour({ ...load, url, from, seconds: besideSeconds + headStartMs / 1_000 })
    await sleep(headStartMs)
    const beside = await readSteadily(url, reads, besideSeconds)
    return { quiet, beside, answers: await working }
  } finally {
    process.kill(product.pid, 'SIGCONT')
  }
}

/** Measures a neighbour, each time in a tenant of its own, so that no limit of the round before counts. */
const measureNeighbour = async (bench: Bench, url: string, reads: Read[], neighbour: Neighbour): Promise<Found> => {
  const { database, everywhere, rounds } = bench
  const seats = database.tenants.length - 2
  const all: Awaited<ReturnType<typeof measureRound>>[] = []
  for (let round = 0; round < rounds; round += 1) {
    const seat = 1 + ((neighboursAtWork.indexOf(neighbour) * rounds + round) % seats)
    const tenant = database.tenants[seat]
    if (tenant === undefined) throw new Error('there are too few tenants')
    all.push(await measureRound(url, reads, neighbour, { bench, url, tenant, customer: everywhere[seat] ?? {}, round }))
  }
  return {
    name: neighbour.name,
    quiet: median(all.map(({ quiet }) => quiet.p99)),
    beside: median(all.map(({ beside }) => beside.p99)),
    failed: all.reduce((sum, { quiet, beside }) => sum + quiet.failed + beside.failed, 0),
    answers: addUp(all.map(({ answers }) => answers)),
  }
}

/** A customer reads a ticket, and an admin reads a list, in the last of the tenants. */
const prepareReads = async ({ database, everywhere, product }: Bench): Promise<Read[]> => {
  const tenant = database.tenants.at(-1)
  if (tenant === undefined) throw new Error('there is no tenant')
  await seedTickets(database.pool, tenant.tenantId, 500, 1)
  const { token } = await signIn(product.url, tenant.slug, 'admin', password)
  return [
    { path: '/api/tickets/TKT0100', headers: everywhere.at(-1) ?? {} },
    { path: '/api/tickets?limit=25', headers: { authorization: `Bearer ${token}` } },
  ]
}

const addUp = (all: NeighbourAnswers[]): NeighbourAnswers => {
  const sums: NeighbourAnswers = {}
  for (const answers of all)
    for (const [status, count] of Object.entries(answers)) sums[Number(status)] = (sums[Number(status)] ?? 0) + count
  return sums
}

const inWords = (answers: NeighbourAnswers): string =>
  Object.entries(answers)
    .map(([status, count]) => `${count} × ${status === '0' ? 'none' : status}`)
    .join(', ') || 'none'

const rowOf = ({ name, quiet, beside, failed, answers }: Found): (string | number)[] => [
  name,
  quiet.toFixed(1),
  beside.toFixed(1),
  (beside / quiet).toFixed(1),
  beside <= goalOf(quiet) ? 'yes' : '**no**',
  failed,
  inWords(answers),
]

const head = ['one bad neighbour', 'quiet p99 ms', 'beside it p99 ms', '× quiet', 'goal', 'reads failed', 'its answers']

/**
 * A customer and an admin of one tenant read a ticket and a list, each twenty times a second, first alone and then
 * beside one account or address that does its worst. The program has its default limits. `only` is a part of the name
 * of the neighbours that are wanted.
 */
export const neighbours = (only: string): Scenario => ({
  name: 'neighbours',
  async run(bench: Bench) {
    const reads = await prepareReads(bench)
    const guarded = await bench.start('guarded product', '../../src/main.ts', defaultLimits)
    await readSteadily(guarded.url, reads, quietSeconds) // so that its code is compiled and its statements are planned
    const found: Found[] = []
    for (const neighbour of neighboursAtWork.filter(({ name }) => name.includes(only))) {
      found.push(await measureNeighbour(bench, guarded.url, reads, neighbour))
    }
    return { table: markdownTable(head, found.map(rowOf)), data: found }
  },
})
