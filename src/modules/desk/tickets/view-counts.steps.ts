import { allOf, join, type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { viewsOf } from './ticket-counts.policy.ts'
import { countedAtMost, type TicketView } from './ticket-counts.schemas.ts'
import { type Counting, countOf, groupColumns, isListed } from './ticket-counts.steps.ts'
import { ticketConditions } from './ticket-filters.steps.ts'
import { watchedNumbers, watchesMoreThan } from './tickets.policy.ts'

/** The tickets that an actor watches, which are looked up by their numbers. */
const watchedOf = ({ actor, filter, watchedAtMost }: Counting): Sql => {
  const isWatched = sql`t.ticket_number = any (${watchedNumbers(actor, watchedAtMost)})`
  const conditions = [...isListed(actor.tenantId), ...ticketConditions(filter), isWatched]
  return sql`cross join lateral (
    select count(*) as count from (
      select 1 from tickets t where ${allOf(conditions)} limit ${countedAtMost + 1}) n) c`
}

/** The tickets of nobody. For technicians those are a part of their own list, and for the others a part of an index. */
const unassignedOf = (counting: Counting): Sql =>
  counting.actor.role === 'technician'
    ? countOf({ ...counting, filter: { ...counting.filter, technician_id: 'none' } }, [])
    : countOf(counting, [sql`t.technician_id is null`], { isOfOne: true, isUnassigned: true })

/** What somebody has. None of it is among the tickets that are seen by watching. */
const mineOf = (counting: Counting): Sql => {
  const filter = { ...counting.filter, technician_id: counting.actor.accountId ?? '' }
  return countOf({ ...counting, filter, watchedAtMost: 0 }, [])
}

const countOfView = (view: TicketView, counting: Counting): Sql => {
  switch (view) {
    case 'mine':
      return mineOf(counting)
    case 'unassigned':
      return unassignedOf(counting)
    case 'watching':
      return watchedOf(counting)
    case 'all':
      return countOf(counting, [])
  }
}

/** Whether watched tickets count in a list. Technicians see what they watch, so they may watch a ticket of nobody. */
const hasWatched = (view: TicketView, { role }: Actor): boolean =>
  view === 'watching' || (view !== 'mine' && role === 'technician')

/**
 * The lists of the staff, each by an index: a query of the columns of `groupColumns`. Somebody may watch any number of
 * tickets. The newest of them are looked at, and the count says that there may be more.
 */
export const viewsByIndex = (counting: Counting): Sql => {
  const { actor } = counting
  const bounded = { ...counting, watchedAtMost: countedAtMost }
  const groups = viewsOf(actor).map((view) => {
    const isCut = hasWatched(view, actor) ? watchesMoreThan(actor, countedAtMost) : sql`false`
    return sql`select ${groupColumns('view', { value: sql`g.value`, count: sql`c.count`, isCut })}
      from (select ${view}::text as value) g ${countOfView(view, bounded)}`
  })
  return join(groups, ' union all ')
}

/** Those lists, of the tickets `read` that were read one by one. `isCut`: whether there may be more of them. */
export const viewsRead = (actor: Actor, isCut: Sql): Sql => {
  const isIn: Record<TicketView, Sql> = {
    mine: sql`t.technician_id = ${actor.accountId}`,
    unassigned: sql`t.technician_id is null`,
    watching: sql`t.is_watched`,
    all: sql`true`,
  }
  const groups = viewsOf(actor).map((view) => {
    const count = sql`count(*) filter (where ${isIn[view]})`
    return sql`select ${groupColumns('view', { value: sql`${view}::text`, count, isCut })} from read t`
  })
  return join(groups, ' union all ')
}
