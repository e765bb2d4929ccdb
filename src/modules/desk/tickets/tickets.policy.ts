import type { Visibility } from '../../../contract/enums.ts'
import { type Access, writeIf } from '../../../platform/access.ts'
import { join, nothing, type Sql, sql } from '../../../platform/db/sql.ts'
import { isSameButForCase } from '../../../platform/text-form.ts'
import type { Actor, Technician, User } from '../../identity/accounts/actor.ts'
import { isSameCategory } from '../../identity/technicians/technicians.steps.ts'
import { isUnresolved } from './tickets.lifecycle.ts'
import type { Ticket, TicketChange } from './tickets.schemas.ts'

/** Whose sight a condition is about: the values of one actor, or the columns of the accounts that a statement reads. */
export interface Viewer {
  accountId: Sql
  /** The category of a technician. */
  category: Sql
}

/** Whether a ticket is that of a technician. */
const isOwn = ({ accountId }: Viewer, ticket: Sql): Sql => sql`${ticket}.technician_id = ${accountId}`
/** Whether the technicians of a category may take a ticket. `isTakeable` is the same rule for a row. */
const isOpenTo = ({ category }: Viewer, ticket: Sql): Sql =>
  sql`${ticket}.technician_id is null and ${isSameCategory(sql`${ticket}.issue_category`, category)}`

/**
 * The ways in which technicians see a ticket that is not merged, besides watching it: conditions. Every statement that
 * asks who sees what is made of them.
 */
export const waysOfTechnicians = [isOwn, isOpenTo]

/** Whether a ticket is that of a customer, by the id of their account. */
export const isOfCustomer = (accountId: Sql, ticket: Sql): Sql => sql`${ticket}.customer_id = ${accountId}`

const viewerOf = ({ accountId, category }: Technician): Viewer => ({
  accountId: sql`${accountId}`,
  category: sql`${category}`,
})

/** A technician's own tickets `t`. */
export const ownTickets = (actor: Technician): Sql => isOwn(viewerOf(actor), sql`t`)

/** The tickets `t` that a technician may take: the unassigned ones of their category. */
export const takeableTickets = (actor: Technician): Sql => isOpenTo(viewerOf(actor), sql`t`)

/**
 * The numbers of the tickets that somebody watches, as an array that is read once for each statement. Who watches a
 * merged ticket watches its final target. A deleted ticket gives no sight. `atMost`: of so many of them, the newest.
 */
export const watchedNumbers = (actor: Actor, atMost?: number): Sql => sql`array(
  select coalesce(w.final_target_number, w.ticket_number) from (${watchingOf(actor, atMost)}) k
  cross join lateral (
    select w.ticket_number, w.final_target_number, w.deleted_at from tickets w
    where w.tenant_id = k.tenant_id and w.ticket_number = k.ticket_number limit 1) w
  where w.deleted_at is null)`

const watchingOf = ({ tenantId, accountId }: Actor, atMost?: number): Sql => sql`
  select k.tenant_id, k.ticket_number from ticket_watchers k
  where k.tenant_id = ${tenantId} and k.account_id = ${accountId}
  ${atMost === undefined ? nothing : sql`order by k.ticket_number desc limit ${atMost}`}`

/** A condition: somebody watches more than so many tickets. */
export const watchesMoreThan = (actor: Actor, count: number): Sql =>
  sql`(select count(*) > ${count} from (${watchingOf(actor, count + 1)}) n)`

/** The tickets `t`, none of them merged, that a technician watches; of the newest `atMost` of them. */
export const watchedTickets = (actor: Technician, atMost?: number): Sql => isWatchedBy(actor, sql`t`, atMost)

const isWatchedBy = (actor: Technician, ticket: Sql, atMost?: number): Sql =>
  sql`${ticket}.ticket_number = any (${watchedNumbers(actor, atMost)})`

/**
 * A condition: somebody watches a ticket that is not merged, or one that is merged into it. It looks at the one ticket,
 * and not at all that are watched, so it suits few tickets, and many watched ones.
 */
export const watchesThis = ({ tenantId, accountId }: Actor, ticket: Sql): Sql => {
  const isWatcher = (number: Sql): Sql => sql`exists (
    select from ticket_watchers k
    where k.tenant_id = ${tenantId} and k.ticket_number = ${number} and k.account_id = ${accountId} offset 0)`
  return sql`(${isWatcher(sql`${ticket}.ticket_number`)} or exists (
    select from tickets m
    where m.tenant_id = ${tenantId} and m.final_target_number = ${ticket}.ticket_number and m.deleted_at is null
      and ${isWatcher(sql`m.ticket_number`)} offset 0))`
}

