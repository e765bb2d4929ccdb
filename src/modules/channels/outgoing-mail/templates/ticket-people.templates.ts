import { defineTemplate } from './letter.ts'
import {
  description,
  followUp,
  Ticket,
  TicketWithDescription,
  technicianOf,
  ticketLetter,
  whoMayTake,
} from './ticket-letter.ts'

/** Mails that tell whose a ticket is: who has it, that nobody does, and that it got another customer. */
export const ticketPeopleTemplates = {
  ticket_assigned_technician: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is yours`,
      paragraphs: [
        parameters.status === 'assigned'
          ? 'This ticket was assigned to you. Please set it to “in progress” when you start, so that the customer knows.'
          : 'This ticket was assigned to you.',
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

  ticket_unassigned: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is in the queue again`,
      paragraphs: ['This ticket was taken from its technician, or given back.', ...whoMayTake(parameters)],
      act: 'Changed by',
      quote: description(parameters),
    }),
  ),

  ticket_category_changed: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} has another category`,
      paragraphs: [
        'This ticket got the category that is named below, so it is in another queue now.',
        ...whoMayTake(parameters),
      ],
      act: 'Changed by',
      quote: description(parameters),
    }),
  ),

  // Says nothing of the customer before, whom the new customer must not learn of.
  ticket_moved_customer: defineTemplate(TicketWithDescription, (parameters, context) =>
    ticketLetter(parameters, context, {
      heading: `Ticket ${parameters.ticket_id} is yours now`,
      paragraphs: [
        parameters.status === 'closed'
          ? 'We have put this ticket under your name, because it is about you. It is closed; you can read it at the link.'
          : 'We have put this ticket under your name, because it is about you. You can read and answer it at the link, and we send you a mail when there is news.',
      ],
      act: 'Changed by',
      quote: description(parameters),
      notes: [
        parameters.status === 'closed'
          ? `If the ticket is not about you, ${followUp}.`
          : 'If the ticket is not about you, please say so in a comment.',
      ],
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
}
