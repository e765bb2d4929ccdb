import { z } from 'zod'
import { AccountStatus, Role } from './enums.ts'
import { define, type EventDefinition, fact, origin } from './event-definition.ts'
import { notificationsChanged } from './notification-kinds.ts'

const nothing = {}
/** Whoever runs the program did it. They have no account, so the actor is the system. */
const byOperator = { by: z.literal('operator') }
const invitation = { reset_id: z.uuid(), expires_days: z.int() }
const confirmation = { confirmation_id: z.uuid(), expires_days: z.int() }

/** The part of the catalogue about accounts, and about the tenant that they are of: see `events.ts`. */
export const peopleEventTypes = {
  'admin.created': define('account', nothing),
  'admin.updated': define('account', { changes: { name: fact, email: fact } }),
  'admin.deactivated': define('account', { changes: { status: AccountStatus } }),
  'account.invited': define('account', { details: invitation }),
  /**
   * The account got another address. `email_before`: the address before, in the form that mails go to.
   * `confirmation_id`: an admin changed it, and a link that confirms the new address is mailed.
   */
  'account.email_changed': define('account', {
    changes: { email: fact },
    details: { ...origin, ...z.object(confirmation).partial().shape, email_before: fact },
  }),
  /** The person asked for another address. `email`: in the form that mails go to, where the link is mailed. */
  'account.email_change_requested': define('account', {
    details: { ...origin, ...confirmation, email: fact },
  }),
  /** The person asked for a link to the address that the account has, or came back with one that nobody confirmed. */
  'account.email_confirmation_requested': define('account', {
    details: { ...origin, ...confirmation, email: fact },
  }),
  /** The person changed their own account. */
  'account.updated': define('account', {
    changes: { name: fact, time_zone: fact, language: fact },
  }),
  /** The person chose how they are told. `by`: with the one-click unsubscription of a mail. */
  'account.notifications_changed': define('account', notificationsChanged),
  /** The person followed a link that was mailed to the address of the account. */
  'account.email_confirmed': define('account', nothing),
  /** `released`: how many tickets lost their technician by that. */
  'account.role_changed': define('account', { changes: { role: Role }, details: { released: z.int().optional() } }),
  /** Somebody who had a password is active again, with it. Others are invited again, by an event of its own. */
  'account.reactivated': define('account', { changes: { status: AccountStatus } }),
  /** `sessions`: how many sessions an admin ended. */
  'account.sessions_ended': define('account', { details: { sessions: z.int() } }),
  /** The link that confirms the address, when the person has not followed one already. */
  'customer.registered': define('account', {
    details: { confirmation_id: z.uuid().optional(), expires_days: z.int().optional() },
  }),
  /** Somebody asked to register where a link in a mail makes the account. The address is not kept here. */
  'registration.requested': define('tenant', { details: { registration_id: z.uuid(), expires_hours: z.int() } }),
  /** The operator of the program changed the name, or the host at which the tenant is reached. */
  'tenant.renamed': define('tenant', { changes: { name: fact }, details: byOperator }),
  'tenant.host_mapped': define('tenant', { changes: { host: fact }, details: byOperator }),
  /** Nobody signs in, and nothing happens, until the operator resumes the tenant. */
  'tenant.suspended': define('tenant', { details: byOperator }),
  'tenant.resumed': define('tenant', { details: byOperator }),
  /** The operator wants the tenant deleted. `deleted_after`: until then it can be taken back. */
  'tenant.deletion_requested': define('tenant', { details: { ...byOperator, deleted_after: z.iso.datetime() } }),
  'tenant.restored': define('tenant', { details: byOperator }),
  'customer.updated': define('account', { changes: { name: fact, email: fact } }),
  'customer.deactivated': define('account', { changes: { status: AccountStatus } }),
  'technician.created': define('account', nothing),
  'technician.updated': define('account', {
    changes: { name: fact, email: fact, phone_number: fact, category: fact, available: z.boolean() },
  }),
  /** `released`: how many tickets lost their technician by that. */
  'technician.deactivated': define('account', {
    changes: { status: AccountStatus },
    details: { released: z.int().optional() },
  }),
} as const satisfies Record<string, EventDefinition>
