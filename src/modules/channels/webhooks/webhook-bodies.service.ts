import type { App } from '../../../platform/app-context.ts'
import type { Ticket } from '../../desk/tickets/tickets.schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { isTypeOfTickets } from '../feed/feed.schemas.ts'
import { shownToWire } from '../feed/feed.service.ts'
import { readerOf } from '../feed/feed-reader.ts'
import { listShownEvents, type ShownEvent } from '../feed/shown-events.service.ts'
import { listToldComments, listToldTickets } from './webhook-bodies.queries.ts'
import type { HeldWebhook } from './webhook-claims.queries.ts'
import type { ToldComment, WebhookMessage } from './webhook-messages.schemas.ts'

/** How many positions of the log are looked at for one answer, at most: a statement reads each of them. */
export const spanAtMost = 2_000

/** How many bytes each text of a message may have. The whole then has some 20 kB at most. */
const textBytes = 4_000

/** Who reads for a webhook: its owner, as if they were signed in. */
const readerFor = (hook: HeldWebhook): User => {
  const { tenant_id: tenantId, tenant, owner_id: accountId, owner_name: name, category } = hook
  const account = { tenantId, tenant, accountId, name, email: null, sessionId: null, token: null }
  return hook.owner_role === 'admin'
    ? { ...account, role: 'admin' }
    : { ...account, role: 'technician', category: category ?? '' }
}

/** The beginning of a text that has at most `textBytes` bytes, without half a character at its end. */
const beginningOf = (text: string): string => {
  const bytes = Buffer.from(text)
  if (bytes.length <= textBytes) return text
  let end = textBytes
  // 10xxxxxx goes on with a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end).toString()
}

/** Cuts long texts of a thing, and notes their names. */
const cutTexts = <Thing extends object>(
  thing: Thing,
  of: string,
  names: (keyof Thing & string)[],
  cut: string[],
): Thing => {
  const shorter = names.flatMap((name) => {
    const text = thing[name]
    if (typeof text !== 'string') return []
    const beginning = beginningOf(text)
    if (beginning === text) return []
    cut.push(`${of}.${name}`)
    return [[name, beginning]]
  })
  return { ...thing, ...Object.fromEntries(shorter) }
}

/** Cuts the long texts that events of earlier versions have in their changes. */
const cutChanges = (changes: ShownEvent['changes'], cut: string[]): ShownEvent['changes'] =>
  Object.fromEntries(
    Object.entries(changes).map(([name, change]) => [
      name,
      cutTexts(change as object, `changes.${name}`, ['from', 'to'] as never[], cut) as typeof change,
    ]),
  )

/** What the events of a batch are about, by id. */
interface Things {
  tickets: Map<string, Ticket>
  comments: Map<string, ToldComment>
}

const commentOf = ({ details }: ShownEvent): string | null =>
  typeof details.comment_id === 'string' ? details.comment_id : null

const ticketOf = ({ type, subject_id }: ShownEvent): string | null => (isTypeOfTickets(type) ? subject_id : null)

/** Only of these events the comment is what they are about; others merely name it. */
const isOfComment = ({ type }: ShownEvent): boolean => type.startsWith('comment.')

const unique = (ids: (string | null)[]): string[] => [...new Set(ids.flatMap((id) => id ?? []))]

const readThings = async ({ pool }: App, reader: User, events: ShownEvent[]): Promise<Things> => {
  const tickets = unique(events.map(ticketOf))
  const comments = unique(events.filter(isOfComment).map(commentOf))
  const [foundTickets, foundComments] = [
    tickets.length === 0 ? [] : await listToldTickets(pool, reader, tickets),
    comments.length === 0 ? [] : await listToldComments(pool, reader, comments),
  ]
  return {
    tickets: new Map(foundTickets.map((ticket) => [ticket.ticket_id, ticket])),
    comments: new Map(foundComments.map((comment) => [comment.comment_id, comment])),
  }
}

const toldTicket = (ticket: Ticket, includesInternal: boolean, cut: string[]): WebhookMessage['data']['ticket'] => {
  const { warnings: _, undo_token: __, undo_until: ___, ...told } = ticket
  const shown = includesInternal ? told : { ...told, tags: null }
  return cutTexts(shown, 'ticket', ['issue_description', 'resolution_summary', 'close_reason'], cut)
}

/** The message of an event; null when the owner does not see it any more, or it is beyond what the webhook is told. */
const messageOf = (
  app: App,
  hook: HeldWebhook,
  epoch: string,
  event: ShownEvent,
  { tickets, comments }: Things,
): WebhookMessage | null => {
  const { includes_internal: includesInternal } = hook
  if (!includesInternal && event.details.visibility === 'internal') return null
  const cut: string[] = []
  const [wire] = shownToWire(app, readerOf(readerFor(hook)), epoch, [event])
  const ticket = tickets.get(ticketOf(event) ?? '')
  const comment = isOfComment(event) ? comments.get(commentOf(event) ?? '') : undefined
  if (wire === undefined || (comment?.visibility === 'internal' && !includesInternal)) return null
  return {
    type: event.type,
    timestamp: event.occurred_at,
    data: {
      ...wire,
      changes: cutChanges(wire.changes, cut),
      ticket: ticket === undefined ? null : toldTicket(ticket, includesInternal, cut),
      comment: comment === undefined ? null : cutTexts(comment, 'comment', ['body'], cut),
      truncated: cut,
    },
  }
}

/**
 * The bodies of the messages about the events at some positions, in their order, by their positions. What the owner
 * does not see now, or the webhook is not told, has none. It reads the log once, from the first position to the last,
 * which is less than `spanAtMost` behind it.
 */
export const bodiesOf = async (app: App, hook: HeldWebhook, positions: number[]): Promise<Map<number, string>> => {
  const [first = 0, last = first] = [positions[0], positions.at(-1)]
  const { rows, epoch } = await listShownEvents(app.pool, hook.tenant_id, [hook.owner_id], {
    after: first - 1,
    upTo: last,
    limit: spanAtMost,
  })
  const wanted = new Set(positions)
  const events = rows.filter(({ shown, position }) => shown === 'event' && wanted.has(position))
  const things = await readThings(app, readerFor(hook), events)
  return new Map(
    events.flatMap((event) => {
      const message = messageOf(app, hook, epoch, event, things)
      return message === null ? [] : [[event.position, JSON.stringify(message)] as const]
    }),
  )
}
