import { z } from 'zod'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import { counted, defineTemplate, type Letter, type MailContext } from './letter.ts'
import { Files, factsOfFiles } from './mail-files.ts'
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
type Ticket = z.output<typeof Ticket>

export const TicketWithDescription = z.object({ ...ticket, issue_description: Prose })

/**
 * All mails of a ticket have the same subject, because Gmail joins mails into a thread only when their subjects are
 * equal, even if References joins them. The subject has no `Re:`, because no mail answers another. What happened is in
 * the heading, which mail programs show beside the subject.
 */
const subjectOf = ({ ticket_id, ticket_subject }: Ticket): string => subjectLine(`[${ticket_id}] ${ticket_subject}`)

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

const TicketWithComment = z.object({ ...ticket, comment_body: Prose, files: Files })

/** `reopened`: the ticket was resolved, and the merge has reopened it. */
const TicketWithMerged = z.object({ ...ticket, merged_ticket_id: TicketId, reopened: z.boolean() })

const comment = ({ comment_body }: { comment_body: string }): Letter['quote'] => ({
  label: 'Comment',
  text: comment_body,
})

/** Why a ticket was closed or reopened. Mails of earlier versions have no such parameter. */
const why = { reason: Prose.nullable().optional() }
const TicketWithReason = z.object({ ...ticket, ...why })

const reasonOf = ({ reason }: { reason?: string | null | undefined }): Letter['quote'] =>
  reason === undefined || reason === null ? null : { label: 'Reason', text: reason }

const technicianOf = ({ technician_name }: Ticket): string => spokenName(technician_name) ?? 'A technician'