/** A condition: a technician sees a ticket that is not merged. `isWatched`: the technician watches a ticket. */
const seesUnmerged = (viewer: Viewer, isWatched: (ticket: Sql) => Sql, ticket: Sql): Sql => {
  const ways = waysOfTechnicians.map((isSeen) => sql`(${isSeen(viewer, ticket)})`)
  return sql`(${join([...ways, isWatched(ticket)], ' or ')})`
}

/**
 * A condition: a technician sees a ticket, and a merged one by its final target. Whether it is deleted is not asked.
 */
export const seesAsTechnician = (viewer: Viewer, isWatched: (ticket: Sql) => Sql, ticket: Sql): Sql => sql`
  case when ${ticket}.final_target_number is null then ${seesUnmerged(viewer, isWatched, ticket)}
    else (
      select target.deleted_at is null and ${seesUnmerged(viewer, isWatched, sql`target`)} from tickets target
      where target.tenant_id = ${ticket}.tenant_id and target.ticket_number = ${ticket}.final_target_number limit 1) end`

const seesTicket = (actor: Technician): Sql =>
  seesAsTechnician(viewerOf(actor), (ticket) => watchesThis(actor, ticket), sql`t`)

/**
 * Which tickets `t` an actor sees, in every list, answer and search: admins all; technicians their own, those to take,
 * and those they watch; customers their own. A technician sees a merged ticket when they see its final target, and not
 * otherwise. Nobody sees deleted tickets.
 */
export const visibleTickets = (actor: Actor): Sql => {
  switch (actor.role) {
    case 'admin':
    case 'system':
      return sql`t.deleted_at is null`
    case 'technician':
      return sql`t.deleted_at is null and ${seesTicket(actor)}`
    case 'customer':
      return sql`t.deleted_at is null and ${isOfCustomer(sql`${actor.accountId}`, sql`t`)}`
  }
}

/**
 * The name of what an actor sees: actors with the same name see the same of each ticket, so that one statement can read
 * or lock for all of them. Those are the admins of a tenant, and otherwise the requests of one account.
 */
export const sightOf = (actor: Actor): string => {
  const { tenantId, role, accountId } = actor
  const isAll = role === 'admin' || role === 'system'
  return JSON.stringify([tenantId, role, isAll || accountId, role === 'technician' && actor.category])
}

/** The tickets `t` of `visibleTickets` that are not merged, in a form for which the planner finds indexes. */
export const visibleUnmergedTickets = (actor: Actor): Sql =>
  actor.role === 'technician'
    ? sql`t.deleted_at is null and t.merged_into_number is null
        and ${seesUnmerged(viewerOf(actor), (ticket) => isWatchedBy(actor, ticket), sql`t`)}`
    : sql`${visibleTickets(actor)} and t.merged_into_number is null`

/**
 * The ticket that a ticket `t` follows, as an actor sees it: null when the actor does not see that ticket. In the
 * innermost query `t` is the ticket that is followed.
 */
export const visibleFollowUpOf = (actor: Actor): Sql => sql`case when t.follow_up_of_number is not null then (
    select t.ticket_id from (select t.tenant_id, t.follow_up_of_number) followed (tenant_id, ticket_number)
    join tickets t on t.tenant_id = followed.tenant_id and t.ticket_number = followed.ticket_number
    where ${visibleTickets(actor)}) end`

/** The tags of a ticket `t` as an actor sees them: null for customers. */
export const visibleTags = (actor: Actor): Sql => (actor.role === 'customer' ? sql`null::text[]` : sql`t.tags`)

/**
 * Who sees a ticket that is not merged, besides its watchers: its technician, or those who may take it. For the details
 * of an event by which they may lose sight of it, or of what is merged into it.
 */
export const seenBy = ({ technician_id, issue_category }: Pick<Ticket, 'technician_id' | 'issue_category'>) =>
  technician_id === null ? { left_queue: issue_category } : { technician_id }

const technicianMembers = new Set(['status', 'resolution_summary', 'priority', 'issue_category'])
const customerMembers = new Set(['subject', 'issue_description'])

