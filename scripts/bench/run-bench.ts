import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { z } from 'zod'
import { option, partOf, readOptions, WholeNumber } from '../lib/options.ts'
import { openBenchDatabase, productEnvironment } from './bench-database.ts'
import { compare, comparisonNames } from './comparisons.ts'
import { neighboursAtWork } from './neighbours/neighbours-at-work.ts'
import { type Bench, openBench, type Scenario } from './open-bench.ts'
import { streams } from './scenarios/event-streams.ts'
import { fanOutRate } from './scenarios/fan-out-rate.ts'
import { growth } from './scenarios/growth.ts'
import { limits } from './scenarios/limits.ts'
import { mailLatency } from './scenarios/mail-latency.ts'
import { mailRate } from './scenarios/mail-rate.ts'
import { memory } from './scenarios/memory.ts'
import { neighbours } from './scenarios/neighbours.ts'
import { relayRate } from './scenarios/relay-rate.ts'
import { signInFlood } from './scenarios/sign-in-flood.ts'
import { storage } from './scenarios/storage.ts'
import { twoProcesses } from './scenarios/two-processes.ts'
import { webhookRate } from './scenarios/webhook-rate.ts'

// Measures the product against its yardsticks, in one run, on one durable PostgreSQL. Rounds are interleaved and
// medians are taken, because machines are noisy: the ratios are what counts. Then come the scenarios, which measure the
// product alone.

const scenariosOf = (grow: { sizes: number[]; kept: string }, neighbour: string, soak: number): Scenario[] => [
  limits,
  twoProcesses,
  signInFlood,
  mailLatency,
  fanOutRate,
  mailRate,
  webhookRate,
  relayRate,
  growth(grow.sizes, grow.kept),
  neighbours(neighbour),
  storage,
  streams,
  memory(soak),
]

const names = [...comparisonNames, ...scenariosOf({ sizes: [], kept: '' }, '', 0).map(({ name }) => name)]
const AtLeastOne = WholeNumber.pipe(z.int().min(1))

const options = readOptions({
  script: 'bench',
  about: 'Measures the product beside its yardsticks, on a PostgreSQL of its own. Writes all figures to bench.json.',
  options: {
    only: option('<part of a name>', 'only what has this in its name', partOf(names).default('')),
    rounds: option('<number>', 'how often each comparison is measured', AtLeastOne.default(3)),
    seconds: option('<number>', 'how long each measurement takes', AtLeastOne.default(5)),
    // The reads ask for tickets up to number 9961.
    tickets: option(
      '<number>',
      'tickets of the first tenant at the start, at least 10000',
      WholeNumber.pipe(z.int().min(10_000)).default(10_000),
    ),
    grow: option(
      '<tickets>,<tickets>',
      'sizes of the table of tickets, such as 1000000,5000000; without them growth is not measured',
      z
        .string()
        .regex(/^\d+(?:,\d+)*$/, 'must be whole numbers with commas between them')
        .transform((sizes) => sizes.split(',').map(Number))
        .default([]),
    ),
    kept: option(
      '<folder>',
      'where the databases of these sizes are kept for the next run',
      z.string().default('.data/grown'),
    ),
    neighbour: option(
      '<part of a name>',
      'only the neighbours with this in their names',
      partOf(neighboursAtWork.map(({ name }) => name)).default(''),
    ),
    soak: option(
      '<minutes>',
      'mixed load at the end, for the memory; without it, at rest only',
      WholeNumber.default(0),
    ),
  },
})
const isWanted = (name: string): boolean => name.includes(options.only)
const grow = { sizes: options.grow, kept: options.kept }
const scenarios = scenariosOf(grow, options.neighbour, options.soak)

/** The machine and the versions that the figures belong to. */
const describe = async ({ database }: Bench): Promise<string> => {
  const { rows } = await database.pool.query('select version(), count(*) as tickets from tickets')
  const [{ version, tickets }] = rows
  const [cpu] = cpus()
  return `${cpus().length} cores (${cpu?.model}), Node ${process.version}, ${version.split(' on ')[0]}, ${tickets} tickets`
}

const measureAll = async (bench: Bench): Promise<void> => {
  const results: Record<string, unknown> = {}
  try {
    Object.assign(results, await compare(bench, isWanted, (table) => console.log(`${table}\n`)))
    for (const { name, run } of scenarios.filter((scenario) => isWanted(scenario.name))) {
      const { table, data } = await run(bench)
      results[name] = data
      console.log(`${table}\n`)
    }
    console.log(await describe(bench))
  } finally {
    await writeFile('bench.json', JSON.stringify(results, null, 2))
    for (const server of [...bench.servers]) await server.stop()
  }
}

await mkdir('.data', { recursive: true })
const database = await openBenchDatabase('.data', options.tickets)
try {
  const { rounds, seconds } = options
  await measureAll(await openBench(database, { rounds, seconds, environment: productEnvironment(database.url) }))
} finally {
  await database.stop()
}
