import { rolesThatMay } from '../../../contract/capabilities.ts'
import type { App } from '../../../platform/app-context.ts'
import { frameOf } from '../../../platform/live/event-stream.ts'
import { resyncKind, type Signal } from '../../../platform/live/signals.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { cutStream, type OpenStream, streamsOf } from './open-streams.ts'

/** How many keys of signals of one kind become events at once. */
const keysAtOnce = 1_000
/** How many may wait. */
const keysAtMost = 10_000

/** The streams of a tenant in this process, and what passes there. */
export interface PassingRoom {
  app: App
  tenantId: number
  streams: Set<OpenStream>
  /** Signals of what passes, as keys by their kind. */
  passing: Map<string, Set<string>>
}

/** Whether the caller of a stream could ask for what passes: by the role, and by the scopes of the API token. */
const mayHear = ({ role, token, mustEnrol }: User, can: string): boolean =>
  mustEnrol !== true &&
  rolesThatMay(can)?.includes(role) !== false &&
  (token === null || token.scopes.some((scope) => scope === can))

/** Tells that what passed is not known, so that readers read it again. */
const resyncAll = ({ streams }: PassingRoom): void => {
  for (const { writer } of streams) writer.send(frameOf({ type: 'stream.resync', data: {} }))
}

/** Keeps a signal of what passes until `passOn`. */
export const hearPassing = (room: PassingRoom, { kind, key }: Signal): void => {
  const { app, passing } = room
  if (kind === resyncKind) resyncAll(room)
  if (app.passing[kind] === undefined) return
  const keys = passing.get(kind) ?? new Set()
  if (keys.size < keysAtMost) passing.set(kind, keys.add(key))
  else resyncAll(room)
}

/** Makes events of the signals of one kind that have come, for the accounts that are connected. */
export const passOn = async (room: PassingRoom): Promise<void> => {
  const { app, tenantId, passing, streams } = room
  const [first] = passing
  if (first === undefined) return
  const [kind, waiting] = first
  const keys = [...waiting].slice(0, keysAtOnce)
  for (const key of keys) waiting.delete(key)
  if (waiting.size === 0) passing.delete(kind)
  const { can, make } = app.passing[kind] ?? {}
  const hearing = [...streams].filter(({ actor }) => can !== undefined && mayHear(actor, can))
  if (make === undefined || hearing.length === 0) return
  const accountIds = [...new Set(hearing.map(({ reader }) => reader.accountId))]
  const events = await streamsOf(app)
    .inLane('hub', () => make(app, tenantId, keys, accountIds))
    .catch((error: unknown) => {
      app.log.warn({ error, kind }, 'what passes could not be read')
      resyncAll(room)
      return []
    })
  const eventsOf = Map.groupBy(events, ({ account_id }) => account_id)
  for (const stream of hearing) {
    if (!streams.has(stream)) continue
    const own = eventsOf.get(stream.reader.accountId) ?? []
    const frames = own.map(({ type, data }) => frameOf({ type, data })).join('')
    if (own.length > 0 && !stream.writer.send(frames)) cutStream(app, stream, 'too_much_unsent')
  }
}
