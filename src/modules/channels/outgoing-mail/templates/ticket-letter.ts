import { z } from 'zod'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import type { Letter, MailContext } from './letter.ts'
import { type Files, factsOfFiles } from './mail-files.ts'
import { Line, Prose, spokenName, subjectLine } from './user-text.ts'

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
 * All mails of a ticket have the same subject, because Gmail joins mails into a thread only when their subjects are
 * equal, even if References joins them. The subject has no `Re:`, because no mail answers another. What happened is in
 * the heading, which mail programs show beside the subject.
 */
export const subjectOf = ({ ticket_id, ticket_subject }: Pick<Ticket, 'ticket_id' | 'ticket_subject'>): string =>
  subjectLine(`[${ticket_id}] ${ticket_subject}`)

const factsOf = (parameters: Ticket, act: string): Letter['facts'] => [
  { label: 'Ticket', value: parameters.ticket_id },
  { label: 'Subject', value: parameters.ticket_subject },
  { label: 'Category', value: parameters.issue_category },
  { label: 'Priority', value: parameters.priority },
  { label: 'Status', value: parameters.status === 'in_progress' ? 'in progress' : parameters.status },
  { label: 'Customer', value: parameters.customer_name },
  { label: 'Technician', value: parameters.technician_name ?? 'nobody yet' },
  { label: act, value: parameters.actor_name ?? 'the helpdesk, automatically' },
]

type Happening = Pick<Letter, 'heading' | 'paragraphs'> &
  Partial<Pick<Letter, 'quote' | 'notes'>> & {
    files?: Files
    /** What the actor is called among the facts: "Closed by". */
    act: string
  }

/** The letter that tells what happened to a ticket. */
export const ticketLetter = (parameters: Ticket, { publicUrl }: MailContext, happening: Happening): Letter => {
  const { act, files = [], ...words } = happening
  return {
    subject: subjectOf(parameters),
    facts: [...factsOf(parameters, act), ...factsOfFiles(files)],
    quote: null,
    action: { label: 'Open the ticket', url: `${publicUrl}/tickets/${parameters.ticket_id}` },
    notes: [],
    ...words,
  }
}

export const description = ({ issue_description }: { issue_description: string }): Letter['quote'] => ({
  label: 'Description',
  text: issue_description,
})

/** Why a ticket was closed or reopened. Mails of earlier versions have no such parameter. */
export const why = { reason: Prose.nullable().optional() }
export const TicketWithReason = z.object({ ...ticket, ...why })

export const reasonOf = ({ reason }: { reason?: string | null | undefined }): Letter['quote'] =>
  reason === undefined || reason === null ? null : { label: 'Reason', text: reason }

export const technicianOf = ({ technician_name }: Ticket): string => spokenName(technician_name) ?? 'A technician'

/**
 * What a mail to the staff says of an unresolved ticket that nobody has. It names who may do what, because some of its
 * readers may do neither, such as a watcher of another category.
 */
export const whoMayTake = ({ technician_name, status }: Ticket): string[] =>
  technician_name === null && status !== 'resolved' && status !== 'closed'
    ? ['Nobody has it: a technician of its category can take it, and an admin can assign it.']
    : []

/** What customers can do about a closed ticket, which takes no comment of theirs. */
export const followUp = 'please raise a new one and name this number'
