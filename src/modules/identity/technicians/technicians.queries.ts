import { z } from 'zod'
import { AccountStatus } from '../../../contract/enums.ts'
import {
  allOf,
  type Db,
  exec,
  join,
  many,
  maybeOne,
  one,
  planEachTime,
  type Sql,
  sql,
  type Tx,
  withinTime,
} from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import {
  insertAccountStep,
  insertInvitationStep,
  invitationDetails,
  isCalled,
  shownEmail,
  shownSignInName,
} from '../accounts/accounts.steps.ts'
import type { Act, Actor, User } from '../accounts/actor.ts'
import { type Counter, takeNumberStep } from '../tenants/counters.steps.ts'
import { visibleTechnicians } from './technicians.policy.ts'
import {
  type CreateTechnician,
  ListedTechnician,
  Technician,
  type TechnicianChange,
  type TechnicianFilter,
} from './technicians.schemas.ts'
import { isSameCategory } from './technicians.steps.ts'

const technicianColumns = sql`a.account_id as technician_id, ${shownSignInName} as user_id, a.name,
  ${shownEmail} as email, w.phone_number, w.category, w.available, a.status, a.created_at`

const NumberedTechnician = ListedTechnician.extend({ technician_number: z.int() })
export type NumberedTechnician = z.output<typeof NumberedTechnician>

/** The counter of technicians, and what it numbers. */
export const technicianCounter: Counter = {
  name: 'technician',
  constraints: ['technicians_pkey', 'accounts_pkey'],
  highest: (tenantId) =>
    sql`select max(n.technician_number) as number from technicians n where n.tenant_id = ${tenantId}`,
}

/**
 * Writes the number, the account, the technician, the invitation when there is no password, and the event, in one
 * statement.
 */
export const insertTechnician = (
  tx: Tx,
  { actor, requestId }: Act<User>,
  { name, email, phone_number, category, user_id }: CreateTechnician,
  passwordHash: string | null,
  invitationDays: number,
): Promise<Technician> => {
  const { tenantId } = actor
  const accountId = sql`public_id('TEC', c.value)`
  const signInName = user_id ?? email
  const account = { tenantId, accountId, role: 'technician' as const, signInName, email, name, passwordHash }
  const event = {
    tenantId: sql`${tenantId}::integer`,
    subjectId: sql`a.account_id`,
    actorId: sql`${actor.accountId}`,
    actorRole: sql`${actor.role}`,
    requestId: sql`${requestId}`,
    from: sql`from a`,
  }
  const logged =
    passwordHash === null
      ? appendEventsFrom({ ...event, type: 'account.invited', details: invitationDetails(invitationDays) })
      : appendEventsFrom({ ...event, type: 'technician.created' })
  return one(
    tx,
    Technician,
    sql`with counter as (${takeNumberStep(tenantId, 'technician')}),
        a as (
          ${insertAccountStep(account, sql`from counter c`)}
          returning account_id, sign_in_name, name, email, typed_email, status, created_at),
        w as (
          insert into technicians (tenant_id, technician_number, phone_number, category)
          select ${tenantId}, c.value, ${phone_number}, ${category} from counter c
          returning phone_number, category, available),
        invitation as (${insertInvitationStep(tenantId, passwordHash === null, invitationDays)}),
        logged as (${logged})
        select ${technicianColumns} from a, w`,
  )
}

export const findTechnician = (db: Db, actor: Actor, technicianId: string): Promise<Technician | null> =>
  maybeOne(
    db,
    Technician,
    sql`select ${technicianColumns} from technicians w
        join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
        where w.tenant_id = ${actor.tenantId} and w.technician_id = ${technicianId} and a.role = 'technician'
          and ${visibleTechnicians(actor)}`,
  )

/**
 * Locks a technician until the transaction ends; null for a deactivated technician, and for a technician of before who
 * is an admin. The lock waits for a deactivation, or a change of the role, that has begun. One that begins later waits
 * for the lock, and then finds the assigned ticket.
 */
export const lockAssignableTechnician = (tx: Tx, tenantId: number, technicianId: string): Promise<Technician | null> =>
  maybeOne(
    tx,
    Technician,
    sql`select ${technicianColumns} from technicians w
        join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
        where w.tenant_id = ${tenantId} and w.technician_id = ${technicianId} and a.role = 'technician'
          and a.status <> 'deactivated'
        for share of a`,
  )

