import type { JetStreamClient, JetStreamManager, StoredMsg } from '@nats-io/jetstream'
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
  maxBytes: number
  /** The last message of a tenant, or null when the stream has none. */
  lastOf(slug: string): Promise<MessagePlace | null>
  /**
   * Publishes messages, each on the condition that the one before it is the last of the stream: so the stream itself
   * refuses a hole, and a second relay.
   * @throws Error when one was not taken. Then `begin` must come before the next messages.
   */
  publish(messages: RelayMessage[]): Promise<void>
  /** Makes the stream when it is not there, and finds out which message is its last. */
  begin(): Promise<void>
  /** Whether the connection is gone for good, as after a refused sign-in. */
  isClosed(): boolean
  close(): Promise<void>
}

/** How long one answer of the server may take, in milliseconds. */
const answerMs = 5_000
/** What the headers of a message take of the largest message. */
const headerBytes = 1_024

const idOf = (message: StoredMsg | null): string | undefined => message?.header.get('Nats-Msg-Id') || undefined

/** The stream keeps everything: it is the copy of a log, and its messages are what consumers begin with. */
const streamConfig = (name: string) => ({
  name,
  subjects: ['cd.>'],
  max_age: 0,
  max_msgs: -1,
  max_bytes: -1,
  duplicate_window: 120_000_000_000,
})

const begun = async (manager: JetStreamManager, name: string): Promise<{ id?: string; sequence: number }> => {
  const { RetentionPolicy, StorageType } = await import('@nats-io/jetstream')
  const info = await manager.streams.info(name).catch(async (error: unknown) => {
    if ((error as { code?: number }).code !== 10_059) throw error
    return manager.streams.add({ ...streamConfig(name), storage: StorageType.File, retention: RetentionPolicy.Limits })
  })
  const { config, state } = info
  const loses = config.max_age > 0 || config.max_msgs > 0 || config.max_bytes > 0 || config.max_msgs_per_subject > 0
  if (loses || config.retention !== RetentionPolicy.Limits || !config.subjects?.includes('cd.>'))
    throw new Error(`the stream ${name} must take cd.> and have no limit of age, number or size`)
  if (state.messages === 0) return { sequence: state.last_seq }
  const last = await manager.streams.getMessage(name, { seq: state.last_seq })
  const id = idOf(last)
  return { ...(id === undefined ? {} : { id }), sequence: state.last_seq }
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
  let last: { id?: string; sequence?: number } = {}
  const publishOne = async (message: RelayMessage): Promise<void> => {
    const chain = last.id === undefined ? { lastSequence: last.sequence ?? 0 } : { lastMsgID: last.id }
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
    maxBytes: (connection.info?.max_payload ?? 1_048_576) - headerBytes,
    async lastOf(slug) {
      const message = await manager.streams.getMessage(name, { last_by_subj: `cd.${slug}.>` })
      return placeIn(idOf(message) ?? '')
    },
    async publish(messages) {
      const outcomes = await Promise.allSettled(messages.map(publishOne))
      const failed = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
    async begin() {
      last = await begun(manager, name)
    },
    isClosed: () => connection.isClosed(),
    close: () => connection.close(),
  }
}

const signInOf = (username: string, password: string): { user: string; pass: string } | { token: string } =>
  password === ''
    ? { token: decodeURIComponent(username) }
    : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
