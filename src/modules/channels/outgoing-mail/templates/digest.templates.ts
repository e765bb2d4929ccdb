import { z } from 'zod'
import { timeInZone } from '../../../../platform/zoned-days.ts'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import { counted, defineTemplate, type Fact, type FactGroup, type MailContext } from './letter.ts'
import { Line, oneLine, subjectLine } from './user-text.ts'

/**
 * An event that a digest shows. `is_own`: it gave the ticket to the reader of the digest. `is_mention`: it names the
 * reader.
 */
const Entry = z.object({
  at: z.string(),
  time_zone: z.string().nullable(),
  type: z.string(),
  /** Null: the event is about the desk. */
  ticket_id: TicketId.nullable(),
  ticket_subject: Line.nullable(),
  actor_name: Line.nullable(),
  /** The name of the account that the event is about. */
  subject_name: Line.nullable(),
  visibility: z.string().nullable(),
  status: z.string().nullable(),
  is_own: z.boolean(),
  is_mention: z.boolean(),
})
type Entry = z.output<typeof Entry>

const statusOf = ({ status }: Entry): string => (status === 'in_progress' ? 'in progress' : oneLine(status ?? ''))

/** What happened. */
const acts: Record<string, string | ((entry: Entry) => string)> = {
  'ticket.created': 'Raised',
  'ticket.assigned': ({ is_own }) => (is_own ? 'Assigned to you' : 'Assigned'),
  'ticket.unassigned': 'Sent back to the queue',
  'ticket.status_changed': (entry) => `Set to ${statusOf(entry)}`,
  'ticket.resolved': 'Resolved',
  'ticket.reopened': 'Reopened',
  'ticket.closed': 'Closed',
  'ticket.updated': 'Moved to this category',
  'ticket.moved': 'Moved to another customer',
  'ticket.absorbed': 'Merged with another ticket',
  'ticket.restored': 'Restored',
  'comment.added': ({ visibility, is_mention }) => {
    if (is_mention) return 'Internal comment that mentions you'
    return visibility === 'internal' ? 'Internal comment' : 'Comment'
  },
  'attachment.added': 'File added',
  'technician.deactivated': 'Deactivated, and the tickets are in the queue',
  'account.role_changed': 'An admin now, and the tickets are in the queue',
  'quota.half_used': 'Has read half of the tickets of a day',
  'webhook.disabled': 'Disabled, because nothing arrives there',
}

/** The zone whose clocks the times of an entry are read from. */
const zoneOf = ({ at, time_zone }: Entry): string =>
  time_zone !== null && timeInZone(at, time_zone) !== null ? time_zone : 'UTC'

/** What happened, and whom it is about, who did it, and when. */
const factOf = (entry: Entry): Fact => {
  const zone = zoneOf(entry)
  const time = timeInZone(entry.at, zone)?.slice(0, -zone.length - 1) ?? oneLine(entry.at)
  const act = Object.hasOwn(acts, entry.type) ? acts[entry.type] : undefined
  const about = entry.ticket_id === null ? `${entry.subject_name ?? '–'}, ` : ''
  return {
    label: typeof act === 'function' ? act(entry) : (act ?? 'Changed'),
    value: `${about}by ${entry.actor_name ?? 'the helpdesk, automatically'}, ${time}`,
  }
}

/** The entries of each ticket together, the tickets in the order of their first entries. */
const groupsOf = (entries: Entry[], { publicUrl }: MailContext): FactGroup[] =>
  [...Map.groupBy(entries, ({ ticket_id }) => ticket_id)].map(([ticketId, told]) => ({
    url: ticketId === null ? null : `${publicUrl}/tickets/${ticketId}`,
    facts: [
      { label: ticketId ?? 'The helpdesk', value: told[0]?.ticket_subject ?? 'what concerns all' },
      ...told.map(factOf),
    ],
  }))

export const digestTemplates = {
  /** `count`: how many events the reader sees of those that were kept; `beyond`: how many were not kept. */
  digest: defineTemplate(
    z.object({ entries: z.array(Entry), count: z.int(), beyond: z.int() }),
    ({ entries, count, beyond }, context) => {
      const more = count - entries.length + beyond
      const [first] = entries
      return {
        subject: subjectLine(`What happened at ${oneLine(context.tenantName)}`),
        heading: 'What happened',
        paragraphs: [`${counted(count + beyond, 'event')} happened that you wanted to be told of together.`],
        facts: [],
        groups: groupsOf(entries, context),
        quote: null,
        action: null,
        notes: [
          ...(more > 0 && first !== undefined ? [`And ${more} more, which happened before.`] : []),
          ...(first === undefined ? [] : [`The times are those of ${zoneOf(first)}.`]),
        ],
      }
    },
  ),
}
