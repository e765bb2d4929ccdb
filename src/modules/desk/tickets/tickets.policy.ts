import type { Visibility } from '../../../contract/enums.ts'
import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, Technician, User } from '../../identity/accounts/actor.ts'
import type { Ticket, TicketChange } from './tickets.schemas.ts'

/**
 * Which tickets an actor sees, for every way there is to see one: admins all; technicians theirs, unassigned ones of
 * their category, and those they watch; customers their own. Deleted ones nobody. What is watched is gathered once a
 * statement, so that all three are found by an index; `exists` would be asked of every row.
 */
export const visibleTickets = (actor: Actor): Sql => {
  switch (actor.role) {
    case 'admin':
    case 'system':
      return sql`t.deleted_at is null`
    case 'technician':
      return sql`t.deleted_at is null and (t.technician_id = ${actor.accountId}
        or (t.technician_id is null and lower(t.issue_category) = lower(${actor.category}))
        or t.ticket_number = any (array(select k.ticket_number from ticket_watchers k
          where k.tenant_id = ${actor.tenantId} and k.account_id = ${actor.accountId})))`
    case 'customer':
      return sql`t.deleted_at is null and t.customer_id = ${actor.accountId}`
  }
}

/** The tags of a ticket `t` as an actor sees them: staff only. */
export const visibleTags = (actor: Actor): Sql => (actor.role === 'customer' ? sql`null::text[]` : sql`t.tags`)

const technicianMembers = new Set(['status', 'resolution_summary', 'priority', 'issue_category'])

/** A technician takes a ticket: it is nobody's, of their category, and they give it to themselves. */
const takes = (actor: Technician, ticket: Ticket, change: TicketChange): boolean =>
  ticket.technician_id === null &&
  change.technician_id === actor.accountId &&
  ticket.issue_category.toLowerCase() === actor.category.toLowerCase()

/**
 * The members of a change that the actor may not change on this ticket, which they can see. Admins may change all.
 * Technicians may work on a ticket that is theirs, or that they take by the same change, and only read what they watch;
 * customers change nothing here.
 */
export const forbiddenMembers = (actor: User, ticket: Ticket, change: TicketChange): string[] => {
  if (actor.role === 'admin') return []
  const members = Object.keys(change)
  if (actor.role === 'customer') return members
  const isTheirs = ticket.technician_id === actor.accountId
  const isTaken = takes(actor, ticket, change)
  if (!isTheirs && !isTaken) return members
  // To name oneself on a ticket that is one's own changes nothing.
  const namesThemselves = change.technician_id === actor.accountId
  return members.filter((member) => !technicianMembers.has(member) && !(member === 'technician_id' && namesThemselves))
}

const isTechnicianOf = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'technician' && ticket.technician_id === actor.accountId

const isCustomerOf = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'customer' && ticket.customer_id === actor.accountId

/** Working on a ticket (merging, linking, tagging it, and letting others watch it): admins, and its technician. */
export const workAccess = (actor: User, ticket: Ticket): Access =>
  writeIf(actor.role === 'admin' || isTechnicianOf(actor, ticket))

/** Commenting on a ticket and attaching files to it: those who work on it, and its customer in public. */
export const replyAccess = (actor: User, ticket: Ticket, visibility: Visibility): Access =>
  isCustomerOf(actor, ticket) ? writeIf(visibility === 'public') : workAccess(actor, ticket)

/** Reopening and closing a ticket: those who work on it, and its customer. */
export const reopenAndCloseAccess = (actor: User, ticket: Ticket): Access =>
  isCustomerOf(actor, ticket) ? 'write' : workAccess(actor, ticket)

/** Beginning and ending that an account watches a ticket: one's own on every ticket one sees, others' as `workAccess`. */
export const watchAccess = (actor: User, ticket: Ticket, accountId: string): Access =>
  accountId === actor.accountId ? 'write' : workAccess(actor, ticket)
