import { z } from 'zod'
import { TicketId } from '../../../desk/tickets/tickets.schemas.ts'
import { defineTemplate } from './letter.ts'
import { ticket, ticketLetter, whoMayTake } from './ticket-letter.ts'

/** `reopened`: the ticket was resolved, and the merge has reopened it. */
const TicketWithMerged = z.object({ ...ticket, merged_ticket_id: TicketId, reopened: z.boolean() })

/** Mails that tell that a ticket was merged into another one. */
export const ticketMergeTemplates = {
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
        ...whoMayTake(parameters),
      ],
      act: 'Merged by',
    }),
  ),
}
