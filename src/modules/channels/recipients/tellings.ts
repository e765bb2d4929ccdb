import type { Role } from '../../../contract/enums.ts'
import type { EventType } from '../../../contract/events.ts'

/**
 * Why an account is told of an event:
 * - `account`: the event is about the account itself, and meant for nobody else
 * - `customer`: of the ticket
 * - `technician`: of the ticket, after the event
 * - `technician_before`: had the ticket before the event
 * - `watcher`: of the ticket
 * - `admin`: every active admin
 * - `admin_for_technician`: every active admin, while the ticket has no technician, or one who is deactivated
 */
export type Reason =
  | 'account'
  | 'customer'
  | 'technician'
  | 'technician_before'
  | 'watcher'
  | 'admin'
  | 'admin_for_technician'

/** Of events of this type accounts are told for this reason. */
export interface Telling {
  type: EventType
  reason: Reason
  /** Also told of their own act, as by the confirmation of a new ticket. Otherwise nobody is. */
  ownAct?: true
  /** Only when somebody of this role did it. */
  onlyBy?: Role
}

/**
 * Who is told of what: the one list, for every channel. Three rules hold beyond it, and stand in `recipientSteps`: deactivated
 * accounts are told nothing, customers are told nothing internal, and nobody is told of an event twice: of several reasons
 * the first of this list is given.
 */
export const tellings: Telling[] = [
  { type: 'customer.registered', reason: 'account', ownAct: true },
  { type: 'account.invited', reason: 'account', ownAct: true },
  { type: 'password.reset_requested', reason: 'account', ownAct: true },

  { type: 'ticket.created', reason: 'customer', ownAct: true },
  { type: 'ticket.created', reason: 'admin' },
  { type: 'ticket.assigned', reason: 'customer' },
  { type: 'ticket.assigned', reason: 'technician' },
  { type: 'ticket.assigned', reason: 'technician_before' },
  { type: 'ticket.status_changed', reason: 'customer' },
  { type: 'ticket.resolved', reason: 'customer' },
  { type: 'ticket.reopened', reason: 'technician' },
  { type: 'ticket.reopened', reason: 'admin_for_technician' },
  { type: 'ticket.closed', reason: 'customer' },

  { type: 'comment.added', reason: 'customer' },
  { type: 'comment.added', reason: 'technician' },
  { type: 'comment.added', reason: 'watcher' },
  { type: 'comment.added', reason: 'admin_for_technician', onlyBy: 'customer' },
]
