import { z } from 'zod'
import type { LinkKind } from '../../../contract/enums.ts'
import { type Db, exec, many, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import { visibleTickets } from '../tickets/tickets.policy.ts'
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

/** The links of a ticket to visible tickets, as seen from the ticket. */
export const listLinks = (db: Db, actor: Actor, ticketId: string): Promise<Link[]> =>
  many(
    db,
    Link,
    sql`select l.kind, t.ticket_id, t.subject, t.status
        from (
          select l.kind, l.other_number as number from ticket_links l
          where l.tenant_id = ${actor.tenantId} and l.ticket_number = ${numberOf(ticketId)}
          union all
          select case l.kind when 'parent' then 'child' when 'duplicate' then 'duplicated_by' else l.kind end,
            l.ticket_number
          from ticket_links l
          where l.tenant_id = ${actor.tenantId} and l.other_number = ${numberOf(ticketId)}) l
        join tickets t on t.tenant_id = ${actor.tenantId} and t.ticket_number = l.number
        where ${visibleTickets(actor)}
        order by l.kind, t.ticket_number`,
  )

/**
 * Locks the hierarchy of a tenant until the transaction ends. Two links between four different tickets can close a
 * circle together, so locking the two tickets of a link is not enough.
 */
export const lockHierarchy = async (tx: Tx, tenantId: number): Promise<void> => {
  await exec(tx, sql`select from tenants t where t.tenant_id = ${tenantId} for no key update`)
}

const Surroundings = z.object({
  is_there: z.boolean(),
  is_opposite_there: z.boolean(),
  parent: z.string().nullable(),
  is_below: z.boolean(),
  depth: z.int(),
  count: z.int(),
})

/**
 * The surroundings of an edge before it is written: whether the edge and its opposite exist, the ticket's parent,
 * whether the other ticket is below the ticket, the other ticket's depth (1: it has no parent) up to `depth`, and the
 * larger number of links of the two tickets.
 */
export const findSurroundings = (
  tx: Tx,
  tenantId: number,
  { kind, ticketNumber, otherNumber }: Edge,
  depth: number,
): Promise<z.output<typeof Surroundings>> =>
  one(
    tx,
    Surroundings,
    sql`with recursive line (number, depth) as (
          select ${otherNumber}::bigint, 1
          union all
          select l.other_number, a.depth + 1 from line a
          join ticket_links l on l.tenant_id = ${tenantId} and l.ticket_number = a.number and l.kind = 'parent'
          where a.depth < ${depth})
        select
          exists (select from ticket_links l where l.tenant_id = ${tenantId} and l.kind = ${kind}
            and l.ticket_number = ${ticketNumber} and l.other_number = ${otherNumber}) as is_there,
          exists (select from ticket_links l where l.tenant_id = ${tenantId} and l.kind = ${kind}
            and l.ticket_number = ${otherNumber} and l.other_number = ${ticketNumber}) as is_opposite_there,
          (select public_id('TKT', l.other_number) from ticket_links l
            where l.tenant_id = ${tenantId} and l.ticket_number = ${ticketNumber} and l.kind = 'parent') as parent,
          exists (select from line a where a.number = ${ticketNumber}) as is_below,
          (select max(a.depth) from line a) as depth,
          (select max(n.own + n.others) from (
            select
              (select count(*) from ticket_links l where l.tenant_id = ${tenantId} and l.ticket_number = e.number) as own,
              (select count(*) from ticket_links l where l.tenant_id = ${tenantId} and l.other_number = e.number) as others
            from unnest(array[${ticketNumber}, ${otherNumber}]::bigint[]) as e (number)) n) as count`,
  )

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