const Locked = z.object({ account_id: z.string(), status: AccountStatus })

/** Locks the accounts of technicians, in their order. */
export const lockTechnicianAccounts = (
  tx: Tx,
  tenantId: number,
  technicianIds: string[],
): Promise<z.output<typeof Locked>[]> =>
  many(
    tx,
    Locked,
    planEachTime(sql`select a.account_id, a.status from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = any (${technicianIds}::text[]) and a.role = 'technician'
        order by a.account_id for share`),
  )

const WithStatus = z.object({ status: AccountStatus })

/**
 * Locks the account of a technician who exists, without waiting. Null when another transaction has locked the account.
 * A technician of before who is an admin counts as a deactivated technician.
 */
export const tryToLockStatus = async (
  tx: Tx,
  tenantId: number,
  technicianId: string,
): Promise<AccountStatus | null> => {
  const row = await maybeOne(
    tx,
    WithStatus,
    sql`select case a.role when 'technician' then a.status else 'deactivated' end as status from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${technicianId} for share skip locked`,
  )
  return row?.status ?? null
}

/**
 * One more than `limit` of the technicians that the actor sees, after the cursor's number, each with the number of
 * their unresolved tickets, which `counted` counts for a technician `w`. The server cancels a list after `timeoutMs`.
 */
export const listTechnicians = (
  db: Db,
  actor: Actor,
  { q, status, category, available }: TechnicianFilter,
  { limit, after }: PageRequest<number>,
  { counted, timeoutMs }: { counted: Sql; timeoutMs: number },
): Promise<NumberedTechnician[]> => {
  const conditions = [sql`w.tenant_id = ${actor.tenantId}`, sql`a.role = 'technician'`, visibleTechnicians(actor)]
  if (q !== undefined) conditions.push(isCalled(q))
  if (status !== undefined) conditions.push(sql`a.status = any (${status}::text[])`)
  if (category !== undefined) conditions.push(isSameCategory(sql`w.category`, sql`${category}`))
  if (available !== undefined) conditions.push(sql`w.available = ${available} and a.status <> 'deactivated'`)
  if (after !== null) conditions.push(sql`w.technician_number > ${after}`)
  const statement = sql`select w.technician_id, w.user_id, w.name, w.email, w.phone_number, w.category, w.available, w.status,
      w.created_at, w.technician_number, ${counted} as open_tickets
    from (
      select ${technicianColumns}, w.tenant_id, w.technician_number from technicians w
      join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
      where ${allOf(conditions)}
      order by w.technician_number limit ${limit + 1}) w
    order by w.technician_number`
  return many(db, NumberedTechnician, withinTime(q === undefined ? statement : planEachTime(statement), timeoutMs))
}

const Colleague = Technician.pick({ technician_id: true, name: true })
export type Colleague = z.output<typeof Colleague>

/** The first active technicians of a category, by their number, without the actor. */
export const listActiveOfCategory = (
  db: Db,
  { tenantId, accountId }: User,
  category: string,
  limit: number,
): Promise<Colleague[]> =>
  many(
    db,
    Colleague,
    sql`select w.technician_id, a.name from technicians w
        join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
        where w.tenant_id = ${tenantId} and ${isSameCategory(sql`w.category`, sql`${category}`)}
          and a.role = 'technician' and a.status = 'active' and w.technician_id <> ${accountId}
        order by w.technician_number limit ${limit}`,
  )

type OwnColumns = Pick<TechnicianChange, 'phone_number' | 'category' | 'available'>

/** Changes the members that only technicians have. */
export const updateTechnicianColumns = async (
  tx: Tx,
  tenantId: number,
  technicianId: string,
  { phone_number, category, available }: OwnColumns,
): Promise<void> => {
  const sets: Sql[] = []
  if (phone_number !== undefined) sets.push(sql`phone_number = ${phone_number}`)
  if (category !== undefined) sets.push(sql`category = ${category}`, sql`category_since = clock_timestamp()`)
  if (available !== undefined) sets.push(sql`available = ${available}`)
  if (sets.length === 0) return
  await exec(
    tx,
    sql`update technicians set ${join(sets)} where tenant_id = ${tenantId} and technician_id = ${technicianId}`,
  )
}
