import { z } from 'zod'
import { type Db, one, type Sql, sql } from '../../platform/db/sql.ts'
import { numberOf } from '../../platform/schemas.ts'
import type { Actor } from '../auth/actor.ts'
import { visibleTickets } from './tickets.policy.ts'

/**
 * What makes `t` an open child of a ticket: `from` and `where` of a query. A child that is merged into another is looked
 * after there.
 */
export const fromOpenChildrenOf = (tenantId: Sql, ticketNumber: Sql): Sql => sql`
  from ticket_links l
  join tickets t on t.tenant_id = l.tenant_id and t.ticket_number = l.ticket_number
  where l.tenant_id = ${tenantId} and l.other_number = ${ticketNumber} and l.kind = 'parent'
    and t.status not in ('resolved', 'closed') and t.deleted_at is null and t.merged_into_number is null`

const OpenChildren = z.object({ has_open: z.boolean(), named: z.array(z.string()) })

/** Whether a ticket has open children, and the first of those that the actor may hear of. */
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
          select t.ticket_number, t.ticket_id, ${visibleTickets(actor)} as is_visible
          ${fromOpenChildrenOf(sql`${actor.tenantId}`, sql`${numberOf(ticketId)}`)})
        select exists (select from open) as has_open,
          array(select o.ticket_id from open o where o.is_visible order by o.ticket_number limit ${limit}) as named`,
  )
