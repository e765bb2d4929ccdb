import type { Role } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import type { PageOf, PageRequest } from '../../../platform/paging.ts'
import { lockBeforeLoss, refuseLastAdmin } from '../../identity/accounts/accounts.service.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import type {
  DirectoryFilter,
  PeopleFilter,
  Person,
  PersonKey,
  PersonRow,
} from '../../identity/accounts/people-accounts.schemas.ts'
import { createInvitedAdmin, listDirectoryOf, listPeopleOf } from '../../identity/accounts/people-accounts.service.ts'
import type { Customer } from '../../identity/customers/customers.schemas.ts'
import { createCustomer } from '../../identity/customers/customers.service.ts'
import { deactivatePerson } from '../../identity/sign-in/deactivation.service.ts'
import { proveByBody } from '../../identity/sign-in/prove-again.service.ts'
import { openTickets, type Technician } from '../../identity/technicians/technicians.schemas.ts'
import { createTechnician } from '../../identity/technicians/technicians.service.ts'
import { releaseTicketsOf } from '../ticket-changes/release-tickets.service.ts'
import type { DirectoryEntry, InvitePerson } from './people.schemas.ts'

/**
 * A page of the people of the tenant, each technician with the number of their unresolved tickets.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listEverybody = (
  app: App,
  actor: User,
  filter: PeopleFilter,
  page: PageRequest<PersonKey>,
): Promise<PageOf<PersonRow>> => listPeopleOf(app, actor, filter, page, openTickets)

/**
 * A page of the customers and technicians whom the staff look up.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listDirectoryEntries = async (
  app: App,
  actor: User,
  filter: DirectoryFilter,
  page: PageRequest<PersonKey>,
): Promise<PageOf<DirectoryEntry>> => {
  const found = await listDirectoryOf(app, actor, filter, page, openTickets)
  return { ...found, rows: found.rows.map(({ created_at: _, ...entry }) => entry) }
}

/** Somebody who was invited, as the module of their role answers. */
export type InvitedPerson = Person | Technician | Customer

/** The person that a new customer or technician is. */
export const personOf = (invited: InvitedPerson): Person => {
  if ('technician_id' in invited) {
    const { technician_id: account_id, ...rest } = invited
    return { account_id, role: 'technician', ...rest }
  }
  if ('customer_id' in invited) {
    const { customer_id: account_id, ...rest } = invited
    const others = { phone_number: null, category: null, available: null }
    return { account_id, role: 'customer', user_id: rest.email, ...others, ...rest }
  }
  return invited
}

/**
 * Invites an admin, a technician or a customer: a link to set a password is mailed to them.
 * @throws AppError `email_taken`, `sign_in_name_taken`; as `proveByBody` for an admin.
 */
export const invitePerson = async (
  app: App,
  act: Act<User>,
  { role, name, email, user_id, phone_number = '', category = '', ...proof }: InvitePerson,
): Promise<InvitedPerson> => {
  switch (role) {
    case 'admin':
      await proveByBody(app, act, proof)
      return createInvitedAdmin(app, act, { name, email, userId: user_id ?? '' })
    case 'technician':
      return createTechnician(app, act, { name, email, phone_number, category, user_id })
    case 'customer':
      return createCustomer(app, act, { name, email })
  }
}

/** Deactivates an account, and gives the unresolved tickets of a technician back, in the caller's transaction. */
const deactivateIn = async (tx: Tx, act: Act<User>, role: Role, accountId: string): Promise<void> => {
  const changes = await deactivatePerson(tx, act, role, accountId)
  if (changes === null) return
  const details = role === 'technician' ? { released: await releaseTicketsOf(tx, act, accountId, 'deactivation') } : {}
  await recordEvents(tx, [eventOf(act, `${role}.deactivated`, accountId, { changes, details })])
}

/**
 * Deactivates a technician: their sign-in ends at once and their unresolved tickets go back to `new`, in one commit.
 * @throws AppError `technician_not_found`.
 */
export const deactivateTechnician = async (app: App, act: Act<User>, technicianId: string): Promise<void> => {
  await transaction(app.pool, (tx) => deactivateIn(tx, act, 'technician', technicianId), act.receipt)
  app.principals.clear()
}

/**
 * Deactivates anybody: their sign-in ends at once. Admins may deactivate themselves, but not the last active admin.
 * @throws AppError `account_not_found`, `last_admin`.
 */
export const deactivateAnybody = async (app: App, act: Act<User>, accountId: string): Promise<void> => {
  const { tenantId } = act.actor
  await transaction(
    app.pool,
    async (tx) => {
      const account = await lockBeforeLoss(tx, tenantId, accountId)
      await refuseLastAdmin(tx, tenantId, account)
      await deactivateIn(tx, act, account.role, accountId)
    },
    act.receipt,
  )
  app.principals.clear()
}
