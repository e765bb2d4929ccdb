import { z } from 'zod'
import { type Db, many, planEachTime, type Sql, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { visibleCustomers } from '../../identity/customers/customers.policy.ts'

const Named = z.object({ account_id: z.string(), name: z.string() })
type Named = z.output<typeof Named>

/**
 * A condition: a reader of the history of a ticket, who sees the ticket, may read the name of an account `a` today.
 * Technicians know their colleagues, the customers of their tickets, and that of this ticket; customers themselves, and
 * who has the ticket.
 */
const mayBeNamed = (reader: User, ticketId: string): Sql => {
  const { tenantId, accountId, role } = reader
  if (role === 'admin') return sql`true`
  const ofTicket = (person: Sql): Sql => sql`a.account_id = (
    select ${person} from tickets t
    where t.tenant_id = ${tenantId} and t.ticket_number = ${numberOf(ticketId)} and t.deleted_at is null)`
  return role === 'technician'
    ? sql`(a.role <> 'customer' or ${ofTicket(sql`t.customer_id`)} or ${visibleCustomers(reader)})`
    : sql`(a.account_id = ${accountId} or ${ofTicket(sql`t.technician_id`)})`
}

/** The names of accounts that a reader of the history of a ticket may read today. */
export const listNamesInHistory = (db: Db, reader: User, ticketId: string, accountIds: string[]): Promise<Named[]> =>
  many(
    db,
    Named,
    planEachTime(sql`select a.account_id, a.name from accounts a
        where a.tenant_id = ${reader.tenantId} and a.account_id = any (${accountIds}::text[])
          and ${mayBeNamed(reader, ticketId)}`),
  )

/** The names of accounts, for admins. */
export const listNames = (db: Db, { tenantId }: User, accountIds: string[]): Promise<Named[]> =>
  many(
    db,
    Named,
    planEachTime(sql`select a.account_id, a.name from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = any (${accountIds}::text[])`),
  )
