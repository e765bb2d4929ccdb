import type { Status, Visibility } from '../../../contract/enums.ts'
import type { EventType } from '../../../contract/events.ts'
import type { RegistrationKind } from '../../identity/customers/customers.schemas.ts'
import type { Case, Reason } from '../recipients/tellings.ts'
import type { TemplateName } from './templates/template-names.ts'

/** An account that is told of an event of this type for this reason gets a mail of this template. */
export interface MailChoice {
  type: EventType
  reason: Reason
  /** Only when the event gave the ticket this status. */
  statusAfter?: Status
  /** Only when this is so of the event. */
  onlyWhen?: Case
  /** Only of a comment of this visibility. */
  visibility?: Visibility
  /**
   * The detail of the event that is the address of the mail. Without it the mail goes to the address of the account.
   */
  to?: 'email' | 'email_before'
  template: TemplateName
}

/**
 * The first mail of a ticket. All other mails of the ticket name its Message-ID in References, so a mail reader shows
 * them as one thread.
 */
export const confirmation: TemplateName = 'ticket_created_customer'

/**
 * The mails about public files that no comment carries. A file comes first and its comment second, so these mails are
 * due later, and the files of one author within a minute make one mail.
 */
export const fileTemplates: TemplateName[] = ['files_customer', 'files_staff']

/** The mails to addresses that register, by what became of the registration. These addresses have no account. */
export const registrationMails: Record<RegistrationKind, TemplateName> = {
  confirm: 'registration_requested',
  known: 'registration_known',
  elsewhere: 'registration_elsewhere',
}

