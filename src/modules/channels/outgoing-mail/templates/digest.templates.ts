import { z } from 'zod'
import { timeInZone } from '../../../../platform/zoned-days.ts'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import { counted, defineTemplate, type Fact, type FactGroup, type MailContext } from './letter.ts'
import { Line, oneLine, subjectLine } from './user-text.ts'

/** An event that a digest shows. `is_own`: it gave the ticket to the reader of the digest. */
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
})
type Entry = z.output<typeof Entry>

const statusOf = ({ status }: Entry): string => (status === 'in_progress' ? 'in progress' : oneLine(status ?? ''))

/** What happened, before the name of who did it. */
const acts: Record<string, string | ((entry: Entry) => string)> = {
  'ticket.created': 'raised',
  'ticket.assigned': ({ is_own }) => (is_own ? 'assigned to you' : 'assigned'),
  'ticket.unassigned': 'sent back to the queue',
  'ticket.status_changed': (entry) => `set to ${statusOf(entry)}`,
  'ticket.resolved': 'resolved',
  'ticket.reopened': 'reopened',
  'ticket.closed': 'closed',
  'ticket.updated': 'moved to this category',
  'ticket.moved': 'moved to another customer',
  'ticket.absorbed': 'merged with another ticket',
  'ticket.restored': 'restored',
  'comment.added': ({ visibility }) => (visibility === 'internal' ? 'internal comment' : 'comment'),
  'attachment.added': 'file added',
  'technician.deactivated': ({ subject_name }) =>
    `${subject_name ?? '–'}: deactivated, and the tickets are in the queue`,
  'account.role_changed': ({ subject_name }) =>
    `${subject_name ?? '–'}: an admin now, and the tickets are in the queue`,
  'quota.half_used': ({ subject_name }) => `${subject_name ?? '–'}: has read half of the tickets of a day`,
}

const wordsOf = (entry: Entry): string => {
  const act = Object.hasOwn(acts, entry.type) ? acts[entry.type] : undefined
  const words = typeof act === 'function' ? act(entry) : (act ?? 'changed')
  return `${words}, by ${entry.actor_name ?? 'the helpdesk, automatically'}`
}

/** The zone whose clocks the times of an entry are read from. */
const zoneOf = ({ at, time_zone }: Entry): string =>
  time_zone !== null && timeInZone(at, time_zone) !== null ? time_zone : 'UTC'

const factOf = (entry: Entry): Fact => {
  const zone = zoneOf(entry)
  const time = timeInZone(entry.at, zone)
  return { label: time?.slice(0, -zone.length - 1) ?? oneLine(entry.at), value: wordsOf(entry) }
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
        paragraphs: [
          `Since your last summary there ${count + beyond === 1 ? 'was' : 'were'} ${counted(count + beyond, 'event')} that you wanted to be told of.`,
        ],
        facts: [],
        groups: groupsOf(entries, context),
        quote: null,
        action: null,
        notes: [
          ...(more > 0 && first !== undefined ? [`And ${more} more, which happened before.`] : []),
          ...(first === undefined ? [] : [`The times are those of ${zoneOf(first)}.`]),
          'You chose to get these mails together. You can change that in your notifications.',
        ],
      }
    },
  ),
}
