import { z } from 'zod'
import type { Words } from '../../../../platform/page.ts'
import { timeInZone } from '../../../../platform/zoned-days.ts'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import { defineTemplate, type Fact, type FactGroup, type MailContext, say } from './letter.ts'
import { counted, spokenWord } from './spoken-words.ts'
import { Line, oneLine } from './user-text.ts'

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

/** What happened. */
const acts: Record<string, Words | ((entry: Entry) => Words)> = {
  'ticket.created': { en: 'Raised', de: 'Eröffnet' },
  'ticket.assigned': ({ is_own }) =>
    is_own ? { en: 'Assigned to you', de: 'Ihnen zugewiesen' } : { en: 'Assigned', de: 'Zugewiesen' },
  'ticket.unassigned': { en: 'Sent back to the queue', de: 'Zurück in der Warteschlange' },
  'ticket.status_changed': ({ status }) => ({
    en: `Set to ${spokenWord('en', oneLine(status ?? ''))}`,
    de: `Neuer Status: ${spokenWord('de', oneLine(status ?? ''))}`,
  }),
  'ticket.resolved': { en: 'Resolved', de: 'Gelöst' },
  'ticket.reopened': { en: 'Reopened', de: 'Wieder geöffnet' },
  'ticket.closed': { en: 'Closed', de: 'Geschlossen' },
  'ticket.updated': { en: 'Moved to this category', de: 'In diese Kategorie verschoben' },
  'ticket.moved': { en: 'Moved to another customer', de: 'Einem anderen Kunden zugeordnet' },
  'ticket.absorbed': { en: 'Merged with another ticket', de: 'Mit einem anderen Ticket zusammengeführt' },
  'ticket.order_cancelled': { en: 'Order cancelled', de: 'Bestellung storniert' },
  'ticket.order_expired': { en: 'Order expired', de: 'Bestellung abgelaufen' },
  'ticket.restored': { en: 'Restored', de: 'Wiederhergestellt' },
  'comment.added': ({ visibility, is_mention }) => {
    if (is_mention) return { en: 'Internal comment that mentions you', de: 'Interner Kommentar, der Sie erwähnt' }
    return visibility === 'internal'
      ? { en: 'Internal comment', de: 'Interner Kommentar' }
      : { en: 'Comment', de: 'Kommentar' }
  },
  'attachment.added': { en: 'File added', de: 'Datei angehängt' },
  'technician.deactivated': {
    en: 'Deactivated, and the tickets are in the queue',
    de: 'Deaktiviert, die Tickets sind in der Warteschlange',
  },
  'account.role_changed': {
    en: 'An admin now, and the tickets are in the queue',
    de: 'Jetzt Admin, die Tickets sind in der Warteschlange',
  },
  'quota.half_used': {
    en: 'Has read half of the tickets of a day',
    de: 'Hat die Hälfte der Tickets eines Tages gelesen',
  },
  'webhook.disabled': { en: 'Disabled, because nothing arrives there', de: 'Ausgeschaltet, weil dort nichts ankommt' },
}

/** The zone whose clocks the times of an entry are read from. */
const zoneOf = ({ at, time_zone }: Entry): string =>
  time_zone !== null && timeInZone(at, time_zone) !== null ? time_zone : 'UTC'

/** What happened, and whom it is about, who did it, and when. */
const factOf = (entry: Entry, context: MailContext): Fact => {
  const zone = zoneOf(entry)
  const time = timeInZone(entry.at, zone)?.slice(0, -zone.length - 1) ?? oneLine(entry.at)
  const act = Object.hasOwn(acts, entry.type) ? acts[entry.type] : undefined
  const words = typeof act === 'function' ? act(entry) : (act ?? { en: 'Changed', de: 'Geändert' })
  const about = entry.ticket_id === null ? `${entry.subject_name ?? '–'}, ` : ''
  const by = say(context, { en: 'by', de: 'von' })
  const nobody = say(context, { en: 'the helpdesk, automatically', de: 'dem Helpdesk, automatisch' })
  return { label: say(context, words), value: `${about}${by} ${entry.actor_name ?? nobody}, ${time}` }
}

/** The entries of each ticket together, the tickets in the order of their first entries. */
const groupsOf = (entries: Entry[], context: MailContext): FactGroup[] =>
  [...Map.groupBy(entries, ({ ticket_id }) => ticket_id)].map(([ticketId, told]) => ({
    url: ticketId === null ? null : `${context.publicUrl}/tickets/${ticketId}`,
    facts: [
      {
        label: ticketId ?? say(context, { en: 'The helpdesk', de: 'Der Helpdesk' }),
        value: told[0]?.ticket_subject ?? say(context, { en: 'what concerns all', de: 'was alle betrifft' }),
      },
      ...told.map((entry) => factOf(entry, context)),
    ],
  }))

export const digestTemplates = {
  /** `count`: how many events the reader sees of those that were kept; `beyond`: how many were not kept. */
  digest: defineTemplate(
    ['list'],
    z.object({ entries: z.array(Entry), count: z.int(), beyond: z.int() }),
    ({ entries, count, beyond }, context) => {
      const more = count - entries.length + beyond
      const [first] = entries
      return {
        groups: groupsOf(entries, context),
        values: {
          events: counted(context.language, count + beyond, 'event'),
          more: more > 0 && first !== undefined ? String(more) : null,
          time_zone: first === undefined ? null : zoneOf(first),
        },
      }
    },
  ),
}