/** Which mail each recipient of an event gets. Without a line here a recipient gets no mail. */
export const mailChoices: MailChoice[] = [
  { type: 'customer.registered', reason: 'account', template: 'customer_registered' },
  { type: 'account.invited', reason: 'account', template: 'account_invited' },
  { type: 'account.role_changed', reason: 'account', template: 'account_role_changed' },
  { type: 'account.reactivated', reason: 'account', template: 'account_reactivated' },
  { type: 'password.reset_requested', reason: 'account', template: 'password_reset_requested' },
  { type: 'password.reset', reason: 'account', template: 'password_changed' },
  { type: 'password.changed', reason: 'account', template: 'password_changed' },
  { type: 'account.email_change_requested', reason: 'account', to: 'email', template: 'email_confirmation' },
  { type: 'account.email_change_requested', reason: 'account', template: 'email_change_requested' },
  { type: 'account.email_confirmation_requested', reason: 'account', template: 'email_confirmation' },
  { type: 'account.email_changed', reason: 'account', to: 'email_before', template: 'email_changed_before' },
  { type: 'account.email_changed', reason: 'account', onlyWhen: 'confirmed', template: 'email_changed' },
  { type: 'account.email_changed', reason: 'account', onlyWhen: 'unconfirmed', template: 'email_confirmation' },

  { type: 'api_token.created', reason: 'account', template: 'api_token_created' },

  { type: 'second_factor.enabled', reason: 'account', template: 'second_factor_enabled' },
  { type: 'second_factor.disabled', reason: 'account', template: 'second_factor_disabled' },
  { type: 'second_factor.reset', reason: 'account', template: 'second_factor_reset' },
  { type: 'second_factor.recovery_code_used', reason: 'account', template: 'recovery_code_used' },
  { type: 'second_factor.blocked', reason: 'account', template: 'second_factor_blocked' },

  { type: 'quota.half_used', reason: 'admin', template: 'quota_half_used' },
  { type: 'webhook.disabled', reason: 'owner', template: 'webhook_disabled' },
  { type: 'webhook.disabled', reason: 'admin', template: 'webhook_disabled' },

  { type: 'ticket.created', reason: 'customer', template: confirmation },
  { type: 'ticket.created', reason: 'admin', template: 'ticket_created_admin' },
  { type: 'ticket.assigned', reason: 'customer', template: 'ticket_assigned_customer' },
  { type: 'ticket.assigned', reason: 'technician', template: 'ticket_assigned_technician' },
  { type: 'ticket.assigned', reason: 'technician_before', template: 'ticket_reassigned_technician' },
  { type: 'ticket.status_changed', reason: 'customer', statusAfter: 'in_progress', template: 'ticket_in_progress' },
  { type: 'ticket.status_changed', reason: 'customer', statusAfter: 'waiting', template: 'ticket_waiting' },
  { type: 'ticket.resolved', reason: 'customer', template: 'ticket_resolved' },
  { type: 'ticket.reopened', reason: 'customer', template: 'ticket_reopened_customer' },
  { type: 'ticket.reopened', reason: 'technician', template: 'ticket_reopened' },
  { type: 'ticket.reopened', reason: 'admin_for_technician', template: 'ticket_reopened' },
  { type: 'ticket.reopened', reason: 'queue', template: 'ticket_reopened' },
  { type: 'ticket.closed', reason: 'customer', template: 'ticket_closed' },
  { type: 'ticket.closed', reason: 'technician', template: 'ticket_closed_staff' },
  { type: 'ticket.closed', reason: 'watcher', template: 'ticket_closed_staff' },
  { type: 'ticket.closed', reason: 'admin_for_technician', template: 'ticket_closed_staff' },
  { type: 'ticket.unassigned', reason: 'technician_before', template: 'ticket_reassigned_technician' },
  { type: 'ticket.unassigned', reason: 'queue', template: 'ticket_unassigned' },
  { type: 'ticket.updated', reason: 'technician', template: 'ticket_urgent' },
  { type: 'ticket.updated', reason: 'watcher', template: 'ticket_urgent' },
  { type: 'ticket.updated', reason: 'queue', onlyWhen: 'urgent', template: 'ticket_urgent' },
  { type: 'ticket.updated', reason: 'queue', onlyWhen: 'requeued', template: 'ticket_category_changed' },
  { type: 'ticket.moved', reason: 'customer', template: 'ticket_moved_customer' },
  { type: 'ticket.moved', reason: 'technician', template: 'ticket_moved_technician' },
  { type: 'ticket.absorbed', reason: 'customer', template: 'ticket_merged_customer' },
  { type: 'ticket.absorbed', reason: 'technician', template: 'ticket_merged' },
  { type: 'ticket.absorbed', reason: 'technician_of_merged', template: 'ticket_merged' },
  { type: 'ticket.absorbed', reason: 'watcher', template: 'ticket_merged' },
  { type: 'ticket.restored', reason: 'technician', template: 'ticket_restored' },
  { type: 'ticket.restored', reason: 'watcher', template: 'ticket_restored' },
  { type: 'ticket.restored', reason: 'admin_for_technician', template: 'ticket_restored' },
  { type: 'ticket.order_cancelled', reason: 'customer', template: 'ticket_order_cancelled' },
  { type: 'ticket.order_cancelled', reason: 'technician', template: 'ticket_order_cancelled' },
  { type: 'ticket.order_cancelled', reason: 'watcher', template: 'ticket_order_cancelled' },
  { type: 'ticket.order_cancelled', reason: 'admin_for_technician', template: 'ticket_order_cancelled' },
  { type: 'ticket.order_expired', reason: 'customer', template: 'ticket_order_expired' },
  { type: 'ticket.order_expired', reason: 'technician', template: 'ticket_order_expired' },
  { type: 'ticket.order_expired', reason: 'watcher', template: 'ticket_order_expired' },
  { type: 'ticket.order_expired', reason: 'admin_for_technician', template: 'ticket_order_expired' },

  { type: 'technician.deactivated', reason: 'admin', template: 'tickets_released' },
  { type: 'technician.deactivated', reason: 'colleague', template: 'tickets_released' },
  { type: 'account.role_changed', reason: 'admin', template: 'tickets_released' },
  { type: 'account.role_changed', reason: 'colleague', template: 'tickets_released' },

  { type: 'comment.added', reason: 'customer', template: 'comment_customer' },
  { type: 'comment.added', reason: 'mentioned', template: 'comment_mentioned' },
  { type: 'comment.added', reason: 'technician', visibility: 'public', template: 'comment_public' },
  { type: 'comment.added', reason: 'technician', visibility: 'internal', template: 'comment_internal' },
  { type: 'comment.added', reason: 'watcher', visibility: 'public', template: 'comment_public' },
  { type: 'comment.added', reason: 'watcher', visibility: 'internal', template: 'comment_internal' },
  { type: 'comment.added', reason: 'admin_for_technician', template: 'comment_public' },
  { type: 'comment.added', reason: 'queue', template: 'comment_internal' },

  { type: 'attachment.added', reason: 'customer', template: 'files_customer' },
  { type: 'attachment.added', reason: 'technician', template: 'files_staff' },
  { type: 'attachment.added', reason: 'watcher', template: 'files_staff' },
  { type: 'attachment.added', reason: 'admin_for_technician', template: 'files_staff' },
]
