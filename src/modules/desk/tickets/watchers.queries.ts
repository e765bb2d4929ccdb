import { type Db, exec, many, maybeOne, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { Watcher } from './watchers.schemas.ts'

/** The watchers of a ticket, without deactivated accounts. */
export const listWatchers = (db: Db, tenantId: number, ticketId: string): Promise<Watcher[]> =>
  many(
    db,
    Watcher,
    sql`select k.account_id, a.name, a.role from ticket_watchers k
        join accounts a on a.tenant_id = k.tenant_id and a.account_id = k.account_id
        where k.tenant_id = ${tenantId} and k.ticket_number = ${numberOf(ticketId)} and a.status <> 'deactivated'
        order by k.account_id`,
  )

/** Locks an account of the staff that is not deactivated, until the transaction ends; null for every other account. */
export const lockWatchable = (tx: Tx, tenantId: number, accountId: string): Promise<Watcher | null> =>
  maybeOne(
    tx,
    Watcher,
    sql`select a.account_id, a.name, a.role from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and a.role in ('admin', 'technician')
          and a.status <> 'deactivated'
        for share`,
  )

/** Writes that an account watches a ticket, and the event. */
export const insertWatcher = (tx: Tx, ticketId: string, accountId: string, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with added as (
          insert into ticket_watchers (tenant_id, ticket_number, account_id)
          values (${event.tenantId}, ${numberOf(ticketId)}, ${accountId}))
        ${appendEvents([event])}`,
  )

/** Writes that an account no longer watches a ticket, and the event. */
export const deleteWatcher = (tx: Tx, ticketId: string, accountId: string, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with removed as (
          delete from ticket_watchers k
          where k.tenant_id = ${event.tenantId} and k.ticket_number = ${numberOf(ticketId)}
            and k.account_id = ${accountId})
        ${appendEvents([event])}`,
  )
