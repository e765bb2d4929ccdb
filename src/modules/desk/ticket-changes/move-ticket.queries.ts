import { z } from 'zod'
import { type Db, many, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { Ticket } from '../tickets/tickets.schemas.ts'
import { ticketColumns, withNames } from '../tickets/tickets.steps.ts'

/** The numbers of a ticket and of all tickets that are merged into it, deleted ones too: a step of a recursive `with`. */
const wholeConversationStep = (tenantId: number, ticketId: string): Sql => sql`
  whole_conversation (ticket_number) as (
    select ${numberOf(ticketId)}::bigint
    union
    select m.ticket_number from whole_conversation c
    join tickets m on m.tenant_id = ${tenantId} and m.merged_into_number = c.ticket_number)`

const Numbered = z.object({ ticket_number: z.int() })

const numbersOf = (rows: z.output<typeof Numbered>[]): number[] => rows.map(({ ticket_number }) => ticket_number)

/**
 * Locks a ticket and all tickets that are merged into it, in the order of their numbers. The statement finds them in its
 * snapshot, so the caller must compare with `listConversation` afterwards.
 */
export const lockConversation = async (tx: Tx, tenantId: number, ticketId: string): Promise<number[]> =>
  numbersOf(
    await many(
      tx,
      Numbered,
      sql`with recursive ${wholeConversationStep(tenantId, ticketId)}
          select t.ticket_number from tickets t
          where t.tenant_id = ${tenantId}
            and t.ticket_number = any (array(select c.ticket_number from whole_conversation c))
          order by t.ticket_number for no key update`,
    ),
  )

/** The numbers of a ticket and of all tickets that are merged into it, in order. */
export const listConversation = async (db: Db, tenantId: number, ticketId: string): Promise<number[]> =>
  numbersOf(
    await many(
      db,
      Numbered,
      sql`with recursive ${wholeConversationStep(tenantId, ticketId)}
          select t.ticket_number from tickets t
          where t.tenant_id = ${tenantId}
            and t.ticket_number = any (array(select c.ticket_number from whole_conversation c))
          order by t.ticket_number`,
    ),
  )

const Words = z.object({ has_words: z.boolean() })

/**
 * Whether customers other than the given one have written public comments on these tickets, deleted or not, or have
 * public files on them.
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
    sql`select exists (select from comments m ${author(sql`m`)} where ${byOthers(sql`m`)})
          or exists (
            select from attachments f ${author(sql`f`)} where ${byOthers(sql`f`)} and f.deleted_at is null) as has_words`,
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
