import { z } from 'zod'
import { LinkKind, Status } from '../../../contract/enums.ts'
import { TicketId } from '../tickets/tickets.schemas.ts'

/** How many links a conversation may have. The limit is there because a request reads all of them. */
export const linksAtMost = 200
/** How deep a hierarchy of links may be. */
export const depthAtMost = 16

export const LinkParams = z.object({
  ticketId: TicketId,
  kind: LinkKind.meta({ examples: ['related'] }),
  otherTicketId: TicketId.meta({ description: 'Another ticket, like TKT0188.', examples: ['TKT0188'] }),
})
export type LinkNames = z.output<typeof LinkParams>

export const Link = z
  .object({
    kind: z.enum(['parent', 'child', 'related', 'duplicate', 'duplicated_by']).meta({
      id: 'LinkSide',
      description:
        'What the linked ticket is to the ticket of the request. `duplicate`: the linked ticket is the original.',
    }),
    of_ticket_id: z.string().meta({
      description: 'The ticket that has the link: the ticket of the request, or one that is merged into it.',
    }),
    ticket_id: z.string(),
    subject: z.string(),
    status: Status,
  })
  .meta({ id: 'Link' })
export type Link = z.output<typeof Link>

export const LinkSet = z.object({ links: z.array(Link) }).meta({ id: 'LinkSet' })
export type LinkSet = z.output<typeof LinkSet>
