import { z } from 'zod'
import type { Words } from '../../../../platform/page.ts'
import { OrderId } from '../../../catalogue/orders/orders.schemas.ts'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import { type Fact, type Filling, type MailContext, say } from './letter.ts'
import { type Files, factsOfFiles } from './mail-files.ts'
import { automatically, spokenWord } from './spoken-words.ts'
import type { Value, Values } from './template-source.ts'
import { Line, Prose, spokenName, subjectLine } from './user-text.ts'
import { hasWithheld } from './withheld-mark.ts'

/** What the mails about a ticket say of it. */
export const ticket = {
  ticket_id: TicketId,
  ticket_subject: Line,
  issue_category: Line,
  priority: Line,
  status: Line,
  customer_name: Line,
  /** Null: nobody has it. */
  technician_name: Line.nullable(),
  /** Null: the helpdesk itself, as when a resolved ticket closes by itself. */
  actor_name: Line.nullable(),
}
export const Ticket = z.object(ticket)
export type Ticket = z.output<typeof Ticket>

export const TicketWithDescription = z.object({ ...ticket, issue_description: Prose })

/**
 * The subject of all mails of a ticket, as long as the tenant has not written another one. It is the same for all of
 * them and in all languages, because Gmail joins mails into a thread only when their subjects are equal, even if
 * References joins them. It has no `Re:`, because no mail answers another. What happened is in the heading, which mail
 * programs show beside the subject.
 */
export const ticketSubject = '[{{ticket_id}}] {{ticket_subject}}'

/** The built-in subject of the mails of a ticket. */
export const subjectOf = ({ ticket_id, ticket_subject }: Pick<Ticket, 'ticket_id' | 'ticket_subject'>): string =>
  subjectLine(`[${ticket_id}] ${ticket_subject}`)

const factsOf = (parameters: Ticket, act: Words, context: MailContext): Fact[] => {
  const { language } = context
  return [
    { label: 'Ticket', value: parameters.ticket_id },
    { label: say(context, { en: 'Subject', de: 'Betreff' }), value: parameters.ticket_subject },
    { label: say(context, { en: 'Category', de: 'Kategorie' }), value: parameters.issue_category },
    { label: say(context, { en: 'Priority', de: 'Priorität' }), value: spokenWord(language, parameters.priority) },
    { label: 'Status', value: spokenWord(language, parameters.status) },
    { label: say(context, { en: 'Customer', de: 'Kunde' }), value: parameters.customer_name },
    {
      label: say(context, { en: 'Technician', de: 'Techniker' }),
      value: parameters.technician_name ?? say(context, { en: 'nobody yet', de: 'noch niemand' }),
    },
    { label: say(context, act), value: parameters.actor_name ?? say(context, automatically) },
  ]
}

const aCustomer: Words = { en: 'A customer', de: 'Ein Kunde' }
const somebody: Words = { en: 'Somebody of the helpdesk', de: 'Jemand vom Helpdesk' }

/**
 * The variables of a ticket. A name that may not stand in a sentence is replaced, and so is one that there is not,
 * which meets no condition. `is_free`: nobody has the ticket, and it is not resolved, so somebody has to take it.
 */
const valuesOf = (parameters: Ticket, context: MailContext): Values => {
  const { ticket_id, ticket_subject, issue_category, priority, status, technician_name } = parameters
  const named = (name: string | null, words: Words): Value =>
    spokenName(name) ?? { shown: say(context, words), isThere: name !== null && !hasWithheld(name) }
  const isByCustomer = parameters.actor_name !== null && !context.isByStaff
  const isOver = status === 'resolved' || status === 'closed'
  return {
    ticket_id,
    ticket_subject,
    issue_category,
    priority: spokenWord(context.language, priority),
    status: spokenWord(context.language, status),
    customer_name: named(parameters.customer_name, aCustomer),
    technician_name: named(technician_name, { en: 'A technician', de: 'Ein Techniker' }),
    actor_name: named(parameters.actor_name, isByCustomer ? aCustomer : somebody),
    is_assigned: technician_name !== null,
    is_free: technician_name === null && !isOver,
    is_closed: status === 'closed',
  }
}

interface Happening {
  /** What the actor is called among the facts: "Closed by". */
  act: Words
  files?: Files
  quote?: Filling['quote']
  values?: Values
  /** The order that the mail leads to, instead of its ticket. */
  orderId?: string
}

/** What a mail about a ticket tells. */
export const ticketFilling = (
  parameters: Ticket,
  context: MailContext,
  { act, files = [], quote = null, values = {}, orderId }: Happening,
): Filling => ({
  values: { ...valuesOf(parameters, context), ...values },
  facts: [...factsOf(parameters, act, context), ...factsOfFiles(files, context)],
  quote,
  action:
    orderId === undefined
      ? {
          label: say(context, { en: 'Open the ticket', de: 'Ticket öffnen' }),
          url: `${context.publicUrl}/tickets/${parameters.ticket_id}`,
        }
      : {
          label: say(context, { en: 'Open the order', de: 'Bestellung öffnen' }),
          url: `${context.publicUrl}/orders/${orderId}`,
        },
})

export const description = (
  { issue_description }: { issue_description: string },
  context: MailContext,
): Filling['quote'] => ({ label: say(context, { en: 'Description', de: 'Beschreibung' }), text: issue_description })

/** Why a ticket was closed or reopened. Mails of earlier versions have no such parameter. */
export const why = { reason: Prose.nullable().optional() }
export const TicketWithReason = z.object({ ...ticket, ...why })

export const reasonOf = ({ reason }: { reason?: string | null | undefined }, context: MailContext): Filling['quote'] =>
  reason === undefined || reason === null ? null : { label: say(context, { en: 'Reason', de: 'Grund' }), text: reason }

/** The mails about the order that raised a ticket. The subject of the ticket is what was ordered. */
export const TicketWithOrder = z.object({ ...ticket, order_id: OrderId })

/** Who did what, among the facts of a mail. */
export const acts = {
  raised: { en: 'Raised by', de: 'Eröffnet von' },
  changed: { en: 'Changed by', de: 'Geändert von' },
  assigned: { en: 'Assigned by', de: 'Zugewiesen von' },
  resolved: { en: 'Resolved by', de: 'Gelöst von' },
  reopened: { en: 'Reopened by', de: 'Wieder geöffnet von' },
  closed: { en: 'Closed by', de: 'Geschlossen von' },
  ended: { en: 'Ended by', de: 'Beendet von' },
  restored: { en: 'Restored by', de: 'Wiederhergestellt von' },
  merged: { en: 'Merged by', de: 'Zusammengeführt von' },
  written: { en: 'Written by', de: 'Geschrieben von' },
  attached: { en: 'Attached by', de: 'Angehängt von' },
} satisfies Record<string, Words>
