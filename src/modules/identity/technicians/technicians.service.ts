import type { ChangesOf } from '../../../contract/events.ts'
import type { Warning } from '../../../contract/warnings.ts'
import { requireRead, requireWrite, writeIf } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { givenBy } from '../../../platform/module.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { isSameButForCase } from '../../../platform/text-form.ts'
import { changedOnly, refuseReadOnly } from '../../../platform/unchanged.ts'
import { changeAccount, lockPerson, withUniqueAccount } from '../accounts/accounts.service.ts'
import type { Act, Actor, User } from '../accounts/actor.ts'
import { hashNewPassword, invitationDays } from '../accounts/passwords.service.ts'
import { withHealedCounter } from '../tenants/tenants.service.ts'
import { forbiddenMembers } from './technicians.policy.ts'
import {
  type Colleague,
  findTechnician,
  insertTechnician,
  listActiveOfCategory,
  listTechnicians,
  lockAssignableTechnician,
  lockTechnicianAccounts,
  technicianCounter,
  tryToLockStatus,
  updateTechnicianColumns,
} from './technicians.queries.ts'
import {
  type CreateTechnician,
  type ListedTechnician,
  openTickets,
  type Technician,
  type TechnicianChange,
  type TechnicianFilter,
} from './technicians.schemas.ts'

/** Technicians are listed by their number. */
export const technicianOrder = 'technician_number'

/**
 * Creates a technician. Without a password, an invitation to set one is mailed to them.
 * @throws AppError `email_taken`, `sign_in_name_taken`, `validation_failed` for a weak password.
 */
export const createTechnician = async (app: App, act: Act<User>, technician: CreateTechnician): Promise<Technician> => {
  const { password, name, email, user_id = email } = technician
  const passwordHash = password === undefined ? null : await hashNewPassword(app, password, [name, email, user_id])
  const created = await withHealedCounter(app, act.actor.tenantId, technicianCounter, () =>
    withUniqueAccount(
      () =>
        transaction(app.pool, (tx) => insertTechnician(tx, act, technician, passwordHash, invitationDays), act.receipt),
      technician.user_id,
    ),
  )
  return created
}

/**
 * A technician.
 * @throws AppError `technician_not_found`, also when the actor may not see them.
 */
export const getTechnician = async (db: Db, actor: Actor, technicianId: string): Promise<Technician> =>
  requireRead(await findTechnician(db, actor, technicianId), 'technician_not_found')

/**
 * A page of the technicians that the actor sees, with the number of their unresolved tickets.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const listVisibleTechnicians = async (
  app: App,
  actor: Actor,
  filter: TechnicianFilter,
  page: PageRequest<number>,
): Promise<PageOf<ListedTechnician>> => {
  const counted = givenBy(app.conditions, openTickets)
  const reading = listTechnicians(app.pool, actor, filter, page, { counted, timeoutMs: app.config.LIST_TIMEOUT_MS })
  const rows = await refuseTooBroad(reading, 'Send `q`, or more of the name or of the address in it.')
  const found = pageOf(rows, page, technicianOrder, (row) => row.technician_number)
  return { ...found, rows: found.rows.map(({ technician_number: _, ...technician }) => technician) }
}

/**
 * The technician, whom a ticket may be assigned to: they exist and are not deactivated, and stay so until the commit.
 * Else null. Call it before a ticket is locked, because a deactivation locks the account before the tickets.
 */
export const lockAssignable = (tx: Tx, tenantId: number, technicianId: string): Promise<Technician | null> =>
  lockAssignableTechnician(tx, tenantId, technicianId)

/** Locks the accounts of technicians until the transaction ends. Call it before a ticket is locked. */
export const lockTechnicians = async (tx: Tx, tenantId: number, technicianIds: string[]): Promise<void> => {
  if (technicianIds.length > 0) await lockTechnicianAccounts(tx, tenantId, technicianIds)
}

/**
 * Whether a technician is deactivated, which stays so until the commit; `busy` when another transaction has locked the
 * account. Never waits, so it may be called after a ticket is locked.
 */