/** Whether a technician may take a ticket: the rule of `takeableTickets`. */
export const isTakeable = (actor: Technician, { technician_id, issue_category }: Ticket): boolean =>
  technician_id === null && isSameButForCase(issue_category, actor.category)

/** Whether a change takes a ticket: the technician may take the ticket, and the change assigns it to them. */
const takes = (actor: Technician, ticket: Ticket, change: TicketChange): boolean =>
  change.technician_id === actor.accountId && isTakeable(actor, ticket)

/**
 * The members that a technician may change: of their own tickets, and of a ticket that they take by the same change.
 */
const membersOfTechnician = (actor: Technician, ticket: Ticket, change: TicketChange): Set<string> => {
  if (takes(actor, ticket, change)) return new Set([...technicianMembers, 'technician_id'])
  if (ticket.technician_id !== actor.accountId) return new Set()
  // They hand on and give back what is not resolved yet. Naming themselves changes nothing.
  const isHandable = isUnresolved(ticket.status) || change.technician_id === actor.accountId
  return isHandable ? new Set([...technicianMembers, 'technician_id']) : technicianMembers
}

/**
 * The members of a change that the actor may not change on this visible ticket. Admins may change all members,
 * technicians some members of their tickets, and customers the texts of their own tickets while nobody has begun with
 * them. Technicians only read the tickets that they watch.
 */
export const forbiddenMembers = (actor: User, ticket: Ticket, change: TicketChange): string[] => {
  if (actor.role === 'admin') return []
  const isCorrectable = isCustomerOf(actor, ticket) && ticket.status === 'new'
  const allowed =
    actor.role === 'technician'
      ? membersOfTechnician(actor, ticket, change)
      : isCorrectable
        ? customerMembers
        : new Set<string>()
  return Object.keys(change).filter((member) => !allowed.has(member))
}

/**
 * Whether the actor may give a ticket of a category to a technician: admins to every technician, technicians to
 * themselves and to those of the category.
 */
export const mayHandTo = (
  actor: User,
  technician: { technician_id: string; category: string },
  category: string,
): boolean =>
  actor.role === 'admin' ||
  technician.technician_id === actor.accountId ||
  isSameButForCase(technician.category, category)

const isTechnicianOf = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'technician' && ticket.technician_id === actor.accountId

const isCustomerOf = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'customer' && ticket.customer_id === actor.accountId

/** Working on a ticket (merging, linking and tagging it, and choosing who watches it): admins, and its technician. */
export const workAccess = (actor: User, ticket: Ticket): Access =>
  writeIf(actor.role === 'admin' || isTechnicianOf(actor, ticket))

/**
 * Commenting on a visible ticket and attaching files to it. In public: those who work on it, and its customer.
 * Internally: all of the staff. A technician sees only their own tickets, those to take, and those that they watch.
 */
export const replyAccess = (actor: User, ticket: Ticket, visibility: Visibility): Access => {
  if (isCustomerOf(actor, ticket)) return writeIf(visibility === 'public')
  return actor.role !== 'customer' && visibility === 'internal' ? 'write' : workAccess(actor, ticket)
}

/** Reopening and closing a ticket: those who work on it, and its customer. */
export const reopenAndCloseAccess = (actor: User, ticket: Ticket): Access =>
  isCustomerOf(actor, ticket) ? 'write' : workAccess(actor, ticket)

/** Closing a ticket that is not resolved: admins, and its customer. Technicians resolve it first. */
export const mayCloseUnresolved = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'admin' || isCustomerOf(actor, ticket)

/**
 * Adding and removing a watcher: all of the staff may add and remove themselves on a visible ticket. Who may add and
 * remove others is as in `workAccess`.
 */
export const watchAccess = (actor: User, ticket: Ticket, accountId: string): Access =>
  accountId === actor.accountId ? 'write' : workAccess(actor, ticket)

/** Changing and deleting a comment or an attachment: its author's, and every admin's. */
export const authorAccess = (actor: User, { author_id }: { author_id: string | null }): Access =>
  writeIf(actor.role === 'admin' || author_id === actor.accountId)

/**
 * Which comments or attachments of a visible ticket an actor sees: customers the public ones. Nobody sees deleted ones.
 */
export const visibleEntries = (actor: Actor, entry: Sql): Sql =>
  actor.role === 'customer'
    ? sql`${entry}.deleted_at is null and ${entry}.visibility = 'public'`
    : sql`${entry}.deleted_at is null`
