import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { type MessagePlace, placeIn, type RelayMessage } from './relay-messages.ts'

/** What the relay must know of NATS. */
export interface StreamSettings {
  url: string
  /** The name of the stream. */
  name: string
}

/** The stream, as the relay uses it. */
export interface RelayStream {
  /** How large a message may be, in bytes, without room for its headers. */
  maxBytes(): number
  /**
   * The last message of a tenant, or null when the stream has none.
   * @throws Error when it is not the relay's: then nobody can say how far the stream is.
   */
  lastOf(slug: string): Promise<MessagePlace | null>
  /**
   * Publishes messages, each on the condition that the one before it is the last of the stream: so the stream itself
   * refuses a hole, and a second relay.
   * @throws Error when one was not taken. Then `begin` must come before the next messages.
   */
  publish(messages: RelayMessage[]): Promise<void>
  /** Makes the stream when it is not there, and finds out its last sequence. */
  begin(): Promise<void>
  /** Whether the connection is gone for good, as after a refused sign-in. */
  isClosed(): boolean
  close(): Promise<void>
}

/** How long one answer of the server may take, in milliseconds. */
const answerMs = 5_000
/** What the headers of a message take of the largest message, and what a stream must take: a tombstone fits always. */
const headerBytes = 1_024
const leastMessage = 4_096

/** The stream keeps everything: it is the copy of a log, and its messages are what consumers begin with. */
const streamConfig = (name: string) => ({
  name,
  subjects: ['cd.>'],
  max_age: 0,
  max_msgs: -1,
  max_bytes: -1,
  duplicate_window: 120_000_000_000,
})

/**
 * Finds the stream, or makes it. The first message after that is chained to its sequence, and not to the id of its last
 * message: a server that was started again knows that id only within the window of duplicates (nats-server 2.9).
 */
const begun = async (manager: JetStreamManager, name: string): Promise<{ sequence: number; maxBytes: number }> => {
  const { RetentionPolicy, StorageType } = await import('@nats-io/jetstream')
  const info = await manager.streams.info(name).catch(async (error: unknown) => {
    if ((error as { code?: number }).code !== 10_059) throw error
    return manager.streams.add({ ...streamConfig(name), storage: StorageType.File, retention: RetentionPolicy.Limits })
  })
  const { config, state } = info
  const loses = config.max_age > 0 || config.max_msgs > 0 || config.max_bytes > 0 || config.max_msgs_per_subject > 0
  if (loses || config.retention !== RetentionPolicy.Limits || !config.subjects?.includes('cd.>'))
    throw new Error(`the stream ${name} must take cd.> and have no limit of age, number or size`)
  const maxBytes = config.max_msg_size > 0 ? config.max_msg_size : Number.POSITIVE_INFINITY
  if (maxBytes < leastMessage) throw new Error(`the stream ${name} must take messages of ${leastMessage} bytes`)
  return { sequence: state.last_seq, maxBytes }
}

/** Connects to the server. The connection comes back by itself. @throws Error when the server is away. */
export const openRelayStream = async ({ url, name }: StreamSettings): Promise<RelayStream> => {
  const [{ connect, headers }, { jetstream, jetstreamManager }] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/jetstream'),
  ])
  const { host, protocol, username, password } = new URL(url)
  const connection: NatsConnection = await connect({
    servers: host,
    name: 'counterdesk relay',
    ...(username === '' ? {} : signInOf(username, password)),
    ...(protocol === 'tls:' ? { tls: {} } : {}),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    timeout: answerMs,
    // A server may name others of its cluster. Only the one that the operator named is connected to.
    ignoreClusterUpdates: true,
  })
  let client: JetStreamClient
  let manager: JetStreamManager
  try {
    client = jetstream(connection, { timeout: answerMs })
    manager = await jetstreamManager(connection, { timeout: answerMs })
  } catch (error) {
    await connection.close()
    throw error
  }
  let last: { id: string } | { sequence: number } = { sequence: 0 }
  let streamBytes = Number.POSITIVE_INFINITY
  const publishOne = async (message: RelayMessage): Promise<void> => {
    const chain = 'id' in last ? { lastMsgID: last.id } : { lastSequence: last.sequence }
    last = { id: message.id }
    const head = headers()
    for (const [key, value] of Object.entries(message.headers)) head.set(key, value)
    const { stream } = await client.publish(message.subject, message.body, {
      msgID: message.id,
      headers: head,
      expect: { streamName: name, ...chain },
      timeout: answerMs,
      retries: 0,
    })
    if (stream !== name) throw new Error(`the stream ${stream} took a message, and not ${name}`)
  }
  return {
    maxBytes: () => Math.min(connection.info?.max_payload ?? 1_048_576, streamBytes) - headerBytes,
    async lastOf(slug) {
      const message = await manager.streams.getMessage(name, { last_by_subj: `cd.${slug}.>` })
      if (message === null) return null
      const place = placeIn(message.header.get('Nats-Msg-Id'))
      if (place === null) throw new Error(`message ${message.seq} below cd.${slug} is not of the relay: remove it`)
      return place
    },
    async publish(messages) {
      const outcomes = await Promise.allSettled(messages.map(publishOne))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
    async begin() {
      const { sequence, maxBytes } = await begun(manager, name)
      last = { sequence }
      streamBytes = maxBytes
    },
    isClosed: () => connection.isClosed(),
    close: () => connection.close(),
  }
}

const signInOf = (username: string, password: string): { user: string; pass: string } | { token: string } =>
  password === ''
    ? { token: decodeURIComponent(username) }
    : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
