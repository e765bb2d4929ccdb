import { z } from 'zod'
import { type Db, one, type Sql, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { visibleTickets } from '../tickets/tickets.policy.ts'
import { fromOpenChildrenOf, parentsOf } from './links.steps.ts'

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

const ClosedParents = z.object({ has_closed: z.boolean(), named: z.array(z.string()) })

/**
 * Whether a ticket that is not merged has closed parents, and the first of them that the actor may see. The parents of
 * `exceptOf` are left out, if it is given.
 */
export const findClosedParents = (
  db: Db,
  actor: Actor,
  ticketId: string,
  exceptOf: string | null,
  limit: number,
): Promise<z.output<typeof ClosedParents>> => {
  const parents = (id: string): Sql => parentsOf(actor.tenantId, sql`${numberOf(id)}::bigint`)
  return one(
    db,
    ClosedParents,
    sql`with closed as (
          select t.ticket_number, t.ticket_id, ${visibleTickets(actor)} as is_visible from tickets t
          where t.tenant_id = ${actor.tenantId} and t.status = 'closed'
            and t.ticket_number = any (array(
              ${parents(ticketId)} ${exceptOf === null ? sql`` : sql`except ${parents(exceptOf)}`})))
        select exists (select from closed) as has_closed,
          array(select c.ticket_id from closed c where c.is_visible order by c.ticket_number limit ${limit}) as named`,
  )
}
