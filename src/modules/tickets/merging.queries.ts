import { z } from 'zod'
import { type Db, many, one, sql, type Tx } from '../../platform/db/sql.ts'
import { numberOf } from '../../platform/schemas.ts'
import type { Actor } from '../auth/actor.ts'
import { conversationOf } from './merging.policy.ts'
import { visibleTickets } from './tickets.policy.ts'
import { ticketColumns, withNames } from './tickets.queries.ts'
import { Ticket } from './tickets.schemas.ts'

/**
 * Locks those of these tickets that the actor sees, in the order of their numbers: two who lock the same ones wait for
 * each other, never crosswise.
 */
export const lockTickets = (tx: Tx, actor: Actor, ticketIds: string[]): Promise<Ticket[]> =>
  many(
    tx,
    Ticket,
    sql`with t as (
          select t.* from tickets t
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = any (${ticketIds.map(numberOf)}::bigint[])
            and ${visibleTickets(actor)}
          order by t.ticket_number for no key update)
        select ${ticketColumns(actor)} from t ${withNames}`,
  )

/**
 * Merges a ticket into another, or undoes it with null. The other one's time is that of its conversation, which is another
 * from now on; its version stays.
 */
export const updateMergedInto = (
  tx: Tx,
  actor: Actor,
  ticketId: string,
  into: string | null,
  otherId: string,
): Promise<Ticket> =>
  one(
    tx,
    Ticket,
    sql`with t as (
          update tickets set merged_into_number = ${into === null ? null : numberOf(into)}, updated_at = now(),
            version = version + 1
          where tenant_id = ${actor.tenantId} and ticket_number = ${numberOf(ticketId)}
          returning *),
        other as (
          update tickets set updated_at = now()
          where tenant_id = ${actor.tenantId} and ticket_number = ${numberOf(otherId)})
        select ${ticketColumns(actor)} from t ${withNames}`,
  )

const Named = z.object({ ticket_id: z.string() })

/** Where a ticket's merges lead: the ticket that is not merged itself. `union` ends in a circle, too, though none can be. */
export const findMergeEnd = async (db: Db, tenantId: number, ticketId: string): Promise<string> => {
  const { ticket_id } = await one(
    db,
    Named,
    sql`with recursive chain (ticket_number, merged_into_number) as (
          select t.ticket_number, t.merged_into_number from tickets t
          where t.tenant_id = ${tenantId} and t.ticket_number = ${numberOf(ticketId)}
          union
          select t.ticket_number, t.merged_into_number from chain c
          join tickets t on t.tenant_id = ${tenantId} and t.ticket_number = c.merged_into_number)
        select public_id('TKT', c.ticket_number) as ticket_id from chain c where c.merged_into_number is null`,
  )
  return ticket_id
}

const Count = z.object({ count: z.int() })

/** How many tickets there are in the conversations of two. */
export const countTicketsOfBoth = async (
  db: Db,
  tenantId: number,
  ticketId: string,
  otherId: string,
): Promise<number> => {
  const { count } = await one(
    db,
    Count,
    sql`select (select count(*) from (${conversationOf(tenantId, numberOf(ticketId))}) a)
          + (select count(*) from (${conversationOf(tenantId, numberOf(otherId))}) b) as count`,
  )
  return count
}

/** The first tickets that are merged into one directly. */
export const listMergedInto = async (db: Db, tenantId: number, ticketId: string, limit: number): Promise<string[]> => {
  const rows = await many(
    db,
    Named,
    sql`select t.ticket_id from tickets t
        where t.tenant_id = ${tenantId} and t.merged_into_number = ${numberOf(ticketId)} and t.deleted_at is null
        order by t.ticket_number limit ${limit}`,
  )
  return rows.map(({ ticket_id }) => ticket_id)
}
