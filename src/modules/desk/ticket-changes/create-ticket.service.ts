import type { App } from '../../../platform/app-context.ts'
import type { Db } from '../../../platform/db/sql.ts'
import { AppError, invalidMember, unknownMember } from '../../../platform/errors.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { isSameButForCase, showsSomething } from '../../../platform/text-form.ts'
import { currentTraceparent } from '../../../platform/tracing/spans.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { getCustomer } from '../../identity/customers/customers.service.ts'
import type { CreateTicketFor, Ticket } from '../tickets/tickets.schemas.ts'
import { findVisibleTicket } from '../tickets/tickets.service.ts'
import { createCombined } from './combined-creates.service.ts'
import { createPrepared } from './create-prepared.service.ts'
import { findTicketCustomers } from './create-ticket.queries.ts'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * The first line of a description, at most 80 code points. It is cut between characters as people read them
 * (graphemes).
 */
const subjectOf = (description: string): string => {
  const [first = ''] = description.trim().split(/[\r\n\u2028\u2029]/, 1)
  const printable = first.replaceAll(/\p{Cc}/gu, ' ').trim()
  if (!showsSomething(printable)) return ''
  if ([...printable].length <= 80) return printable
  let subject = ''
  for (const { segment } of graphemes.segment(printable)) {
    if ([...subject, ...segment].length > 79) break
    subject += segment
  }
  return `${subject.trimEnd()}…`
}

/**
 * The customer of a new ticket, or of an order: customers create them for themselves, the staff for any customer.
 * @throws AppError `customer_unavailable`, `validation_failed`.
 */
export const customerFor = (actor: User, customerId: string | undefined): string => {
  if (actor.role === 'customer') {
    if (customerId !== undefined && customerId !== actor.accountId)
      throw new AppError('customer_unavailable', { detail: 'Customers create tickets and orders for themselves only.' })
    return actor.accountId
  }
  if (customerId !== undefined) return customerId
  throw invalidMember('customer_id', 'is missing', 'missing')
}

/** @throws AppError `customer_unavailable` when there is no such customer, or the customer is deactivated. */
export const refuseUnknownCustomer = async (db: Db, tenantId: number, customerId: string): Promise<void> => {
  const known = await findTicketCustomers(db, tenantId, [customerId])
  if (known.has(customerId)) return
  throw new AppError('customer_unavailable', { detail: `${customerId} does not exist or is deactivated.` })
}

/** The number of the closed ticket that a new ticket follows. */
const followedUp = async (app: App, actor: User, ticketId: string, customerId: string): Promise<number> => {
  const ticket = await findVisibleTicket(app.pool, actor, ticketId)
  if (ticket?.customer_id !== customerId) {
    throw new AppError('follow_up_unavailable', { detail: `The customer has no ticket ${ticketId}.` })
  }
  if (ticket.status !== 'closed') {
    throw new AppError('follow_up_unavailable', { detail: `${ticketId} is not closed. Write a comment on it instead.` })
  }
  return numberOf(ticketId)
}

/** Customers choose no technician, do not know of tags, and reach the desk by the program. */
const refuseMembersOfStaff = (actor: User, input: CreateTicketFor): void => {
  const [named] = (['technician_id', 'tags', 'source'] as const).filter((member) => input[member] !== undefined)
  if (actor.role === 'customer' && named !== undefined) throw unknownMember(named)
}

/**
 * What a technician may not do at the creation: give the ticket to a colleague, take one of another category, and tag a
 * ticket that is not theirs.
 */
const refusePreparation = (actor: User, { technician_id, tags, issue_category }: CreateTicketFor): void => {
  if (actor.role !== 'technician') return
  if (technician_id === undefined) {
    if (tags === undefined) return
    throw invalidMember('tags', 'can be given only when you take the ticket, with your own technician_id', 'not_yours')
  }
  if (technician_id === actor.accountId && isSameButForCase(issue_category, actor.category)) return
  throw new AppError('technician_unavailable', {
    detail:
      `You can take a new ticket of ${actor.category} yourself, with "technician_id": "${actor.accountId}". Leave ` +
      'technician_id out, and the ticket goes to the queue of its category.',
  })
}

/**
 * Creates a ticket. A mail goes to its customer and to the admins. An admin may give it a technician and tags at once.
 * A technician may take a ticket of their category at once; any other ticket that they create they watch, so that they
 * see what becomes of it. A service account watches none.
 * @throws AppError `customer_unavailable` when the customer does not exist or is deactivated; `follow_up_unavailable`
 * when `follow_up_of` is not a closed ticket of the customer; `validation_failed` when the staff names no customer, or
 * a customer names a member of the staff; `technician_unavailable`, `request_in_progress`.
 */
export const createTicket = async (
  app: App,
  act: Act<User>,
  asked: CreateTicketFor,
  forCustomer: string | undefined,
): Promise<Ticket> => {
  const { actor } = act
  const { subject, priority, source, follow_up_of, technician_id, tags = [], ...input } = asked
  refuseMembersOfStaff(actor, asked)
  refusePreparation(actor, asked)
  const customerId = customerFor(actor, forCustomer)
  if (actor.role !== 'customer') await refuseUnknownCustomer(app.pool, actor.tenantId, customerId)
  const ticket = {
    ...input,
    tenant_id: actor.tenantId,
    subject: subject ?? (subjectOf(input.issue_description) || input.issue_category),
    priority: priority ?? 'normal',
    customer_id: customerId,
    source: source ?? null,
    follow_up_of_number: follow_up_of === undefined ? null : await followedUp(app, actor, follow_up_of, customerId),
    actor_id: actor.accountId,
    actor_role: actor.role,
    request_id: act.requestId,
    traceparent: currentTraceparent(),
  }
  const isWatched = actor.role === 'technician' && technician_id === undefined
  if (technician_id !== undefined || tags.length > 0 || isWatched) {
    return createPrepared(app, act, ticket, { technician_id, tags, isWatched })
  }
  return createCombined(app, { ticket, receipt: act.receipt })
}

/**
 * Creates a ticket for the customer in the path. Technicians may name any customer who is not deactivated, as in
 * `createTicket`.
 * @throws AppError `customer_not_found` when there is no such customer, also when the actor may not see them; the codes
 * of `createTicket`.
 */
export const createTicketForCustomer = async (
  app: App,
  act: Act<User>,
  input: CreateTicketFor,
  customerId: string,
): Promise<Ticket> => {
  const { tenantId, accountId, role } = act.actor
  const isOpenToStaff =
    role !== 'customer' && (await findTicketCustomers(app.pool, tenantId, [customerId])).has(customerId)
  if (customerId !== accountId && !isOpenToStaff) await getCustomer(app, act.actor, customerId)
  return createTicket(app, act, input, customerId)
}
