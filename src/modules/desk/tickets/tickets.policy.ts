import type { Visibility } from '../../../contract/enums.ts'
import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, Technician, User } from '../../identity/accounts/actor.ts'
import type { Ticket, TicketChange } from './tickets.schemas.ts'

/** A technician's own tickets `t`. */
export const ownTickets = ({ accountId }: Technician): Sql => sql`t.technician_id = ${accountId}`

/** The tickets `t` that a technician may take: the unassigned ones of their category. */
export const takeableTickets = ({ category }: Technician): Sql =>
  sql`t.technician_id is null and lower(t.issue_category) = lower(${category})`

/** The tickets `t` that a technician watches. Their numbers are read once for each statement. */
export const watchedTickets = ({ tenantId, accountId }: Technician): Sql =>
  sql`t.ticket_number = any (array(select k.ticket_number from ticket_watchers k
    where k.tenant_id = ${tenantId} and k.account_id = ${accountId}))`

/**
 * Which tickets `t` an actor sees, in every list, answer and search: admins all; technicians their own, those to take,
 * and those they watch; customers their own. Nobody sees deleted tickets.
 */
export const visibleTickets = (actor: Actor): Sql => {
  switch (actor.role) {
    case 'admin':
    case 'system':
      return sql`t.deleted_at is null`
    case 'technician':
      return sql`t.deleted_at is null
        and (${ownTickets(actor)} or (${takeableTickets(actor)}) or ${watchedTickets(actor)})`
    case 'customer':
      return sql`t.deleted_at is null and t.customer_id = ${actor.accountId}`
  }
}

/** The tags of a ticket `t` as an actor sees them: null for customers. */
export const visibleTags = (actor: Actor): Sql => (actor.role === 'customer' ? sql`null::text[]` : sql`t.tags`)

const technicianMembers = new Set(['status', 'resolution_summary', 'priority', 'issue_category'])

/** Whether a technician may take a ticket: the rule of `takeableTickets`. */
export const isTakeable = (actor: Technician, { technician_id, issue_category }: Ticket): boolean =>
  technician_id === null && issue_category.toLowerCase() === actor.category.toLowerCase()

/** Whether a change takes a ticket: the technician may take the ticket, and the change assigns it to them. */
const takes = (actor: Technician, ticket: Ticket, change: TicketChange): boolean =>
  change.technician_id === actor.accountId && isTakeable(actor, ticket)

/**
 * The members of a change that the actor may not change on this visible ticket. Admins may change all members.
 * Technicians may change some members of their own tickets, and of a ticket that they take by the same change. They
 * only read the tickets that they watch. Customers change nothing in this way.
 */
export const forbiddenMembers = (actor: User, ticket: Ticket, change: TicketChange): string[] => {
  if (actor.role === 'admin') return []
  const members = Object.keys(change)
  if (actor.role === 'customer') return members
  const isTheirs = ticket.technician_id === actor.accountId
  const isTaken = takes(actor, ticket, change)
  if (!isTheirs && !isTaken) return members
  // The technician of a ticket may name themselves, because that changes nothing.
  const namesThemselves = change.technician_id === actor.accountId
  return members.filter((member) => !technicianMembers.has(member) && !(member === 'technician_id' && namesThemselves))
}

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

/**
 * Adding and removing a watcher: all of the staff may add and remove themselves on a visible ticket. Who may add and
 * remove others is as in `workAccess`.
 */
export const watchAccess = (actor: User, ticket: Ticket, accountId: string): Access =>
  accountId === actor.accountId ? 'write' : workAccess(actor, ticket)

/** Changing and deleting a comment or an attachment: its author's, and every admin's. */
export const authorAccess = (actor: User, { author_id }: { author_id: string | null }): Access =>
  writeIf(actor.role === 'admin' || author_id === actor.accountId)

/** Which comments or attachments of a visible ticket an actor sees: customers the public ones. Nobody sees deleted ones. */
export const visibleEntries = (actor: Actor, entry: Sql): Sql =>
  actor.role === 'customer'
    ? sql`${entry}.deleted_at is null and ${entry}.visibility = 'public'`
    : sql`${entry}.deleted_at is null`
