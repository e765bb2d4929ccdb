import { type Sql, sql } from '../../platform/db/sql.ts'
import type { Actor, Technician, User } from '../auth/actor.ts'
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

/** Who may reopen or close a ticket they can see: its customer, its technician, admins. */
export const canReopenOrClose = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'admin' || ticket.customer_id === actor.accountId || ticket.technician_id === actor.accountId
