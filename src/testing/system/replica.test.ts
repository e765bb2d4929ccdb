import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { findNatsServer, startNatsServer } from '../peers/nats-server.ts'
import { createProduct, orderProduct } from '../support/catalogue.ts'
import { createWorld } from '../support/people.ts'
import { expectStatus } from '../support/requests.ts'
import { sqlOn } from '../support/sql-on.ts'
import { createEmptyDatabase } from '../support/test-database.ts'
import { until } from '../support/waiting.ts'
import { startDesk } from '../support/workspace.ts'

// The whole way of a product: from the desk through the relay and NATS into the copy of the example consumer.

const program = await findNatsServer()
const script = fileURLToPath(new URL('../../../scripts/consume/replicate-catalogue.ts', import.meta.url))

test.skipIf(program === null).each(['types', 'names'])(
  'with subjects by %s the example consumer keeps a true copy, although it and the server are killed on the way',
  { timeout: 120_000 },
  async (NATS_SUBJECTS) => {
    const nats = await startNatsServer(program ?? '')
    const desk = await startDesk({ settings: { NATS_URL: nats.url, NATS_SUBJECTS } })
    const copy = await createEmptyDatabase()
    const start = () => {
      const args = [script, '--nats', nats.url.slice('nats://'.length), '--database', copy.url]
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { stdio: 'inherit' })
      const ended = once(child, 'exit')
      return async (signal: NodeJS.Signals): Promise<unknown> => {
        child.kill(signal)
        return ended
      }
    }
    let end: ReturnType<typeof start> | null = null
    try {
      const { ada, cleo } = await createWorld(desk)
      const makeSome = async (): Promise<void> => {
        const product = await createProduct(ada, { units: 3 })
        const order = await orderProduct(cleo, product)
        await orderProduct(cleo, product)
        expectStatus(await cleo.delete(`/orders/${order}`), 204)
      }
      const truth = `select product_id as id, version, title from products
        union all select order_id, version, title from orders order by 1`
      const replica = `select id, version, state ->> 'title' as title from replica_things order by 1`
      const untilSame = (): Promise<void> =>
        until('the copy is true', async () => {
          const rows = await sqlOn(copy.url, replica).catch(() => [])
          return JSON.stringify(rows) === JSON.stringify(await sqlOn(desk.databaseUrl, truth))
        })
      await makeSome()
      await desk.settled()
      // The stream is there when the relay has begun.
      await until('the relay has begun', async () => (await desk.app.metrics.read()).includes('counterdesk_relay_up 1'))
      end = start()
      await untilSame()
      await end('SIGKILL')
      await makeSome()
      await nats.kill()
      await makeSome()
      await nats.start()
      end = start()
      await untilSame()
      expect(await end('SIGTERM')).toEqual([0, null])
      end = null
    } finally {
      await end?.('SIGKILL')
      await desk.stop()
      await nats.stop()
      await copy.drop()
    }
  },
)
