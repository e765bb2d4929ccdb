import { z } from 'zod'
import { type Patience, skipping } from '../../../platform/db/row-locks.ts'
import {
  type Db,
  many,
  maybeOne,
  one,
  planEachTime,
  type Sql,
  sql,
  type Tx,
  withinTime,
} from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { deletedUntil, restorableTickets } from './deleted-tickets.steps.ts'
import { actorConditions, ticketConditions } from './ticket-filters.steps.ts'
import { isBounded, isByResolution, listedTickets, listedWatched, listOrders } from './ticket-list.steps.ts'
import type { TicketFilter, TicketKey, TicketSort } from './ticket-query.schemas.ts'
import { firstFound, waysToFind } from './ticket-search.steps.ts'
import { visibleTickets, visibleUnmergedTickets, watchesMoreThan } from './tickets.policy.ts'
import { Ticket, TicketRow } from './tickets.schemas.ts'
import { ticketColumns, withNames } from './tickets.steps.ts'

export const findTicket = (db: Db, actor: Actor, ticketId: string): Promise<Ticket | null> =>
  maybeOne(
    db,
    Ticket,
    sql`select ${ticketColumns(actor)} from tickets t ${withNames}
        where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and ${visibleTickets(actor)}`,
  )

/** Tickets that the actor sees, by their ids. */
export const findTickets = async (db: Db, actor: Actor, ticketIds: string[]): Promise<Map<string, Ticket>> => {
  const tickets = await many(
    db,
    Ticket,
    sql`select ${ticketColumns(actor)} from tickets t ${withNames}
        where t.tenant_id = ${actor.tenantId} and t.ticket_number = any (${ticketIds.map(numberOf)}::bigint[])
          and ${visibleTickets(actor)}`,
  )
  return new Map(tickets.map((ticket) => [ticket.ticket_id, ticket]))
}

/**
 * Locks the tickets that the actor sees, in the order of their numbers, because two transactions that lock the same
 * tickets must not wait for each other crosswise. `leaves out`: those that another transaction holds are left out. The
 * names are read after the lock. Otherwise a transaction that had to wait would read the new technician with the name
 * of the earlier technician. The lock is `for no key update`, because the foreign keys of new rows hold the key: a
 * follow-up can be created while its ticket is being changed.
 * @returns the tickets by their ids.
 */
export const lockTickets = async (
  tx: Tx,
  actor: Actor,
  ticketIds: string[],
  patience: Patience = 'waits',
): Promise<Map<string, Ticket>> => {
  const tickets = await many(
    tx,
    Ticket,
    sql`with t as (
          select t.* from tickets t
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = any (${ticketIds.map(numberOf)}::bigint[])
            and ${visibleTickets(actor)}
          order by t.ticket_number for no key update ${skipping(patience)})
        select ${ticketColumns(actor)} from t ${withNames}`,
  )
  return new Map(tickets.map((ticket) => [ticket.ticket_id, ticket]))
}

const LockedTicket = Ticket.extend({ final_target: z.string() })

/**
 * Locks visible tickets and the final targets of their merges, in the order of their numbers. The statement finds the
 * final targets in its snapshot, so the caller must compare them with `final_target` of the locked tickets. Whether the
 * actor sees a merged ticket is up to its final target, so the caller must look again when that may have changed.
 */
export const lockWithFinalTargets = (
  tx: Tx,
  actor: Actor,
  ticketIds: string[],
): Promise<z.output<typeof LockedTicket>[]> =>
  many(
    tx,
    LockedTicket,
    sql`with t as (
          select t.* from tickets t
          where t.tenant_id = ${actor.tenantId}
            and t.ticket_number = any (array(
              select unnest(array[t.ticket_number, t.final_target_number]) from tickets t
              where t.tenant_id = ${actor.tenantId} and t.ticket_number = any (${ticketIds.map(numberOf)}::bigint[])
                and ${visibleTickets(actor)}))
            -- A condition beside the lock looks at the rows as they are when the lock is granted.
            and (t.ticket_number <> all (${ticketIds.map(numberOf)}::bigint[]) or ${visibleTickets(actor)})
          order by t.ticket_number for no key update)
        select ${ticketColumns(actor)},
          public_id('TKT', coalesce(t.final_target_number, t.ticket_number)) as final_target
        from t ${withNames}`,
  )

const Named = z.object({ ticket_id: z.string() })

/** The final target of a ticket's merges: the ticket itself when it is not merged. */
export const findFinalTarget = async (db: Db, tenantId: number, ticketId: string): Promise<string> => {
  const { ticket_id } = await one(
    db,
    Named,
    sql`select public_id('TKT', coalesce(t.final_target_number, t.ticket_number)) as ticket_id from tickets t
        where t.tenant_id = ${tenantId} and t.ticket_number = ${numberOf(ticketId)}`,
  )
  return ticket_id
}

/** A condition: a ticket comes after the key of a cursor. */
const isAfter = (sort: TicketSort, [value, number]: TicketKey): Sql => {
  const { column, type, isDescending } = listOrders[sort]
  const key = sql`(${value}::${type}, ${number}::bigint)`
  return isDescending ? sql`(${column}, t.ticket_number) < ${key}` : sql`(${column}, t.ticket_number) > ${key}`
}

