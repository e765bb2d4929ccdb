import { markdownTable } from '../../lib/markdown-table.ts'
import { orders } from '../comparisons.ts'
import { drained, load, orderOf } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'
import { cpuSeconds, cpuSecondsOfFamily } from '../server-process.ts'

const kinds = ['create', 'change', 'comment', 'readOne', 'listMine', 'listFiltered'] as const
type Kind = (typeof kinds)[number]

/** What one request takes, in ms. */
interface Costs {
  requestsPerSecond: number
  /** The processor, of the program and of PostgreSQL. */
  program: number
  database: number
  /** The time in which PostgreSQL carries out its statements, without planning, parsing, protocol and commit. */
  statements: number
  /** `JSON.stringify` of the body of an answer. */
  stringify: number
  /** The processor of a bare `node:http` that takes the same request and gives the same answer. */
  http: number
}

const stringifyMs = (answer: string): number => {
  const body = JSON.parse(answer)
  const since = performance.now()
  let times = 0
  for (; performance.now() - since < 200; times += 1) JSON.stringify(body)
  return (performance.now() - since) / times
}

/** Does the work through a bare `node:http`, and answers with the ms of its processor for each request. */
const measureHttp = async (bench: Bench, kind: Kind, answer: string): Promise<number> => {
  const server = await bench.start('node:http', './yardsticks/bare-http.ts', { ANSWER: answer })
  const order = await orderOf(bench.database, { ...orders(bench)[kind], url: server.url, seconds: bench.seconds })
  await load({ ...order, seconds: 1 })
  const before = cpuSeconds(server.pid)
  const { answered } = await load(order)
  const seconds = cpuSeconds(server.pid) - before
  await server.stop()
  return (seconds * 1000) / answered
}

const measureCosts = async (bench: Bench, kind: Kind): Promise<Costs> => {
  const { database, product, seconds } = bench
  const { pool, postmasterPid } = database
  const run = async (lasting: number) => {
    await drained(database)
    const order = await orderOf(database, { ...orders(bench)[kind], url: product.url, seconds: lasting })
    await pool.query('select pg_stat_statements_reset()')
    const before = { program: cpuSeconds(product.pid), database: cpuSecondsOfFamily(postmasterPid) }
    const measured = await load(order)
    const { rows } = await pool.query("select sum(total_exec_time) as ms from pg_stat_statements where query ~ '\\$1'")
    const ms = (after: number, since: number): number => ((after - since) * 1000) / measured.answered
    return {
      requestsPerSecond: measured.requestsPerSecond,
      answer: measured.answer,
      program: ms(cpuSeconds(product.pid), before.program),
      database: ms(cpuSecondsOfFamily(postmasterPid), before.database),
      statements: Number(rows[0]?.ms) / measured.answered,
    }
  }
  await run(1)
  const { answer, ...costs } = await run(seconds)
  process.kill(product.pid, 'SIGSTOP')
  const http = await measureHttp(bench, kind, answer).finally(() => process.kill(product.pid, 'SIGCONT'))
  return { ...costs, stringify: stringifyMs(answer), http }
}

/**
 * How far each kind of work is from what cannot be left out: carrying out its statements, writing its JSON, and taking
 * its request. What follows from a write, such as its mails, is in it.
 */
export const limits: Scenario = {
  name: 'limits',
  async run(bench: Bench) {
    await bench.database.pool.query('create extension if not exists pg_stat_statements')
    const data: Record<string, Costs> = {}
    for (const kind of kinds) data[kind] = await measureCosts(bench, kind)
    const rows = Object.entries(data).map(([kind, costs]) => {
      const { requestsPerSecond, program, database, statements, stringify, http } = costs
      const least = statements + stringify + http
      return [
        kind,
        requestsPerSecond.toFixed(0),
        ...[program, database, statements, stringify, http, least].map((ms) => ms.toFixed(3)),
        ((program + database) / least).toFixed(1),
      ]
    })
    const head = ['ms for each request; work', 'requests/s', 'program', 'database', 'its statements alone']
    const rest = ['`JSON.stringify` alone', '`node:http` alone', 'these three', 'program and database ÷ these three']
    return { table: markdownTable([...head, ...rest], rows), data }
  },
}
