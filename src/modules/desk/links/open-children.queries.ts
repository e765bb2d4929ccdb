import { z } from 'zod'
import { type Db, one, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { visibleTickets } from '../tickets/tickets.policy.ts'
import { fromOpenChildrenOf } from './links.steps.ts'

const OpenChildren = z.object({ has_open: z.boolean(), named: z.array(z.string()) })

/** Whether a ticket has open children, and the first open children that the actor may see. */
export const findOpenChildren = (
  db: Db,
  actor: Actor,
  ticketId: string,
  limit: number,
): Promise<z.output<typeof OpenChildren>> =>
  one(
    db,
    OpenChildren,
    sql`with open as (
          select distinct t.ticket_number, t.ticket_id, ${visibleTickets(actor)} as is_visible
          ${fromOpenChildrenOf(sql`${actor.tenantId}`, sql`${numberOf(ticketId)}::bigint`)})
        select exists (select from open) as has_open,
          array(select o.ticket_id from open o where o.is_visible order by o.ticket_number limit ${limit}) as named`,
  )
