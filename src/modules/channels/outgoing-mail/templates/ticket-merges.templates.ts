import { z } from 'zod'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import { defineTemplate, type MailContext } from './letter.ts'
import { acts, ticket, ticketFilling } from './ticket-letter.ts'

/** `reopened`: the ticket was resolved, and the merge has reopened it. */
const TicketWithMerged = z.object({ ...ticket, merged_ticket_id: TicketId, reopened: z.boolean() })

const merged = (parameters: z.output<typeof TicketWithMerged>, context: MailContext) =>
  ticketFilling(parameters, context, {
    act: acts.merged,
    values: { merged_ticket_id: parameters.merged_ticket_id, is_reopened: parameters.reopened },
  })

/** Mails that tell that a ticket was merged into another one. */
export const ticketMergeTemplates = {
  ticket_merged_customer: defineTemplate(['facts', 'link'], TicketWithMerged, merged),
  ticket_merged: defineTemplate(['facts', 'link'], TicketWithMerged, merged),
}
