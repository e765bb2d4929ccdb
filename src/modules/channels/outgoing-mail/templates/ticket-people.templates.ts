import { defineTemplate } from './letter.ts'
import { acts, description, Ticket, TicketWithDescription, ticketFilling } from './ticket-letter.ts'

const [plain, quoting] = [['facts', 'link'] as const, ['facts', 'quote', 'link'] as const]

/** Mails that tell whose a ticket is: who has it, that nobody does, and that it got another customer. */
export const ticketPeopleTemplates = {
  ticket_assigned_technician: defineTemplate(quoting, TicketWithDescription, (parameters, context) =>
    ticketFilling(parameters, context, {
      act: acts.assigned,
      quote: description(parameters, context),
      values: { is_to_begin: parameters.status === 'assigned' },
    }),
  ),

  ticket_assigned_customer: defineTemplate(plain, Ticket, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.assigned }),
  ),

  // Without a link, because the technician may not see the ticket any more: the link would lead to a ticket not found.
  ticket_reassigned_technician: defineTemplate(['facts'], Ticket, (parameters, context) => ({
    ...ticketFilling(parameters, context, { act: acts.changed }),
    action: null,
  })),

  ticket_unassigned: defineTemplate(quoting, TicketWithDescription, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.changed, quote: description(parameters, context) }),
  ),

  ticket_category_changed: defineTemplate(quoting, TicketWithDescription, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.changed, quote: description(parameters, context) }),
  ),

  // Says nothing of the customer before, whom the new customer must not learn of.
  ticket_moved_customer: defineTemplate(quoting, TicketWithDescription, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.changed, quote: description(parameters, context) }),
  ),

  ticket_moved_technician: defineTemplate(plain, Ticket, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.changed }),
  ),
}
