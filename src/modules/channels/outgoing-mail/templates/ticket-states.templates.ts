import { z } from 'zod'
import { defineTemplate, say } from './letter.ts'
import { counted } from './spoken-words.ts'
import {
  acts,
  description,
  reasonOf,
  Ticket,
  TicketWithDescription,
  TicketWithOrder,
  TicketWithReason,
  ticket,
  ticketFilling,
  why,
} from './ticket-letter.ts'
import { Prose } from './user-text.ts'

const [plain, quoting] = [['facts', 'link'] as const, ['facts', 'quote', 'link'] as const]

const orderEnded = ({ order_id: orderId }: z.output<typeof TicketWithOrder>) => ({
  act: acts.ended,
  values: { order_id: orderId },
  orderId,
})

/** Mails that tell how a ticket goes: that it is there, in work, resolved, open again, urgent, closed or restored. */
export const ticketStateTemplates = {
  ticket_created_customer: defineTemplate(quoting, TicketWithDescription, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.raised, quote: description(parameters, context) }),
  ),

  ticket_created_admin: defineTemplate(quoting, TicketWithDescription, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.raised, quote: description(parameters, context) }),
  ),

  ticket_in_progress: defineTemplate(plain, Ticket, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.changed }),
  ),

  ticket_waiting: defineTemplate(plain, Ticket, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.changed }),
  ),

  ticket_resolved: defineTemplate(
    quoting,
    z.object({ ...ticket, resolution_summary: Prose, auto_close_days: z.int().min(1) }),
    (parameters, context) =>
      ticketFilling(parameters, context, {
        act: acts.resolved,
        quote: {
          label: say(context, { en: 'How it was resolved', de: 'So wurde es gelöst' }),
          text: parameters.resolution_summary,
        },
        values: { auto_close_time: counted(context.language, parameters.auto_close_days, 'day') },
      }),
  ),

  ticket_reopened: defineTemplate(quoting, TicketWithReason, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.reopened, quote: reasonOf(parameters, context) }),
  ),

  ticket_reopened_customer: defineTemplate(quoting, TicketWithReason, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.reopened, quote: reasonOf(parameters, context) }),
  ),

  ticket_urgent: defineTemplate(plain, Ticket, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.changed }),
  ),

  ticket_closed: defineTemplate(
    quoting,
    // Earlier versions closed resolved tickets only, and did not say so.
    z.object({ ...ticket, ...why, was_resolved: z.boolean().default(true) }),
    (parameters, context) =>
      ticketFilling(parameters, context, {
        act: acts.closed,
        quote: reasonOf(parameters, context),
        values: { was_resolved: parameters.was_resolved },
      }),
  ),

  ticket_closed_staff: defineTemplate(quoting, TicketWithReason, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.closed, quote: reasonOf(parameters, context) }),
  ),

  ticket_order_cancelled: defineTemplate(plain, TicketWithOrder, (parameters, context) =>
    ticketFilling(parameters, context, orderEnded(parameters)),
  ),

  ticket_order_expired: defineTemplate(plain, TicketWithOrder, (parameters, context) =>
    ticketFilling(parameters, context, orderEnded(parameters)),
  ),

  ticket_restored: defineTemplate(plain, Ticket, (parameters, context) =>
    ticketFilling(parameters, context, { act: acts.restored }),
  ),
}
