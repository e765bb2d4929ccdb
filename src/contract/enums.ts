import { z } from 'zod'

/** The roles of people. The program itself acts as `system`, and no one can sign in with that role. */
export const Role = z
  .enum(['admin', 'technician', 'customer'])
  .meta({ id: 'Role', description: 'What a person may do here.' })
export type Role = z.output<typeof Role>

/** The role of an event's actor: a person's role, or `system` for the program. */
export const ActorRole = z
  .enum([...Role.options, 'system'])
  .meta({ id: 'ActorRole', description: 'The role of who acted; `system` for the program.' })
export type ActorRole = z.output<typeof ActorRole>

/** `invited`: no password yet. `deactivated`: may not sign in. */
export const AccountStatus = z.enum(['invited', 'active', 'deactivated']).meta({
  id: 'AccountStatus',
  description: '`invited`: no password yet. `deactivated`: may not sign in.',
})
export type AccountStatus = z.output<typeof AccountStatus>

/** A language that the program speaks. */
export const Language = z.enum(['en', 'de']).meta({ id: 'Language', description: 'English or German.' })
export type Language = z.output<typeof Language>

/**
 * Who may register as a customer of a tenant. `open`: everybody, and has an account at once. `confirmed`: everybody who
 * follows a link in a mail. `by_domain`: as `confirmed`, with an address of a listed domain only. `closed`: nobody.
 */
export const RegistrationMode = z.enum(['open', 'confirmed', 'by_domain', 'closed']).meta({
  id: 'RegistrationMode',
  description:
    'Who may register as a customer. `open`: everybody, and has an account at once. `confirmed`: everybody, who then follows ' +
    'a link in a mail. `by_domain`: as `confirmed`, with an address of a listed domain only. `closed`: nobody.',
})
export type RegistrationMode = z.output<typeof RegistrationMode>

/** From the least to the most urgent. */
export const Priority = z
  .enum(['low', 'normal', 'high', 'urgent'])
  .meta({ id: 'Priority', description: 'From the least to the most urgent.' })
export type Priority = z.output<typeof Priority>

/** The status of a ticket. `ticket-moves.ts` has the transitions between them. */
export const Status = z.enum(['new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed']).meta({
  id: 'TicketStatus',
  description:
    '`new`: nobody has the ticket. `assigned`: a technician has it. `in_progress`: they work on it. `waiting`: for somebody ' +
    'or something else. `resolved`: done; it can still be reopened. `closed`: over.',
})
export type Status = z.output<typeof Status>

/** How a customer reached the desk. */
export const Source = z.enum(['phone', 'email', 'chat', 'in_person']).meta({
  id: 'TicketSource',
  description: 'How the customer reached the desk: `phone`, `email`, `chat`, or `in_person`.',
})
export type Source = z.output<typeof Source>

/** What a ticket may have that a list is filtered by. */
export const TicketHas = z.enum(['failed_mail', 'attachments']).meta({
  id: 'TicketHas',
  description: '`failed_mail`: a mail about the ticket was not sent. `attachments`: a file that the caller sees.',
})
export type TicketHas = z.output<typeof TicketHas>

/** Who may read a comment or an attachment. */
export const Visibility = z
  .enum(['public', 'internal'])
  .meta({ id: 'Visibility', description: '`internal` is for the staff: no customer ever sees it.' })
export type Visibility = z.output<typeof Visibility>

/** What somebody of the staff does at a ticket right now. */
export const PresenceState = z.enum(['viewing', 'replying']).meta({
  id: 'PresenceState',
  description: '`viewing`: the person reads the ticket. `replying`: the person writes a comment.',
})
export type PresenceState = z.output<typeof PresenceState>

/** What a draft is to become: a public comment, or an internal one. */
export const DraftKind = z.enum(['reply', 'note'], { error: 'must be reply or note, in the address' }).meta({
  id: 'DraftKind',
  description: '`reply`: of a public comment. `note`: of an internal one, for the staff.',
  examples: ['reply'],
})
export type DraftKind = z.output<typeof DraftKind>

