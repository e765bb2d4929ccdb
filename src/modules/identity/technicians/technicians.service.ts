import type { ChangesOf } from '../../../contract/events.ts'
import { requireRead, requireWrite, writeIf } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import { changeAccount, lockPerson, withUniqueAccount } from '../accounts/accounts.service.ts'
import type { Act, Actor, User } from '../accounts/actor.ts'
import { hashNewPassword, invitationDays } from '../accounts/passwords.service.ts'
import { withHealedCounter } from '../tenants/tenants.service.ts'
import { forbiddenMembers } from './technicians.policy.ts'
import {
  findTechnician,
  insertTechnician,
  listTechnicians,
  lockAssignableTechnician,
  technicianCounter,
  updateTechnicianColumns,
} from './technicians.queries.ts'
import type { CreateTechnician, Technician, TechnicianChange } from './technicians.schemas.ts'

/** Technicians are listed by their number. */
export const technicianOrder = 'technician_number'

/**
 * Creates a technician. Without a password, an invitation to set one is mailed to them.
 * @throws AppError `email_taken`, `sign_in_name_taken`, `validation_failed` for a common password.
 */
export const createTechnician = async (app: App, act: Act<User>, technician: CreateTechnician): Promise<Technician> => {
  const { password } = technician
  const passwordHash = password === undefined ? null : await hashNewPassword(app, password)
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

/** A page of the technicians that the actor sees. */
export const listVisibleTechnicians = async (
  app: App,
  actor: Actor,
  filter: { category?: string; available?: boolean },
  page: PageRequest<number>,
): Promise<PageOf<Technician>> => {
  const rows = await listTechnicians(app.pool, actor, filter, page)
  const found = pageOf(rows, page, technicianOrder, (row) => row.technician_number)
  return { ...found, rows: found.rows.map(({ technician_number: _, ...technician }) => technician) }
}

/**
 * Whether a ticket may be assigned to a technician: they exist and are not deactivated, and stay so until the commit.
 */
export const lockAssignable = async (tx: Tx, tenantId: number, technicianId: string): Promise<boolean> =>
  (await lockAssignableTechnician(tx, tenantId, technicianId)) !== null

type OwnChanges = Pick<ChangesOf<'technician.updated'>, 'phone_number' | 'category' | 'available'>

const columnChanges = (technician: Technician, change: TechnicianChange): OwnChanges =>
  Object.fromEntries(
    (['phone_number', 'category', 'available'] as const)
      .filter((member) => change[member] !== undefined && change[member] !== technician[member])
      .map((member) => [member, { from: technician[member], to: change[member] }]),
  )

/**
 * Changes a technician. Technicians may change their own phone number and whether they are available.
 * @throws AppError `technician_not_found`, `forbidden`, `email_taken`.
 */
export const updateTechnician = async (
  app: App,
  act: Act<User>,
  technicianId: string,
  change: TechnicianChange,
): Promise<Technician> => {
  const { actor } = act
  const updated = await transaction(app.pool, async (tx) => {
    // Locked before it is read, so two changes at once record what each of them really changed.
    await lockPerson(tx, actor.tenantId, 'technician', technicianId)
    const technician = await getTechnician(tx, actor, technicianId)
    const forbidden = forbiddenMembers(actor, change)
    const detail = `You may not change ${forbidden.join(', ')}.`
    requireWrite(technician, () => writeIf(forbidden.length === 0), 'technician_not_found', detail)
    await changeAccount(tx, act, 'technician', technicianId, change, columnChanges(technician, change))
    await updateTechnicianColumns(tx, actor.tenantId, technicianId, change)
    return getTechnician(tx, actor, technicianId)
  })
  app.principals.clear()
  return updated
}
