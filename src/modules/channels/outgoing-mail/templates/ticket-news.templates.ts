import { z } from 'zod'
import { defineTemplate } from './letter.ts'
import { Files } from './mail-files.ts'
import { description, Ticket, TicketWithDescription, ticket, ticketLetter } from './ticket.templates.ts'
import { Line, spokenName } from './user-text.ts'

const TicketWithFiles = z.object({ ...ticket, files: Files })

const fileOrFiles = ({ files }: { files: Files }): string => (files.length === 1 ? 'A file' : 'Files')

/** Mails that tell whose a ticket is now, that it is urgent or closed, and which files it has got. */
export const ticketNewsTemplates = {
  ticket_closed_staff: defineTemplate(z.object({ ...ticket, reason: Line.nullable() }), (parameters, context) => {
    const letter = ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is closed`,
      paragraphs: ['This ticket is closed. You do not need to do anything more about it.'],
      act: 'Closed by',
    })
    const { reason } = parameters
    return reason === null ? letter : { ...letter, facts: [...letter.facts, { label: 'Reason', value: reason }] }
  }),

  ticket_unassigned: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is in the queue again`,
      paragraphs: ['This ticket has no technician any more. Please take it, or assign it to somebody.'],
      act: 'Changed by',
      quote: description(parameters),
    }),
  ),

  ticket_urgent: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is urgent now`,
      paragraphs: [
        parameters.technician_name === null
          ? 'The priority of this ticket was raised to urgent. Nobody has it: please take it, or assign it to somebody.'
          : 'The priority of this ticket was raised to urgent.',
      ],
      act: 'Changed by',
    }),
  ),

  // Says nothing of the customer before, whom the new customer must not learn of.
  ticket_moved_customer: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is yours now`,
      paragraphs: [
        'We have put this ticket under your name, because it is about you. You can read and answer it at the link, and we send you a mail when there is news.',
      ],
      act: 'Changed by',
      quote: description(parameters),
      notes: ['If the ticket is not about you, please say so in a comment.'],
    }),
  ),

  ticket_moved_technician: defineTemplate(Ticket, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} has another customer`,
      paragraphs: [
        'This ticket was moved to the customer who is named below. What you write goes to them from now on.',
      ],
      act: 'Changed by',
    }),
  ),

  files_customer: defineTemplate(TicketWithFiles, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `${fileOrFiles(parameters)} on your ticket ${parameters.ticket_id}`,
      paragraphs: [
        `${spokenName(parameters.actor_name) ?? 'Somebody of the helpdesk'} has attached this to it. You find it at the link.`,
      ],
      act: 'Attached by',
      files: parameters.files,
    }),
  ),

  files_staff: defineTemplate(TicketWithFiles, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `${fileOrFiles(parameters)} on ticket ${parameters.ticket_id}`,
      paragraphs: [
        parameters.technician_name === null
          ? 'This was attached to the ticket, where the customer can read it. Nobody has the ticket yet: please assign a technician.'
          : 'This was attached to the ticket, where the customer can read it.',
      ],
      act: 'Attached by',
      files: parameters.files,
    }),
  ),
}
