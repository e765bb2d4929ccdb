import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import pg from 'pg'
import { z } from 'zod'
import { option, readOptions } from '../lib/options.ts'
import { applyText, replicaTables } from './apply-catalogue.ts'

/** After how many milliseconds a message that came too early comes again. */
const laterMs = 1_000

const { nats, stream, database, consumer } = readOptions({
  script: 'replicate',
  about: `An example of a consumer of the relay: keeps a copy of products and orders in tables of its own.
It runs until it is stopped, and goes on where it was.`,
  options: {
    nats: option('<host:port>', 'the NATS server', z.string().min(1)),
    stream: option('<name>', 'the stream of the relay', z.string().default('counterdesk')),
    database: option(
      '<url>',
      'the PostgreSQL of the copy, not that of the desk',
      z.url({ protocol: /^postgres(ql)?$/ }),
    ),
    consumer: option('<name>', 'under which name NATS notes how far it is', z.string().default('catalogue-copy')),
  },
})

const client = new pg.Client({ connectionString: database, application_name: 'counterdesk replica' })
await client.connect()
await client.query(replicaTables)
const connection = await connect({ servers: nats, maxReconnectAttempts: -1, ignoreClusterUpdates: true })
const manager = await jetstreamManager(connection)
const { AckPolicy, DeliverPolicy } = await import('@nats-io/jetstream')
await manager.consumers.add(stream, {
  durable_name: consumer,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  // One after the other: a second message on its way could overtake the first when that comes again.
  max_ack_pending: 1,
})
const messages = await (await jetstream(connection).consumers.get(stream, consumer)).consume({ max_messages: 1 })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void messages.close())
console.log(`Copying products and orders of the stream ${stream}.`)
for await (const message of messages) {
  const outcome = await applyText(client, message.string()).catch((error: unknown) => {
    console.error(`Message ${message.seq} comes again later: ${String(error).replaceAll(/\s+/g, ' ').slice(0, 200)}`)
    return 'gap' as const
  })
  if (outcome === 'foreign') console.error(`Message ${message.seq} is none of the relay.`)
  if (outcome === 'gap') message.nak(laterMs)
  else await message.ackAck()
}
await connection.drain()
await client.end()
