import type { Role } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidRequest } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { changedOnly, refuseReadOnly } from '../../../platform/unchanged.ts'
import {
  changeAccount,
  lockAnybody,
  lockBeforeLoss,
  refuseLastAdmin,
} from '../../identity/accounts/accounts.service.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import type { Person } from '../../identity/accounts/people-accounts.schemas.ts'
import { getPerson } from '../../identity/accounts/people-accounts.service.ts'
import { setRole } from '../../identity/sign-in/end-sign-ins.service.ts'
import { type ProofInBody, passwordMissing, proveByBody } from '../../identity/sign-in/prove-again.service.ts'
import type { TechnicianChange } from '../../identity/technicians/technicians.schemas.ts'
import { changeTechnicianIn, getTechnician } from '../../identity/technicians/technicians.service.ts'
import { releaseTicketsOf } from '../ticket-changes/release-tickets.service.ts'
import type { PersonChange } from './people.schemas.ts'

const withArticle: Record<Role, string> = { admin: 'an admin', technician: 'a technician', customer: 'a customer' }

/** @throws AppError `role_not_possible`, `admin_by_user_id`. */
const refuseRole = ({ account_id, role: from }: Person, to: Role): void => {
  if ((from === 'customer') !== (to === 'customer')) {
    const detail =
      from === 'customer'
        ? `${account_id} is a customer, and stays one. Invite the person as ${withArticle[to]}, with another address.`
        : `${account_id} is ${withArticle[from]}. Let the person register, or invite them, as a customer with another address.`
    throw new AppError('role_not_possible', { detail })
  }
  if (to === 'technician' && !/^TEC\d+$/.test(account_id)) {
    const detail =
      `${account_id} has no number of a technician. Invite the person as a technician with another address: ` +
      'POST /people with "role": "technician".'
    throw new AppError('admin_by_user_id', { detail })
  }
}

/**
 * Gives a person another role. Their sign-ins end, and the unresolved tickets of a technician who becomes an admin go
 * back to the queue.
 */
const changeRole = async (tx: Tx, act: Act<User>, person: Person, to: Role): Promise<void> => {
  const { account_id: accountId, role: from } = person
  refuseRole(person, to)
  await refuseLastAdmin(tx, act.actor.tenantId, person)
  await setRole(tx, act, accountId, to)
  const released = from === 'technician' ? { released: await releaseTicketsOf(tx, act, accountId, 'role_change') } : {}
  const changes = { role: { from, to } }
  await recordEvents(tx, [eventOf(act, 'account.role_changed', accountId, { changes, details: released })])
}

const ofTechnicians = ['phone_number', 'category', 'available'] as const

/**
 * What technicians alone have, of a change to a person of a role.
 * @throws AppError `validation_failed` for others, and for a technician who would lose it.
 */
const changeOfTechnician = (role: Role, change: PersonChange): TechnicianChange => {
  const named = ofTechnicians.filter((member) => change[member] !== undefined)
  const wrong = role === 'technician' ? named.filter((member) => change[member] === null) : named
  if (wrong.length > 0) {
    const [message, code] =
      role === 'technician'
        ? ['cannot be null, because every technician has one', 'invalid_type']
        : [`is for technicians only, and the person is ${withArticle[role]}`, 'not_yours']
    throw invalidRequest(
      'validation_failed',
      wrong.map((field) => ({ field, message, code })),
    )
  }
  return Object.fromEntries(named.map((member) => [member, change[member]]))
}

/**
 * Whether the actor must prove who they are: before somebody becomes an admin, and before an admin gets another
 * address. The own address is refused elsewhere.
 */
const needsProof = ({ actor }: Act<User>, present: Person, asked: PersonChange): boolean => {
  const { role, email } = changedOnly(asked, present)
  const isAddressOfAdmin = email !== undefined && present.role === 'admin' && present.account_id !== actor.accountId
  return role === 'admin' || isAddressOfAdmin
}

const changeLocked = async (
  tx: Tx,
  act: Act<User>,
  accountId: string,
  asked: PersonChange,
  { echoed = {}, isProved }: { echoed?: Record<string, unknown>; isProved: boolean },
): Promise<Person> => {
  const { tenantId } = act.actor
  const present = await getPerson(tx, tenantId, accountId)
  // The person became an admin a moment ago.
  if (!isProved && needsProof(act, present, asked)) throw passwordMissing()
  const { role: to, name, email, ...others } = changedOnly(asked, present)
  refuseReadOnly(echoed, present)
  const role = to ?? present.role
  const change = { name, email, ...changeOfTechnician(role, others) }
  if (to !== undefined) await changeRole(tx, act, present, to)
  if (role === 'technician') {
    await changeTechnicianIn(tx, act, await getTechnician(tx, act.actor, accountId), change)
  } else {
    await changeAccount(tx, act, role, accountId, change)
  }
  return getPerson(tx, tenantId, accountId)
}

/**
 * Changes a person: name, address, role, and what only technicians have. `echoed`: what the caller sent back of the
 * person that cannot be changed. `proof`: who the actor is, where it is asked for.
 * @throws AppError `account_not_found`, `forbidden` for the own address, `email_taken`, `role_not_possible`,
 * `admin_by_user_id`, `last_admin`, `validation_failed` for members that the person does not have, or that cannot be
 * changed; as `proveByBody`.
 */
export const changePerson = async (
  app: App,
  act: Act<User>,
  accountId: string,
  asked: PersonChange,
  { echoed, proof = {} }: { echoed?: Record<string, unknown>; proof?: ProofInBody } = {},
): Promise<Person> => {
  const { tenantId } = act.actor
  const isProved = needsProof(act, await getPerson(app.pool, tenantId, accountId), asked)
  if (isProved) await proveByBody(app, act, proof)
  const changed = await transaction(
    app.pool,
    async (tx) => {
      // Locked before the person is read, so two changes at once record what each of them really changed.
      await (asked.role === undefined ? lockAnybody : lockBeforeLoss)(tx, tenantId, accountId)
      return changeLocked(tx, act, accountId, asked, { ...(echoed && { echoed }), isProved })
    },
    act.receipt,
  )
  app.principals.clear()
  return changed
}
