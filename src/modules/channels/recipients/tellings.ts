import type { Role } from '../../../contract/enums.ts'
import type { EventType } from '../../../contract/events.ts'

/**
 * Why an account is told of an event:
 * - `account`: the event is about the account itself, and meant for nobody else
 * - `customer`: of the ticket
 * - `technician`: of the ticket, after the event
 * - `technician_before`: had the ticket before the event
 * - `technician_of_merged`: of the ticket that the event merged into the ticket
 * - `mentioned`: by the comment of the event
 * - `watcher`: of the ticket, or of a ticket that is merged into it
 * - `admin`: every active admin
 * - `admin_for_technician`: every active admin, while the ticket has no technician, or one who is deactivated
 * - `queue`: those who see the queue, while the ticket has no technician: every active admin, and every active
 *   technician of the ticket's category. While its technician is deactivated, the admins only, because no technician
 *   sees such a ticket
 * - `owner`: of the webhook that the event is about
 * - `colleague`: every active technician of the category of the technician whom the event is about
 */
export const reasons = [
  'account',
  'customer',
  'technician',
  'technician_before',
  'technician_of_merged',
  'mentioned',
  'watcher',
  'admin',
  'admin_for_technician',
  'queue',
  'owner',
  'colleague',
] as const
export type Reason = (typeof reasons)[number]

/**
 * What must be so of an event:
 * - `public`, `internal`: the visibility of the comment or file
 * - `urgent`: the ticket was raised to `urgent`
 * - `requeued`: the ticket got another category, so that others see it in the queue, and no other event of the change
 *   tells them: it was neither raised to `urgent` nor sent back to the queue
 * - `by_person`: a person did it, not the program; `by_program`: the program did it
 * - `not_by_deactivation`: it is not one of the many that follow from a deactivation or a change of a role
 * - `not_by_merge`: no merge did it, whose own event tells the account
 * - `not_first`: the password is not the first one of an invited account
 * - `confirmed`, `unconfirmed`: whether somebody has followed a link to the new address
 * - `released`: a deactivation, or a change of a role, gave tickets back
 * - `active`: the account is active after the event
 */
export type Case =
  | 'public'
  | 'internal'
  | 'urgent'
  | 'requeued'
  | 'by_person'
  | 'by_program'
  | 'not_by_deactivation'
  | 'not_by_merge'
  | 'released'
  | 'not_first'
  | 'confirmed'
  | 'unconfirmed'
  | 'active'

/** Accounts that have this reason are told of events of this type. */
export interface Telling {
  type: EventType
  reason: Reason
  /** The actor of the event is told, too, as by the confirmation of a new ticket. Otherwise actors are not told. */
  ownAct?: true
  /** Only when the actor of the event has this role. */
  onlyBy?: Role
  /** Only when this is so of the event. */
  onlyWhen?: Case
}

/**
 * Who is told of what: the one list, for every channel. Four more rules stand in `recipientSteps`: deactivated
 * accounts and service accounts are told nothing, customers are told nothing internal, and an account is told once of
 * an event, for its first reason in this list. The queue is told of an internal comment only when nobody watches the
 * ticket, and nobody is mentioned.
 */
