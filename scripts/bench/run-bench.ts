// `npm run bench`: the product against its yardsticks, in one run, on one durable PostgreSQL. Rounds are interleaved and
// medians are taken, since machines are noisy; what counts are the ratios. Then what is measured by itself.
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { openBench, type Scenario } from './bench.ts'
import { openBenchDatabase, productEnvironment } from './bench-database.ts'
import { compare } from './comparisons.ts'
import { fanOutRate } from './scenarios/fan-out-rate.ts'
import { growth } from './scenarios/growth.ts'
import { mailLatency } from './scenarios/mail-latency.ts'
import { memory } from './scenarios/memory.ts'
import { signInFlood } from './scenarios/sign-in-flood.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    tickets: { type: 'string', default: '10000' },
    /** Only comparisons and scenarios with this in their names. */
    only: { type: 'string', default: '' },
    /** Sizes of the table of tickets, such as 1000000,5000000; without, growth is not measured. */
    grow: { type: 'string', default: '' },
    /** Minutes of mixed load at the end; without, the memory is only read at rest. */
    soak: { type: 'string', default: '0' },
  },
})
const isWanted = (name: string): boolean => name.includes(options.only)

await mkdir('.data', { recursive: true })
const database = await openBenchDatabase('.data', Number(options.tickets))
const bench = await openBench(database, {
  rounds: Number(options.rounds),
  seconds: Number(options.seconds),
  environment: productEnvironment(database.url),
})
const scenarios: Scenario[] = [
  signInFlood,
  mailLatency,
  fanOutRate,
  growth(options.grow.split(',').filter(Boolean).map(Number)),
  memory(Number(options.soak)),
]
const results: Record<string, unknown> = {}
try {
  Object.assign(results, await compare(bench, isWanted, console.log))
  for (const { name, run } of scenarios.filter((scenario) => isWanted(scenario.name))) {
    const { table, data } = await run(bench)
    results[name] = data
    console.log(table)
  }
  const { rows } = await database.pool.query('select version(), count(*) as tickets from tickets')
  const [cpu] = cpus()
  console.log(
    `${cpus().length} cores (${cpu?.model}), Node ${process.version}, ${rows[0].version.split(' on ')[0]}, ${rows[0].tickets} tickets`,
  )
} finally {
  await writeFile('bench.json', JSON.stringify(results, null, 2))
  for (const server of bench.servers) await server.stop()
  await database.stop()
}