export const tryToLockTechnician = async (
  tx: Tx,
  tenantId: number,
  technicianId: string,
): Promise<'assignable' | 'deactivated' | 'busy'> => {
  const status = await tryToLockStatus(tx, tenantId, technicianId)
  if (status === null) return 'busy'
  return status === 'deactivated' ? 'deactivated' : 'assignable'
}

/** Those of several technicians who are not deactivated. They stay so until the commit. */
export const lockAssignableAmong = async (
  tx: Tx,
  tenantId: number,
  technicianIds: string[],
): Promise<ReadonlySet<string>> =>
  new Set(
    technicianIds.length === 0
      ? []
      : (await lockTechnicianAccounts(tx, tenantId, technicianIds))
          .filter(({ status }) => status !== 'deactivated')
          .map(({ account_id }) => account_id),
  )

/** How many colleagues a technician is told of. */
const colleaguesAtMost = 20

/** The active technicians of a category, at most 20 and without the actor. */
export const listColleagues = (db: Db, actor: User, category: string): Promise<Colleague[]> =>
  listActiveOfCategory(db, actor, category, colleaguesAtMost)

/** What is odd about giving a ticket of a category to a technician. */
export const assignmentWarnings = (
  { technician_id, name, category, available, status }: Technician,
  issueCategory: string,
): Warning[] => {
  const warnings: Warning[] = []
  const who = `${name} (${technician_id})`
  if (status === 'invited') {
    const detail = `${who} is invited and has never signed in.`
    warnings.push({ code: 'technician_unavailable', detail })
  } else if (!available) {
    warnings.push({ code: 'technician_unavailable', detail: `${who} has said that they are away.` })
  }
  if (!isSameButForCase(category, issueCategory)) {
    const detail = `${who} works on ${category}, and the ticket is of ${issueCategory}.`
    warnings.push({ code: 'technician_of_other_category', detail })
  }
  return warnings
}

type OwnChanges = Pick<ChangesOf<'technician.updated'>, 'phone_number' | 'category' | 'available'>

const columnChanges = (technician: Technician, change: TechnicianChange): OwnChanges =>
  Object.fromEntries(
    (['phone_number', 'category', 'available'] as const)
      .filter((member) => change[member] !== undefined && change[member] !== technician[member])
      .map((member) => [member, { from: technician[member], to: change[member] }]),
  )

/**
 * Changes a technician in the caller's transaction, which has locked the account, and records what changed.
 * @throws AppError `email_taken`, `session_required`, `forbidden`, as `changeAccount`.
 */
export const changeTechnicianIn = async (
  tx: Tx,
  act: Act<User>,
  technician: Technician,
  change: TechnicianChange,
): Promise<Technician> => {
  const { technician_id: technicianId } = technician
  await changeAccount(tx, act, 'technician', technicianId, change, columnChanges(technician, change))
  await updateTechnicianColumns(tx, act.actor.tenantId, technicianId, change)
  return getTechnician(tx, act.actor, technicianId)
}

/**
 * Changes a technician. Technicians may change their own phone number and whether they are available. `echoed`: what
 * the caller sent back of the technician that cannot be changed.
 * @throws AppError `technician_not_found`, `forbidden`, `email_taken`, `validation_failed` for read-only members;
 * `session_required` for the address, when the actor is an API token.
 */
export const updateTechnician = async (
  app: App,
  act: Act<User>,
  technicianId: string,
  asked: TechnicianChange,
  echoed: Record<string, unknown> = {},
): Promise<Technician> => {
  const { actor } = act
  const updated = await transaction(
    app.pool,
    async (tx) => {
      // Locked before it is read, so two changes at once record what each of them really changed.
      await lockPerson(tx, actor.tenantId, 'technician', technicianId)
      const technician = await getTechnician(tx, actor, technicianId)
      const change = changedOnly(asked, technician)
      const forbidden = forbiddenMembers(actor, change)
      const own = forbidden.includes('email') ? ' Change your own address with POST /me/email.' : ''
      const detail = `You may not change ${forbidden.join(', ')}. An admin can.${own}`
      requireWrite(technician, () => writeIf(forbidden.length === 0), 'technician_not_found', detail)
      refuseReadOnly(echoed, technician)
      return changeTechnicianIn(tx, act, technician, change)
    },
    act.receipt,
  )
  app.principals.clear()
  return updated
}
