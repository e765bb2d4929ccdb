import { markdownTable } from '../../lib/markdown-table.ts'
import { median } from '../../lib/statistics.ts'
import { password } from '../bench-database.ts'
import { orders } from '../comparisons.ts'
import { drained, load } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'

/** 50 connections sign in without pause while eight others read tickets. */
export const signInFlood: Scenario = {
  name: 'sign-in flood',
  async run(bench: Bench) {
    const { product, database, rounds, seconds } = bench
    const [first] = database.tenants
    await drained(database)
    const readers = { ...orders(bench).readOne, connections: 8, url: product.url, seconds }
    const flood = {
      url: product.url,
      method: 'POST' as const,
      paths: ['/api/auth/login'],
      callers: [{ 'x-tenant': first?.slug ?? '' }],
      body: { user_id_or_email: 'CUS0001', password },
      connections: 50,
      seconds,
    }
    const quiet: number[] = []
    const flooded: number[] = []
    const signIns: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      quiet.push((await load(readers)).p99)
      const [during, signedIn] = await Promise.all([load(readers), load(flood)])
      flooded.push(during.p99)
      signIns.push(signedIn.requestsPerSecond)
    }
    const data = { quietP99: median(quiet), floodedP99: median(flooded), signInsPerSecond: median(signIns) }
    const table = markdownTable(
      ['sign-in flood, 50 at once', 'readers p99 ms', '× quiet', 'sign-ins/s'],
      [
        ['quiet', data.quietP99, '1.00', 0],
        ['flooded', data.floodedP99, (data.floodedP99 / data.quietP99).toFixed(2), data.signInsPerSecond.toFixed(0)],
      ],
    )
    return { table, data }
  },
}
