import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { z } from 'zod'
import { readOptions, WholeNumber } from '../lib/options.ts'
import { openBenchDatabase, productEnvironment } from './bench-database.ts'
import { compare } from './comparisons.ts'
import { type Bench, openBench, type Scenario } from './open-bench.ts'
import { fanOutRate } from './scenarios/fan-out-rate.ts'
import { growth } from './scenarios/growth.ts'
import { mailLatency } from './scenarios/mail-latency.ts'
import { mailRate } from './scenarios/mail-rate.ts'
import { memory } from './scenarios/memory.ts'
import { neighbours } from './scenarios/neighbours.ts'
import { signInFlood } from './scenarios/sign-in-flood.ts'
import { storage } from './scenarios/storage.ts'

// Measures the product against its yardsticks, in one run, on one durable PostgreSQL. Rounds are interleaved and
// medians are taken, because machines are noisy: the ratios are what counts. Then come the scenarios, which measure the
// product alone.

const options = readOptions(
  'npm run bench [-- --only <name> --rounds 3 --seconds 5 --tickets 10000 --grow <tickets>,<tickets> --neighbour <name> --soak <minutes>]',
  z.object({
    rounds: WholeNumber.default(3),
    /** Of each measurement. */
    seconds: WholeNumber.default(5),
    /** In the first tenant, from the beginning. */
    tickets: WholeNumber.default(10_000),
    /** Runs only the comparisons and scenarios that have this in their names. */
    only: z.string().default(''),
    /** Sizes of the table of tickets, such as 1000000,5000000. Without them growth is not measured. */
    grow: z
      .string()
      .regex(/^\d+(?:,\d+)*$/, 'must be whole numbers with commas between them')
      .transform((sizes) => sizes.split(',').map(Number))
      .default([]),
    /** Measures only the neighbours that have this in their names. */
    neighbour: z.string().default(''),
    /** Minutes of mixed load at the end. Without them the memory is read at rest only. */
    soak: WholeNumber.default(0),
  }),
)
const isWanted = (name: string): boolean => name.includes(options.only)

const scenarios: Scenario[] = [
  signInFlood,
  mailLatency,
  fanOutRate,
  mailRate,
  growth(options.grow),
  neighbours(options.neighbour),
  storage,
  memory(options.soak),
]

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
    for (const server of bench.servers) await server.stop()
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
