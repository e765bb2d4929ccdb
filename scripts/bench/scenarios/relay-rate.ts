import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { findNatsServer, startNatsServer } from '../../../src/testing/peers/nats-server.ts'
import { markdownTable } from '../../lib/markdown-table.ts'
import { drained } from '../measure-load.ts'
import type { Bench, Scenario } from '../open-bench.ts'
import { cpuSeconds } from '../server-process.ts'
import { addBacklog } from './fan-out-rate.ts'

const events = 40_000
const withinMs = 120_000

/**
 * How fast one process hands a log on to a stream of NATS that is empty, from the first message until the stream has
 * every event. The stream refuses holes and second copies, so its number of messages is the number of events.
 */
export const relayRate: Scenario = {
  name: 'relay',
  async run({ database, product, start }: Bench) {
    const program = await findNatsServer()
    if (program === null) return { table: 'The relay was not measured: nats-server is not installed here.', data: null }
    await addBacklog(database, events)
    await drained(database)
    const { rows } = await database.pool.query('select count(*)::integer as all from events where position is not null')
    await database.pool.query('vacuum analyze events')
    const nats = await startNatsServer(program)
    const connection = await connect({ servers: new URL(nats.url).host })
    process.kill(product.pid, 'SIGSTOP')
    try {
      const manager = await jetstreamManager(connection)
      const arrived = async (): Promise<number> =>
        manager.streams.info('counterdesk').then(
          ({ state }) => state.messages,
          () => 0,
        )
      const relaying = await start('relaying product', '../../src/main.ts', { NATS_URL: nats.url })
      const startedAt = performance.now()
      const [first, cpuBefore] = [await arrived(), cpuSeconds(relaying.pid)]
      while ((await arrived()) < rows[0].all) {
        if (performance.now() - startedAt > withinMs) throw new Error('the stream has not got every event')
        await sleep(20)
      }
      const seconds = (performance.now() - startedAt) / 1_000
      const handedOn = rows[0].all - first
      const cpu = cpuSeconds(relaying.pid) - cpuBefore
      await relaying.stop()
      const rate = handedOn / seconds
      const table = markdownTable(
        ['relay of a log', 'events', 'events/s', 'ms CPU per 1000'],
        [['one process', handedOn, rate.toFixed(0), ((cpu * 1_000_000) / handedOn).toFixed(0)]],
      )
      return { table, data: { events: handedOn, seconds, rate, cpu } }
    } finally {
      process.kill(product.pid, 'SIGCONT')
      await connection.close()
      await nats.stop()
    }
  },
}
