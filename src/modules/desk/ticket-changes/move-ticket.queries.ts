import { z } from 'zod'
import { type Db, many, one, planEachTime, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { Ticket } from '../tickets/tickets.schemas.ts'
import { ticketColumns, withNames } from '../tickets/tickets.steps.ts'

const Numbered = z.object({ ticket_number: z.int() })

/**
 * Locks a ticket that is not merged and all tickets that are merged into it, deleted ones too, in the order of their
 * numbers. The caller has locked the hierarchy, so nobody merges meanwhile. Of a merged ticket: only the ticket itself.
 */
export const lockWhole = async (tx: Tx, tenantId: number, ticketId: string): Promise<number[]> => {
  const rows = await many(
    tx,
    Numbered,
    sql`select t.ticket_number from tickets t
        where t.tenant_id = ${tenantId}
          and (t.ticket_number = ${numberOf(ticketId)} or t.final_target_number = ${numberOf(ticketId)})
        order by t.ticket_number for no key update`,
  )
  return rows.map(({ ticket_number }) => ticket_number)
}

const Words = z.object({ has_words: z.boolean() })

/**
 * Whether customers other than the given one have written public comments on these tickets, deleted or not, or have
 * public files on them; or whether one of the tickets was closed with a reason, because nobody knows any more whose
 * words those are.
 */
export const hasWordsOfOthers = async (
  db: Db,
  tenantId: number,
  ticketNumbers: number[],
  customerId: string,
): Promise<boolean> => {
  const byOthers = (entry: Sql): Sql => sql`
    ${entry}.tenant_id = ${tenantId} and ${entry}.ticket_number = any (${ticketNumbers}::bigint[])
    and ${entry}.visibility = 'public' and ${entry}.author_id <> ${customerId} and a.role = 'customer'`
  const author = (entry: Sql): Sql => sql`
    join accounts a on a.tenant_id = ${entry}.tenant_id and a.account_id = ${entry}.author_id`
  const { has_words } = await one(
    db,
    Words,
    planEachTime(sql`select exists (select from comments m ${author(sql`m`)} where ${byOthers(sql`m`)})
          or exists (
            select from attachments f ${author(sql`f`)} where ${byOthers(sql`f`)} and f.deleted_at is null)
          or exists (
            select from tickets t
            where t.tenant_id = ${tenantId} and t.ticket_number = any (${ticketNumbers}::bigint[])
              and t.close_reason is not null) as has_words`),
  )
  return has_words
}

/**
 * Gives locked tickets another customer, and writes the event of the first of them: the ticket that the others are
 * merged into. The time is that of the statement, because the former customer may have written after the transaction
 * began.
 */
export const updateCustomer = (
  tx: Tx,
  actor: User,
  ticketId: string,
  ticketNumbers: number[],
  customerId: string,
  event: NewEvent,
): Promise<Ticket> =>
  one(
    tx,
    Ticket,
    sql`with moved as (
          update tickets t set customer_id = ${customerId}, moved_at = clock_timestamp(), updated_at = now(),
            version = t.version + case when t.ticket_number = ${numberOf(ticketId)} then 1 else 0 end
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = any (${ticketNumbers}::bigint[])
          returning t.*),
        logged as (${appendEvents([event])})
        select ${ticketColumns(actor)} from moved t ${withNames} where t.ticket_number = ${numberOf(ticketId)}`,
  )