export const tellings: Telling[] = [
  { type: 'customer.registered', reason: 'account', ownAct: true },
  { type: 'account.invited', reason: 'account', ownAct: true },
  { type: 'password.reset_requested', reason: 'account', ownAct: true },
  { type: 'password.reset', reason: 'account', ownAct: true, onlyWhen: 'not_first' },
  { type: 'password.changed', reason: 'account', ownAct: true },
  { type: 'account.email_change_requested', reason: 'account', ownAct: true },
  { type: 'account.email_confirmation_requested', reason: 'account', ownAct: true },
  { type: 'account.email_changed', reason: 'account', ownAct: true },
  { type: 'account.role_changed', reason: 'account', ownAct: true },
  { type: 'account.reactivated', reason: 'account', ownAct: true, onlyWhen: 'active' },

  { type: 'api_token.created', reason: 'account', ownAct: true },
  { type: 'second_factor.enabled', reason: 'account', ownAct: true },
  { type: 'second_factor.disabled', reason: 'account', ownAct: true },
  { type: 'second_factor.reset', reason: 'account' },
  { type: 'second_factor.recovery_code_used', reason: 'account', ownAct: true },
  { type: 'second_factor.blocked', reason: 'account', ownAct: true },

  { type: 'quota.half_used', reason: 'admin', ownAct: true },
  { type: 'webhook.disabled', reason: 'owner', onlyWhen: 'by_program' },
  { type: 'webhook.disabled', reason: 'admin', onlyWhen: 'by_program' },

  { type: 'ticket.created', reason: 'customer', ownAct: true },
  { type: 'ticket.created', reason: 'admin' },
  { type: 'ticket.assigned', reason: 'customer' },
  { type: 'ticket.assigned', reason: 'technician' },
  { type: 'ticket.assigned', reason: 'technician_before' },
  { type: 'ticket.status_changed', reason: 'customer' },
  { type: 'ticket.resolved', reason: 'customer' },
  { type: 'ticket.reopened', reason: 'customer', onlyWhen: 'not_by_merge' },
  { type: 'ticket.reopened', reason: 'technician' },
  { type: 'ticket.reopened', reason: 'admin_for_technician' },
  { type: 'ticket.reopened', reason: 'queue' },
  { type: 'ticket.closed', reason: 'customer' },
  { type: 'ticket.closed', reason: 'technician', onlyWhen: 'by_person' },
  { type: 'ticket.closed', reason: 'watcher', onlyWhen: 'by_person' },
  { type: 'ticket.closed', reason: 'admin_for_technician', onlyBy: 'customer' },
  { type: 'ticket.unassigned', reason: 'technician_before', onlyWhen: 'not_by_deactivation' },
  { type: 'ticket.unassigned', reason: 'queue', onlyWhen: 'not_by_deactivation' },
  { type: 'ticket.updated', reason: 'technician', onlyWhen: 'urgent' },
  { type: 'ticket.updated', reason: 'watcher', onlyWhen: 'urgent' },
  { type: 'ticket.updated', reason: 'queue', onlyWhen: 'urgent' },
  { type: 'ticket.updated', reason: 'queue', onlyWhen: 'requeued' },
  { type: 'ticket.moved', reason: 'customer' },
  { type: 'ticket.moved', reason: 'technician' },
  { type: 'ticket.absorbed', reason: 'customer' },
  { type: 'ticket.absorbed', reason: 'technician' },
  { type: 'ticket.absorbed', reason: 'technician_of_merged' },
  { type: 'ticket.absorbed', reason: 'watcher' },
  { type: 'ticket.restored', reason: 'technician' },
  { type: 'ticket.restored', reason: 'watcher' },
  { type: 'ticket.restored', reason: 'admin_for_technician' },
  { type: 'ticket.order_cancelled', reason: 'customer' },
  { type: 'ticket.order_cancelled', reason: 'technician' },
  { type: 'ticket.order_cancelled', reason: 'watcher' },
  { type: 'ticket.order_cancelled', reason: 'admin_for_technician' },
  { type: 'ticket.order_expired', reason: 'customer' },
  { type: 'ticket.order_expired', reason: 'technician' },
  { type: 'ticket.order_expired', reason: 'watcher' },
  { type: 'ticket.order_expired', reason: 'admin_for_technician' },

  { type: 'technician.deactivated', reason: 'admin', onlyWhen: 'released' },
  { type: 'technician.deactivated', reason: 'colleague', onlyWhen: 'released' },
  { type: 'account.role_changed', reason: 'admin', onlyWhen: 'released' },
  { type: 'account.role_changed', reason: 'colleague', onlyWhen: 'released' },

  { type: 'comment.added', reason: 'customer' },
  { type: 'comment.added', reason: 'mentioned', onlyWhen: 'internal' },
  { type: 'comment.added', reason: 'technician' },
  { type: 'comment.added', reason: 'watcher' },
  { type: 'comment.added', reason: 'admin_for_technician', onlyBy: 'customer' },
  { type: 'comment.added', reason: 'queue', onlyWhen: 'internal' },

  { type: 'attachment.added', reason: 'customer', onlyWhen: 'public' },
  { type: 'attachment.added', reason: 'technician', onlyWhen: 'public' },
  { type: 'attachment.added', reason: 'watcher', onlyWhen: 'public' },
  { type: 'attachment.added', reason: 'admin_for_technician', onlyBy: 'customer', onlyWhen: 'public' },
]
