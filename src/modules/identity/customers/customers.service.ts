import { requireRead, requireWrite } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { changedOnly, refuseReadOnly } from '../../../platform/unchanged.ts'
import { changeAccount, lockPerson, withUniqueAccount } from '../accounts/accounts.service.ts'
import type { Act, Actor, Origin, User } from '../accounts/actor.ts'
import { hashNewPassword, invitationDays } from '../accounts/passwords.service.ts'
import { deactivatePerson } from '../sign-in/deactivation.service.ts'
import type { SessionKind, SessionsByKind } from '../sign-in/sign-in.schemas.ts'
import { startSession } from '../sign-in/sign-in.service.ts'
import { withHealedCounter } from '../tenants/tenants.service.ts'
import { customerAccess } from './customers.policy.ts'
import {
  type CustomerFilter,
  customerCounter,
  findCustomer,
  insertCustomer,
  listCustomers,
} from './customers.queries.ts'
import type { Customer, CustomerChange } from './customers.schemas.ts'

/** Customers are listed by their number. */
export const customerOrder = 'customer_number'

/** The answer to a registration: a session, and the new customer. */
export type RegisteredCustomer<Kind extends SessionKind> = SessionsByKind[Kind] & {
  customer: NewCustomer
}

/** A customer who registers. Without a name, the part of the address before the @ becomes the name. */
export interface NewRegistration {
  name?: string | undefined
  email: string
  passwordHash: string
  /** Whether the person followed a link that was mailed to the address. */
  isConfirmed: boolean
}

type NewCustomer = Pick<Customer, 'customer_id' | 'name' | 'email'>

/**
 * Creates a customer in the transaction in which `prepare` says who it is, and `finish` does the rest. A welcome is
 * mailed to the customer.
 * @throws AppError `email_taken`; what `prepare` throws.
 */
export const addNewCustomer = <T extends object>(
  app: App,
  tenantId: number,
  origin: Origin,
  prepare: (tx: Tx) => Promise<NewRegistration>,
  finish: (tx: Tx, customerId: string) => Promise<T>,
): Promise<T & { customer: NewCustomer }> =>
  withHealedCounter(app, tenantId, customerCounter, () =>
    withUniqueAccount(() =>
      transaction(
        app.pool,
        async (tx) => {
          const { email, name = email.slice(0, email.indexOf('@')), ...more } = await prepare(tx)
          const person = { name, email, ...more, linkDays: invitationDays }
          const customer = await insertCustomer(tx, tenantId, null, origin, person)
          const { customer_id } = customer
          const finished = await finish(tx, customer_id)
          return { ...finished, customer: { customer_id, name: customer.name, email: customer.email } }
        },
        origin.receipt,
      ),
    ),
  )

/**
 * Creates a customer as `addNewCustomer` does, and signs them in.
 * @throws AppError `email_taken`; what `prepare` throws.
 */
export const signInNewCustomer = <Kind extends SessionKind>(
  app: App,
  tenantId: number,
  origin: Origin,
  kind: Kind,
  prepare: (tx: Tx) => Promise<NewRegistration>,
): Promise<RegisteredCustomer<Kind>> =>
  addNewCustomer(app, tenantId, origin, prepare, (tx, customerId) =>
    startSession(app, tx, tenantId, customerId, origin, kind),
  )

/**
 * Registers a customer at once and signs them in. A welcome is mailed to them, with a link that confirms the address.
 * @throws AppError `email_taken`, `validation_failed` for a weak password.
 */
export const registerCustomer = async <Kind extends SessionKind>(
  app: App,
  tenantId: number,
  origin: Origin,
  kind: Kind,
  { email, password, name }: { name?: string | undefined; email: string; password: string },
): Promise<RegisteredCustomer<Kind>> => {
  const passwordHash = await hashNewPassword(app, password, [email, name ?? ''])
  return signInNewCustomer(app, tenantId, origin, kind, async () => ({ name, email, passwordHash, isConfirmed: false }))
}

/**
 * Creates a customer for an admin. An invitation to set a password is mailed to the customer.
 * @throws AppError `email_taken`.
 */
export const createCustomer = async (
  app: App,
  act: Act<User>,
  { name, email }: { name: string; email: string },
): Promise<Customer> => {
  const { tenantId } = act.actor
  const customer = await withHealedCounter(app, tenantId, customerCounter, () =>
    withUniqueAccount(() =>
      transaction(
        app.pool,
        (tx) =>
          insertCustomer(tx, tenantId, act.actor, act, { name, email, passwordHash: null, linkDays: invitationDays }),
        act.receipt,
      ),
    ),
  )
  return customer
}

/**
 * A customer.
 * @throws AppError `customer_not_found`, also when the actor may not see them.
 */
export const getCustomer = async (app: App, actor: Actor, customerId: string): Promise<Customer> =>
  requireRead(await findCustomer(app.pool, actor, customerId), 'customer_not_found')

/**
 * A page of the customers that the actor sees, or of those whose name or address contains `q`, or of some states.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listVisibleCustomers = async (
  app: App,
  actor: Actor,
  filter: CustomerFilter,
  page: PageRequest<number>,
): Promise<PageOf<Customer>> => {
  const reading = listCustomers(app.pool, actor, filter, page, app.config.LIST_TIMEOUT_MS)
  const customers = await refuseTooBroad(reading, 'Send `q`, or more of the name or of the address in it.')
  const found = pageOf(customers, page, customerOrder, (row) => row.customer_number)
  return { ...found, rows: found.rows.map(({ customer_number: _, ...customer }) => customer) }
}

/**
 * Changes a customer's name or address. `echoed`: what the caller sent back of the customer that cannot be changed.
 * @throws AppError `customer_not_found`, `forbidden`, `email_taken`, `validation_failed` for read-only members;
 * `session_required` for the address, when the actor is an API token.
 */
export const updateCustomer = async (
  app: App,
  act: Act<User>,
  customerId: string,
  asked: CustomerChange,
  echoed: Record<string, unknown> = {},
): Promise<Customer> => {
  const { actor } = act
  const changed = await transaction(
    app.pool,
    async (tx) => {
      // Locked before they are read, so that they are compared with what they are.
      await lockPerson(tx, actor.tenantId, 'customer', customerId)
      const present = requireRead(await findCustomer(tx, actor, customerId), 'customer_not_found')
      const change = changedOnly(asked, present)
      const detail = 'You may change your name only. Change your own address with POST /me/email.'
      requireWrite(present, () => customerAccess(actor, change), 'customer_not_found', detail)
      refuseReadOnly(echoed, present)
      await changeAccount(tx, act, 'customer', customerId, change)
      return requireRead(await findCustomer(tx, actor, customerId), 'customer_not_found')
    },
    act.receipt,
  )
  app.principals.clear()
  return changed
}

/**
 * Deactivates a customer. Their sign-in ends at once, and their tickets stay.
 * @throws AppError `customer_not_found`.
 */
export const deactivateCustomer = async (app: App, act: Act<User>, customerId: string): Promise<void> => {
  await transaction(
    app.pool,
    async (tx) => {
      const changes = await deactivatePerson(tx, act, 'customer', customerId)
      if (changes !== null) await recordEvents(tx, [eventOf(act, 'customer.deactivated', customerId, { changes })])
    },
    act.receipt,
  )
  app.principals.clear()
}