export const ticketTemplates = {
  ticket_created_customer: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `We have your ticket ${parameters.ticket_id}`,
      paragraphs: [
        parameters.technician_name === null
          ? 'Thank you, your ticket is with us. Next, a technician takes it on. We send you a mail when that happens, and whenever there is news.'
          : `Thank you, your ticket is with us. ${technicianOf(parameters)} looks after it. We send you a mail whenever there is news.`,
      ],
      act: 'Raised by',
      quote: description(parameters),
      notes: ['If it settles by itself, you can close the ticket at the same link.'],
    }),
  ),

  ticket_created_admin: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `New ticket ${parameters.ticket_id}`,
      paragraphs: [
        parameters.technician_name === null
          ? 'A new ticket came in. Nobody has it yet: please assign a technician.'
          : 'A new ticket came in. A technician has it already.',
      ],
      act: 'Raised by',
      quote: description(parameters),
    }),
  ),

  ticket_assigned_technician: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is yours`,
      paragraphs: [
        'This ticket was assigned to you. Please set it to “in progress” when you start, so that the customer knows.',
      ],
      act: 'Assigned by',
      quote: description(parameters),
    }),
  ),

  ticket_assigned_customer: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Your ticket ${parameters.ticket_id} has a technician`,
      paragraphs: [
        `${technicianOf(parameters)} looks after your ticket now. We send you a mail when there is news; until then you do not need to do anything.`,
      ],
      act: 'Assigned by',
    }),
  ),

  // Without a link, because the technician may not see the ticket any more: the link would lead to a ticket not found.
  ticket_reassigned_technician: defineTemplate(Ticket, (parameters, context) => ({
    ...ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is no longer yours`,
      paragraphs: [
        parameters.technician_name === null
          ? 'This ticket was taken off your list. You do not need to do anything more about it.'
          : 'This ticket was assigned to somebody else. You do not need to do anything more about it; if you know something that helps, please tell them.',
      ],
      act: 'Changed by',
    }),
    action: null,
  })),

  ticket_in_progress: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Work on your ticket ${parameters.ticket_id} is going on`,
      paragraphs: [
        `${technicianOf(parameters)} is working on your ticket. We send you a mail when it is resolved, or when we have to wait for something.`,
      ],
      act: 'Changed by',
    }),
  ),

  ticket_waiting: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Your ticket ${parameters.ticket_id} is waiting`,
      paragraphs: [
        'We cannot go on just now: we wait for you, or for something that is not in our hands, such as a delivery or another company.',
        'If we asked you for something, please let us have it. Otherwise you do not need to do anything; we send you a mail when work goes on.',
      ],
      act: 'Changed by',
    }),
  ),

  ticket_resolved: defineTemplate(
    z.object({ ...ticket, resolution_summary: Prose, auto_close_days: z.int().min(1) }),
    (parameters, context) =>
      ticketLetter(parameters, context, {
        heading: `Your ticket ${parameters.ticket_id} is resolved`,
        paragraphs: ['Good news: your ticket is resolved. Please see whether it is as you need it.'],
        act: 'Resolved by',
        quote: { label: 'How it was resolved', text: parameters.resolution_summary },
        notes: [
          `If all is well, you do not need to do anything: the ticket closes by itself, after ${counted(parameters.auto_close_days, 'day')} at the earliest.`,
          'If it is not solved, open the ticket at the link above before then and choose “Reopen”.',
        ],
      }),
  ),

  ticket_reopened: defineTemplate(TicketWithReason, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is open again`,
      paragraphs: [
        parameters.technician_name === null
          ? 'This ticket was resolved, and has been reopened. Nobody has it: please assign a technician.'
          : 'This ticket was resolved, and has been reopened. Please see what is still missing, and that somebody is on it.',
      ],
      act: 'Reopened by',
      quote: reasonOf(parameters),
    }),
  ),

  ticket_closed: defineTemplate(
    // Earlier versions closed resolved tickets only, and did not say so.
    z.object({ ...ticket, ...why, was_resolved: z.boolean().default(true) }),
    (parameters, context) =>
      ticketLetter(parameters, context, {
        heading: `Your ticket ${parameters.ticket_id} is closed`,
        paragraphs: [
          parameters.was_resolved
            ? 'Your ticket is closed, and stays readable at the link below.'
            : 'Your ticket is closed without having been resolved: nobody works on it any more. It stays readable at the link below.',
        ],
        act: 'Closed by',
        quote: reasonOf(parameters),
        notes: [
          'A closed ticket cannot be reopened. If the trouble comes back, please raise a new one and name this number.',
        ],
      }),
  ),

  ticket_merged_customer: defineTemplate(TicketWithMerged, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Your tickets ${parameters.merged_ticket_id} and ${parameters.ticket_id} go on together`,
      paragraphs: [
        `Both are about the same, so we go on at ${parameters.ticket_id}. What was said on ${parameters.merged_ticket_id} stays readable there.`,
        ...(parameters.reopened ? [`${parameters.ticket_id} was resolved, and is open again.`] : []),
      ],
      act: 'Merged by',
    }),
  ),

  ticket_merged: defineTemplate(TicketWithMerged, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `${parameters.merged_ticket_id} was merged into ${parameters.ticket_id}`,
      paragraphs: [
        `The conversation of ${parameters.merged_ticket_id} goes on at ${parameters.ticket_id}, with the people and files of both.`,
        ...(parameters.reopened ? [`${parameters.ticket_id} was resolved, and is open again.`] : []),
        ...(parameters.technician_name === null ? ['Nobody has it yet: please assign a technician.'] : []),
      ],
      act: 'Merged by',
    }),
  ),

  ticket_restored: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is back`,
      paragraphs: [
        parameters.technician_name === null
          ? 'This ticket was deleted, and has been restored. Nobody has it: please assign a technician.'
          : 'This ticket was deleted, and has been restored. Everything is there as before.',
      ],
      act: 'Restored by',
    }),
  ),

  comment_customer: defineTemplate(TicketWithComment, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `A comment on your ticket ${parameters.ticket_id}`,
      paragraphs: [`${spokenName(parameters.actor_name) ?? 'Somebody of the helpdesk'} has written to you about it.`],
      act: 'Written by',
      quote: comment(parameters),
      files: parameters.files,
      notes: ['To answer, please comment on the ticket at the link.'],
    }),
  ),

  comment_public: defineTemplate(
    TicketWithComment.extend({ reopens: z.literal(false).nullable().optional() }),
    (parameters, context) =>
      ticketLetter(parameters, context, {
        heading: `A comment on ticket ${parameters.ticket_id}`,
        paragraphs: [
          parameters.reopens === false
            ? 'There is a new comment of the customer. It did not reopen the ticket, as the customer wished.'
            : parameters.technician_name === null
              ? 'There is a new comment, which the customer can read. Nobody has the ticket yet: please assign a technician.'
              : 'There is a new comment, which the customer can read.',
        ],
        act: 'Written by',
        quote: comment(parameters),
        files: parameters.files,
      }),
  ),

  comment_internal: defineTemplate(TicketWithComment, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `An internal comment on ticket ${parameters.ticket_id}`,
      paragraphs: ['There is a new comment for the staff only: the customer does not learn of it.'],
      act: 'Written by',
      quote: { label: 'Internal comment', text: parameters.comment_body },
      files: parameters.files,
    }),
  ),
}
