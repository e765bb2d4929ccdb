import { z } from 'zod'
import type { LinkKind } from '../../../contract/enums.ts'
import { type Db, exec, many, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import { visibleTickets } from '../tickets/tickets.policy.ts'
import { conversationOf } from '../tickets/tickets.steps.ts'
import { Link } from './links.schemas.ts'

/** A link as it is stored. `related` has no direction, so its smaller number comes first. */
export interface Edge {
  kind: LinkKind
  ticketNumber: number
  otherNumber: number
}

export const edgeOf = (kind: LinkKind, ticketId: string, otherId: string): Edge => {
  const [ticket, other] = [numberOf(ticketId), numberOf(otherId)]
  const isTurned = kind === 'related' && ticket > other
  return { kind, ticketNumber: isTurned ? other : ticket, otherNumber: isTurned ? ticket : other }
}

/**
 * The links of a ticket, and of the tickets that are merged into it, to visible tickets of other conversations, as seen
 * from the ticket.
 */
export const listLinks = (db: Db, actor: Actor, ticketId: string, limit: number): Promise<Link[]> =>
  many(
    db,
    Link,
    sql`select l.kind, public_id('TKT', c.ticket_number) as of_ticket_id, t.ticket_id, t.subject, t.status
        from (${conversationOf(actor.tenantId, numberOf(ticketId))}) c
        cross join lateral (
          select l.kind, l.other_number as number from ticket_links l
          where l.tenant_id = ${actor.tenantId} and l.ticket_number = c.ticket_number
          union all
          select case l.kind when 'parent' then 'child' when 'duplicate' then 'duplicated_by' else l.kind end,
            l.ticket_number
          from ticket_links l
          where l.tenant_id = ${actor.tenantId} and l.other_number = c.ticket_number) l
        cross join lateral (
          select t.* from tickets t
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = l.number limit 1) t
        where ${visibleTickets(actor)}
          and coalesce(t.final_target_number, t.ticket_number) <> (
            select coalesce(s.final_target_number, s.ticket_number) from tickets s
            where s.tenant_id = ${actor.tenantId} and s.ticket_number = ${numberOf(ticketId)})
        order by l.kind, t.ticket_number, c.ticket_number limit ${limit}`,
  )

const Surroundings = z.object({
  is_there: z.boolean(),
  is_opposite_there: z.boolean(),
  has_parent: z.boolean(),
  parent: z.string().nullable(),
})

/**
 * The surroundings of an edge before it is written: whether the edge and its opposite exist, and whether the ticket has
 * a parent and which, if the actor sees the parent.
 */
export const findSurroundings = (
  tx: Tx,
  actor: Actor,
  { kind, ticketNumber, otherNumber }: Edge,
): Promise<z.output<typeof Surroundings>> => {
  const { tenantId } = actor
  return one(
    tx,
    Surroundings,
    sql`with parents as (
          select l.other_number as number from ticket_links l
          where l.tenant_id = ${tenantId} and l.ticket_number = ${ticketNumber} and l.kind = 'parent')
        select
          exists (select from ticket_links l where l.tenant_id = ${tenantId} and l.kind = ${kind}
            and l.ticket_number = ${ticketNumber} and l.other_number = ${otherNumber}) as is_there,
          exists (select from ticket_links l where l.tenant_id = ${tenantId} and l.kind = ${kind}
            and l.ticket_number = ${otherNumber} and l.other_number = ${ticketNumber}) as is_opposite_there,
          exists (select from parents) as has_parent,
          (select t.ticket_id from parents p
            cross join lateral (
              select t.ticket_id from tickets t
              where t.tenant_id = ${tenantId} and t.ticket_number = p.number and ${visibleTickets(actor)} limit 1) t
          ) as parent`,
  )
}

/** Writes a link, and its events. */
export const insertLink = (
  tx: Tx,
  actor: User,
  { kind, ticketNumber, otherNumber }: Edge,
  events: NewEvent[],
): Promise<number> =>
  exec(
    tx,
    sql`with linked as (
          insert into ticket_links (tenant_id, ticket_number, kind, other_number, created_by)
          values (${actor.tenantId}, ${ticketNumber}, ${kind}, ${otherNumber}, ${actor.accountId}))
        ${appendEvents(events)}`,
  )

/** Deletes a link. Answers with the number: one or none. */
export const deleteLink = (tx: Tx, tenantId: number, { kind, ticketNumber, otherNumber }: Edge): Promise<number> =>
  exec(
    tx,
    sql`delete from ticket_links l
        where l.tenant_id = ${tenantId} and l.ticket_number = ${ticketNumber} and l.kind = ${kind}
          and l.other_number = ${otherNumber}`,
  )