/** What the first ticket of a link is to the second: `parent` makes the second its parent, `duplicate` its original. */
export const LinkKind = z.enum(['parent', 'related', 'duplicate']).meta({
  id: 'LinkKind',
  description:
    'What the other ticket is to the ticket of the request: its parent, related, or the original of a duplicate.',
})
export type LinkKind = z.output<typeof LinkKind>

/** Which limit a request is past: of requests, or of attempts at an address or at an account. */
export const ExceededLimit = z.enum(['requests', 'address', 'account']).meta({
  id: 'ExceededLimit',
  description:
    '`requests`: all requests. `address`, `account`: attempts that failed at the address, or at the account.',
})

/** What becomes of a unit of a product that is ordered. */
export const ProductKind = z.enum(['loan', 'licence', 'one_off']).meta({
  id: 'ProductKind',
  description:
    '`loan`: a unit is lent, and comes back. `licence`: a unit stays with who ordered it. `one_off`: the same, and no ticket is ' +
    'raised.',
})
export type ProductKind = z.output<typeof ProductKind>

/** What became of an order. */
export const OrderStatus = z.enum(['reserved', 'complete', 'cancelled', 'expired', 'returned']).meta({
  id: 'OrderStatus',
  description:
    '`reserved`: a unit is held for some minutes. `complete`: the order is final. `cancelled`: somebody took it back. ' +
    '`expired`: nobody completed it in time. `returned`: a loan is over.',
})
export type OrderStatus = z.output<typeof OrderStatus>

/** Who may create products. */
export const ProductsBy = z.enum(['staff', 'everybody']).meta({
  id: 'ProductsBy',
  description: 'Who may create products. `staff`: admins and technicians. `everybody`: customers, too.',
})
export type ProductsBy = z.output<typeof ProductsBy>

/** Whether a webhook is told of events. */
export const WebhookState = z
  .enum(['enabled', 'disabled'])
  .meta({ id: 'WebhookState', description: '`enabled`: it is told of events. `disabled`: nothing is sent to it.' })
export type WebhookState = z.output<typeof WebhookState>

/** Why a webhook is disabled. */
export const WebhookDisabledReason = z.enum(['by_hand', 'gone', 'failing', 'owner_gone']).meta({
  id: 'WebhookDisabledReason',
  description:
    '`by_hand`: somebody disabled it. `gone`: the receiver answered 410. `failing`: no delivery succeeded for five days. ' +
    '`owner_gone`: its owner was deactivated, or is no longer of the staff.',
})
export type WebhookDisabledReason = z.output<typeof WebhookDisabledReason>

/** What became of the delivery of an event to a webhook. */
export const DeliveryState = z.enum(['waiting', 'delivered', 'failed', 'skipped', 'held']).meta({
  id: 'DeliveryState',
  description:
    '`waiting`: not delivered yet. `delivered`: the receiver answered with 2xx. `failed`: given up after ten attempts. ' +
    '`skipped`: not sent, because the owner does not see it any more, or it was taken back. ' +
    '`held`: waited in a backup that was restored, and may have been delivered since; the operator lets it go, or a resend.',
})
export type DeliveryState = z.output<typeof DeliveryState>

/** Why an attempt to deliver failed. */
export const DeliveryFault = z
  .enum([
    'forbidden_address',
    'name_not_found',
    'not_reachable',
    'not_secure',
    'connection_lost',
    'too_slow',
    'not_http',
    'redirected',
    'refused',
    'server_failed',
    'secret_unreadable',
  ])
  .meta({
    id: 'DeliveryFault',
    description:
      'Why an attempt failed. `forbidden_address`: the host has an address that webhooks may not reach. `name_not_found`: ' +
      'the name has no address. `not_reachable`: nobody took the connection. `not_secure`: TLS failed, such as by a ' +
      'certificate that is not valid. `connection_lost`: it ended before the answer. `too_slow`: no answer within 15 ' +
      'seconds. `not_http`: the answer was not HTTP. `redirected`: an answer 3xx; redirects are not followed. `refused`: 4xx. ' +
      '`server_failed`: 5xx. `secret_unreadable`: the key is missing that sealed the secret; make a new secret.',
  })
export type DeliveryFault = z.output<typeof DeliveryFault>
