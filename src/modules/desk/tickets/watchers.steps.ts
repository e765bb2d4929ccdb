import { type Sql, sql } from '../../../platform/db/sql.ts'
import { wholeConversationOf } from './tickets.steps.ts'

/** As `watchersOf`, of the watchers `w` that fulfil a condition. */
const watchersWhere = (tenantId: Sql, ticketNumber: Sql, condition: Sql): Sql => sql`
  select w.account_id
  from (${wholeConversationOf(tenantId, ticketNumber)}) watched
  cross join lateral (
    select w.account_id from ticket_watchers w
    where w.tenant_id = ${tenantId} and w.ticket_number = watched.ticket_number and ${condition} offset 0) w`

/** The accounts that watch any ticket of the conversation that a ticket belongs to: a query of `account_id`. */
export const watchersOf = (tenantId: Sql, ticketNumber: Sql): Sql => watchersWhere(tenantId, ticketNumber, sql`true`)

/**
 * A condition: an account watches any ticket of the conversation that a ticket belongs to. The account is a part of the
 * key that is looked up, so that no other watchers are read.
 */
export const isWatcherOf = (accountId: Sql, tenantId: Sql, ticketNumber: Sql): Sql =>
  sql`exists (${watchersWhere(tenantId, ticketNumber, sql`w.account_id = ${accountId}`)})`

/**
 * The step that makes a technician, who is not deactivated and no admin by now, a watcher of a ticket because of a
 * merge. Gives the `account_id`; nothing when the account watches the ticket already.
 */
export const watchByMergeStep = (tenantId: number, ticketNumber: number, accountId: string): Sql => sql`
  insert into ticket_watchers (tenant_id, ticket_number, account_id, by_merge)
  select a.tenant_id, ${ticketNumber}, a.account_id, true from accounts a
  where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and a.role = 'technician'
    and a.status <> 'deactivated'
  on conflict do nothing
  returning account_id`

/** The step that ends what `watchByMergeStep` began. */
export const unwatchByMergeStep = (tenantId: number, ticketNumber: number): Sql => sql`
  delete from ticket_watchers k
  where k.tenant_id = ${tenantId} and k.ticket_number = ${ticketNumber} and k.by_merge
  returning k.account_id`
