import { z } from 'zod'
import { counted, defineTemplate } from './letter.ts'
import {
  description,
  followUp,
  reasonOf,
  Ticket,
  TicketWithDescription,
  TicketWithReason,
  technicianOf,
  ticket,
  ticketLetter,
  whoMayTake,
  why,
} from './ticket-letter.ts'
import { Prose } from './user-text.ts'

/** Mails that tell how a ticket goes: that it is there, in work, resolved, open again, urgent, closed or restored. */
export const ticketStateTemplates = {
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
      notes: ['If it settles by itself, you can close the ticket yourself.'],
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
          ? 'This ticket was resolved, and has been reopened.'
          : 'This ticket was resolved, and has been reopened. Please see what is still missing, and that somebody is on it.',
        ...whoMayTake(parameters),
      ],
      act: 'Reopened by',
      quote: reasonOf(parameters),
    }),
  ),

  ticket_reopened_customer: defineTemplate(TicketWithReason, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Your ticket ${parameters.ticket_id} is open again`,
      paragraphs: [
        parameters.technician_name === null
          ? 'Your ticket was resolved, and we have reopened it. Next, a technician takes it on. We send you a mail when that happens.'
          : `Your ticket was resolved, and we have reopened it. ${technicianOf(parameters)} goes on with it. We send you a mail when there is news.`,
      ],
      act: 'Reopened by',
      quote: reasonOf(parameters),
    }),
  ),

  ticket_urgent: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is urgent now`,
      paragraphs: ['The priority of this ticket was raised to urgent.', ...whoMayTake(parameters)],
      act: 'Changed by',
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
        notes: [`A closed ticket cannot be reopened. If the trouble comes back, ${followUp}.`],
      }),
  ),

  ticket_closed_staff: defineTemplate(TicketWithReason, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is closed`,
      paragraphs: ['This ticket is closed. You do not need to do anything more about it.'],
      act: 'Closed by',
      quote: reasonOf(parameters),
    }),
  ),

  ticket_restored: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is back`,
      paragraphs: [
        'This ticket was deleted, and has been restored with its comments and files. Its links to other tickets are back where they still fit.',
        ...whoMayTake(parameters),
      ],
      act: 'Restored by',
    }),
  ),
}