/**
 * Whether the best plan of a list depends on the values: the list is searched for words, for tags, for what other
 * modules know of tickets, for what the actor watches, or for follow-ups, or has merged or deleted tickets.
 */
const isSearched = (filter: TicketFilter): boolean => filter.watching !== undefined || isSearchedElse(filter)

const isSearchedElse = ({ q, tag, tags_all, has, follow_up_of, merged, deleted }: TicketFilter): boolean =>
  (q ?? tag ?? tags_all ?? has ?? follow_up_of) !== undefined || merged === true || deleted === true

/** How many watched tickets are few enough to be looked up one by one. */
const fewWatched = 5_000

const Watching = z.object({ is_many: z.boolean() })

/** Whether a list is that of what somebody watches, who watches so many that they are found in the order of the list. */
const isOfManyWatched = async (db: Db, actor: Actor, filter: TicketFilter): Promise<boolean> => {
  if (filter.watching === undefined || isSearchedElse(filter)) return false
  return (await one(db, Watching, sql`select ${watchesMoreThan(actor, fewWatched)} as is_many`)).is_many
}

/** The columns of a list of deleted tickets. */
const deletedColumns = (actor: Actor, deletedDays: number): Sql =>
  sql`${ticketColumns(actor)}, t.deleted_at, ${deletedUntil(deletedDays)} as deleted_until`

/**
 * The conditions of a list of tickets `t` that is read at once and not in parts. What is found in ways of its own, such
 * as words, is not in them.
 */
export const searchedConditions = (actor: Actor, filter: TicketFilter, deletedDays: number): Sql[] => {
  const visible = filter.merged === true ? visibleTickets(actor) : visibleUnmergedTickets(actor)
  const listed = filter.deleted === true ? restorableTickets(deletedDays) : visible
  const isOfTenant = sql`t.tenant_id = ${actor.tenantId}`
  return [isOfTenant, listed, ...ticketConditions(filter), ...actorConditions(actor, filter)]
}

const searchedTickets = (
  actor: Actor,
  filter: TicketFilter,
  sort: TicketSort,
  inOrder: Sql[],
  limit: number,
  { conditions: given, deletedDays }: ListSettings,
): Sql => {
  const conditions = [
    ...searchedConditions(actor, filter, deletedDays),
    ...(isByResolution(sort) ? [sql`t.resolved_date is not null`] : []),
    ...inOrder,
  ]
  return firstFound(listOrders[sort], conditions, waysToFind(actor, filter, given), limit)
}

/** How lists are made. */
interface ListSettings {
  timeoutMs: number
  /** The conditions that other modules give, by the value of `has`. */
  conditions: Record<string, Sql>
  /** How long a deleted ticket can be restored. */
  deletedDays: number
  /** A list by `updated_at`, from the oldest on, has only changes from before this time. */
  settledBefore: string | null
}

/**
 * One more than `limit` of the tickets that the actor sees, or of the deleted ones that admins may restore, after the
 * cursor's key. The server cancels a list that may read many rows after `timeoutMs`.
 */
export const listTickets = async (
  db: Db,
  actor: Actor,
  filter: TicketFilter,
  sort: TicketSort,
  page: PageRequest<TicketKey>,
  settings: ListSettings,
): Promise<TicketRow[]> => {
  const { timeoutMs, deletedDays, settledBefore } = settings
  const { column, direction } = listOrders[sort]
  const isMany = await isOfManyWatched(db, actor, filter)
  const inOrder = [
    ...(page.after === null ? [] : [isAfter(sort, page.after)]),
    ...(settledBefore === null ? [] : [sql`t.updated_at < ${settledBefore}::timestamptz`]),
  ]
  // The parts of a list have the conditions of these three themselves.
  const { status: _, priority: __, technician_id, ...others } = filter
  const rest = actor.role === 'technician' ? others : { ...others, technician_id }
  const keys = isMany
    ? listedWatched(
        actor,
        filter,
        sort,
        [...ticketConditions({ ...others, technician_id }), ...inOrder],
        page.limit + 1,
      )
    : isSearched(filter)
      ? searchedTickets(actor, filter, sort, inOrder, page.limit + 1, settings)
      : listedTickets(actor, filter, sort, [...ticketConditions(rest), ...inOrder], page.limit + 1)
  const columns = filter.deleted === true ? deletedColumns(actor, deletedDays) : ticketColumns(actor)
  const statement = sql`select ${columns} from ${keys} k
    cross join lateral (
      select t.* from tickets t
      where t.tenant_id = ${actor.tenantId} and t.ticket_number = k.ticket_number limit 1) t
    ${withNames}
    order by ${column} ${direction}, t.ticket_number ${direction}`
  const isKept = !isSearched(filter) && isBounded(actor, filter, sort)
  // A bounded list needs no limit, and the limit costs a tenth of a millisecond.
  return many(db, TicketRow, isKept ? statement : withinTime(planEachTime(statement), timeoutMs))
}
