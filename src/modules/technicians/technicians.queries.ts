import { z } from 'zod'
import { allOf, type Db, exec, join, many, maybeOne, one, type Sql, sql, type Tx } from '../../platform/db/sql.ts'
import type { PageRequest } from '../../platform/paging.ts'
import type { Act, Actor, User } from '../auth/actor.ts'
import { visibleTechnicians } from './technicians.policy.ts'
import { type CreateTechnician, Technician, type TechnicianChange } from './technicians.schemas.ts'

const technicianColumns = sql`a.account_id as technician_id, a.sign_in_name as user_id, a.name, a.email,
  w.phone_number, w.category, w.available, a.status, a.created_at`

const NumberedTechnician = Technician.extend({ technician_number: z.int() })
export type NumberedTechnician = z.output<typeof NumberedTechnician>

/** The number, the account, the technician, the invitation when there is no password, and the news, in one statement. */
export const insertTechnician = (
  tx: Tx,
  act: Act<User>,
  technician: CreateTechnician,
  passwordHash: string | null,
  invitationDays: number,
): Promise<Technician> => {
  const { tenantId, accountId, role } = act.actor
  const { name, email, phone_number, category, user_id } = technician
  const isInvited = passwordHash === null
  return one(
    tx,
    Technician,
    sql`with counter as (
          update counters set value = value + 1 where tenant_id = ${tenantId} and name = 'technician'
          returning value),
        a as (
          insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
          select ${tenantId}, public_id('TEC', c.value), 'technician', ${user_id ?? email}, ${email}, ${name},
            ${passwordHash}, ${isInvited ? 'invited' : 'active'}
          from counter c
          returning account_id, sign_in_name, name, email, status, created_at),
        w as (
          insert into technicians (tenant_id, technician_number, phone_number, category)
          select ${tenantId}, c.value, ${phone_number}, ${category} from counter c
          returning phone_number, category, available),
        invitation as (
          insert into password_resets (tenant_id, account_id, expires_at)
          select ${tenantId}, a.account_id, now() + make_interval(days => ${invitationDays})
          from a where ${isInvited}
          returning reset_id),
        logged as (
          insert into events (tenant_id, type, subject_id, actor_id, actor_role, details, request_id)
          select ${tenantId}, ${isInvited ? 'account.invited' : 'technician.created'}, a.account_id, ${accountId},
            ${role},
            case when ${isInvited}
              then jsonb_build_object('reset_id', (select i.reset_id from invitation i),
                'expires_days', ${invitationDays}::integer)
              else '{}' end,
            ${act.requestId}
          from a)
        select ${technicianColumns} from a, w`,
  )
}

export const findTechnician = (db: Db, actor: Actor, technicianId: string): Promise<Technician | null> =>
  maybeOne(
    db,
    Technician,
    sql`select ${technicianColumns} from technicians w
        join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
        where w.tenant_id = ${actor.tenantId} and w.technician_id = ${technicianId} and ${visibleTechnicians(actor)}`,
  )

/**
 * Holds a technician who is not deactivated until the transaction ends: a deactivation that is on its way is waited for,
 * one that comes later finds what was given to them.
 */
export const lockAssignableTechnician = (tx: Tx, tenantId: number, technicianId: string): Promise<Technician | null> =>
  maybeOne(
    tx,
    Technician,
    sql`select ${technicianColumns} from technicians w
        join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
        where w.tenant_id = ${tenantId} and w.technician_id = ${technicianId} and a.status <> 'deactivated'
        for share of a`,
  )

export const listTechnicians = (
  db: Db,
  actor: Actor,
  { category, available }: { category?: string; available?: boolean },
  { limit, after }: PageRequest<number>,
): Promise<NumberedTechnician[]> => {
  const conditions: Sql[] = [sql`w.tenant_id = ${actor.tenantId}`, visibleTechnicians(actor)]
  if (category !== undefined) conditions.push(sql`lower(w.category) = lower(${category})`)
  if (available !== undefined) conditions.push(sql`w.available = ${available} and a.status <> 'deactivated'`)
  if (after !== null) conditions.push(sql`w.technician_number > ${after}`)
  return many(
    db,
    NumberedTechnician,
    sql`select ${technicianColumns}, w.technician_number from technicians w
        join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
        where ${allOf(conditions)}
        order by w.technician_number limit ${limit + 1}`,
  )
}

type OwnColumns = Pick<TechnicianChange, 'phone_number' | 'category' | 'available'>

/** Changes what only technicians have. */
export const updateTechnicianColumns = async (
  tx: Tx,
  tenantId: number,
  technicianId: string,
  { phone_number, category, available }: OwnColumns,
): Promise<void> => {
  const sets: Sql[] = []
  if (phone_number !== undefined) sets.push(sql`phone_number = ${phone_number}`)
  if (category !== undefined) sets.push(sql`category = ${category}`)
  if (available !== undefined) sets.push(sql`available = ${available}`)
  if (sets.length === 0) return
  await exec(
    tx,
    sql`update technicians set ${join(sets)} where tenant_id = ${tenantId} and technician_id = ${technicianId}`,
  )
}
