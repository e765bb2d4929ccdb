import { z } from 'zod'
import { type Db, exec, many, planEachTime, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, appendEventsFrom, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { isPerson } from '../../identity/accounts/accounts.steps.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { wholeConversationOf } from './tickets.steps.ts'
import type { Undo } from './undoable.schemas.ts'
import { Watcher } from './watchers.schemas.ts'

/**
 * The watchers of the conversation that a ticket belongs to, without deactivated accounts, each once, with the tickets
 * that they watch.
 */
export const listWatchers = (db: Db, tenantId: number, ticketId: string): Promise<Watcher[]> =>
  many(
    db,
    Watcher,
    sql`select k.account_id, a.name, a.role,
          array_agg(public_id('TKT', k.ticket_number) order by k.ticket_number) as ticket_ids
        from (${wholeConversationOf(sql`${tenantId}`, sql`${numberOf(ticketId)}::bigint`)}) c
        cross join lateral (
          select k.account_id, k.ticket_number from ticket_watchers k
          where k.tenant_id = ${tenantId} and k.ticket_number = c.ticket_number offset 0) k
        cross join lateral (
          select a.name, a.role from accounts a
          where a.tenant_id = ${tenantId} and a.account_id = k.account_id and a.status <> 'deactivated' limit 1) a
        group by k.account_id, a.name, a.role
        order by k.account_id`,
  )

const Watchable = z.object({ account_id: z.string() })

/**
 * Locks the accounts of people of the staff that are not deactivated, in the order of their ids, until the transaction
 * ends. Answers with their ids.
 */
export const lockWatchables = async (tx: Tx, tenantId: number, accountIds: string[]): Promise<string[]> => {
  const accounts = await many(
    tx,
    Watchable,
    planEachTime(sql`select a.account_id from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = any (${accountIds}::text[])
          and a.role in ('admin', 'technician') and ${isPerson} and a.status <> 'deactivated'
        order by a.account_id for share`),
  )
  return accounts.map(({ account_id }) => account_id)
}

const Mentionable = z.object({
  name: z.string(),
  account_id: z.string(),
  /** Whether the person can watch, and so be mentioned. */
  is_available: z.boolean(),
  /** Whether they want to be told nothing of it. */
  is_silent: z.boolean(),
})
export type Mentionable = z.output<typeof Mentionable>

/**
 * Locks the people of the staff whom names mean, in the order of their ids: ids of accounts, and sign-in names of
 * technicians. `isSilent`: a condition on an account `a`.
 */
export const lockMentionables = (tx: Tx, tenantId: number, names: string[], isSilent: Sql): Promise<Mentionable[]> =>
  many(
    tx,
    Mentionable,
    sql`select n.name, a.account_id, a.status <> 'deactivated' as is_available, ${isSilent} as is_silent
        from unnest(${names}::text[]) as n (name)
        join accounts a on a.tenant_id = ${tenantId}
          and (a.account_id = n.name or (a.role = 'technician' and lower(a.sign_in_name) = lower(n.name)))
        where a.role in ('admin', 'technician') and ${isPerson}
        order by a.account_id for share of a`,
  )

/** Writes that accounts watch a ticket that they do not watch yet, and an event of each. */
export const insertWatchers = (
  tx: Tx,
  { actor, requestId, undo }: Act<User>,
  ticketId: string,
  accountIds: string[],
): Promise<number> =>
  exec(
    tx,
    sql`with added as (
          insert into ticket_watchers (tenant_id, ticket_number, account_id)
          select ${actor.tenantId}::integer, ${numberOf(ticketId)}::bigint, m.account_id
          from unnest(${accountIds}::text[]) m (account_id)
          returning account_id)
        ${appendEventsFrom({
          tenantId: sql`${actor.tenantId}::integer`,
          type: 'ticket.watcher_added',
          subjectId: sql`${ticketId}::text`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          details: sql`jsonb_strip_nulls(jsonb_build_object(
            'account_id', m.account_id, 'visibility', 'internal', 'undo_id', ${undo?.undoId ?? null}::text))`,
          requestId: sql`${requestId}`,
          from: sql`from added m order by m.account_id`,
        })}`,
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

/** A watcher because of a merge goes on to watch when the merge is undone, because somebody asked for it. */
export const keepWatcher = (tx: Tx, tenantId: number, ticketId: string, accountId: string): Promise<number> =>
  exec(
    tx,
    sql`update ticket_watchers k set by_merge = false
        where k.tenant_id = ${tenantId} and k.ticket_number = ${numberOf(ticketId)} and k.account_id = ${accountId}
          and k.by_merge`,
  )

/**
 * Writes that accounts no longer watch the conversation that a ticket belongs to, and an event of each ticket that each
 * account watched.
 */
export const deleteWatchers = (
  tx: Tx,
  { actor, requestId }: Act<User>,
  ticketId: string,
  accountIds: string[],
): Promise<number> =>
  exec(
    tx,
    sql`with conversation as materialized (
          ${wholeConversationOf(sql`${actor.tenantId}`, sql`${numberOf(ticketId)}::bigint`)}),
        removed as (
          delete from ticket_watchers k
          where k.tenant_id = ${actor.tenantId} and k.account_id = any (${accountIds}::text[])
            and k.ticket_number = any (array(select c.ticket_number from conversation c))
          returning k.ticket_number, k.account_id,
            (select nullif(c.final_target_number, k.ticket_number) from conversation c limit 1) as merged_into)
        ${appendEventsFrom({
          tenantId: sql`${actor.tenantId}::integer`,
          type: 'ticket.watcher_removed',
          subjectId: sql`public_id('TKT', r.ticket_number)`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          details: sql`jsonb_strip_nulls(jsonb_build_object('account_id', r.account_id,
            'merged_into', public_id('TKT', r.merged_into), 'visibility', 'internal'))`,
          requestId: sql`${requestId}`,
          from: sql`from removed r order by r.ticket_number`,
        })}`,
  )

const Added = z.object({ account_id: z.string() })

/** How many events a change writes on a ticket, at most. */
const eventsAtMost = 20

/** The accounts that became watchers of a ticket by a change that has an undo. */
export const listWatchersByUndo = (
  db: Db,
  tenantId: number,
  { asked_id, last_event_id }: Pick<Undo, 'asked_id' | 'last_event_id'>,
  undoId: string,
): Promise<z.output<typeof Added>[]> =>
  many(
    db,
    Added,
    sql`select e.details ->> 'account_id' as account_id
        from (
          select e.* from events e
          where e.tenant_id = ${tenantId} and e.subject_id = ${asked_id} and e.event_id <= ${last_event_id}
          order by e.event_id desc limit ${eventsAtMost}) e
        where e.type = 'ticket.watcher_added' and e.details ->> 'undo_id' = ${undoId}`,
  )
