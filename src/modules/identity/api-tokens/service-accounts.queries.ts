import { z } from 'zod'
import { allOf, type Db, exec, many, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { deactivateAccountStep, insertServiceStep, renameAccountStep } from '../accounts/accounts.steps.ts'
import type { Act, User } from '../accounts/actor.ts'
import { type Counter, takeNumberStep } from '../tenants/counters.steps.ts'
import { type CreateServiceAccount, ServiceAccount, type ServiceAccountFilter } from './service-accounts.schemas.ts'

const serviceColumns = sql`a.account_id, a.name, a.role, v.category, a.status, a.created_at`

/** The account `a` of a service account `v`. */
const withAccount = sql`join accounts a on a.tenant_id = v.tenant_id and a.account_id = v.service_id`

/** The counter of service accounts. An admin of an earlier version may have a user id such as SVC0001. */
export const serviceCounter: Counter = {
  name: 'service',
  constraints: ['service_accounts_pkey', 'accounts_pkey'],
  highest: (tenantId) =>
    sql`select max(substr(n.account_id, 4)::bigint) as number from accounts n
        where n.tenant_id = ${tenantId} and n.account_id ~ '^SVC[0-9]{1,15}$'`,
}

/** Writes the number, the account, its category and the event, in one statement. */
export const insertService = (
  tx: Tx,
  { actor, requestId }: Act<User>,
  { name, role, category }: CreateServiceAccount,
): Promise<ServiceAccount> => {
  const { tenantId } = actor
  return one(
    tx,
    ServiceAccount,
    sql`with counter as (${takeNumberStep(tenantId, 'service')}),
        a as (
          ${insertServiceStep(tenantId, sql`public_id('SVC', c.value)`, { role, name }, sql`from counter c`)}
          returning account_id, name, role, status, created_at),
        v as (
          insert into service_accounts (tenant_id, service_number, category, created_by)
          select ${tenantId}, c.value, ${category ?? null}, ${actor.accountId} from counter c
          returning category),
        logged as (${appendEventsFrom({
          tenantId: sql`${tenantId}::integer`,
          type: 'service_account.created',
          subjectId: sql`a.account_id`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          details: { name: sql`a.name`, role: sql`a.role` },
          requestId: sql`${requestId}`,
          from: sql`from a`,
        })})
        select ${serviceColumns} from a, v`,
  )
}

const theService = (tenantId: number, serviceId: string): Sql =>
  sql`v.tenant_id = ${tenantId} and v.service_id = ${serviceId}`

export const findService = (db: Db, tenantId: number, serviceId: string): Promise<ServiceAccount | null> =>
  maybeOne(
    db,
    ServiceAccount,
    sql`select ${serviceColumns} from service_accounts v ${withAccount} where ${theService(tenantId, serviceId)}`,
  )

/** Locks the account of a service account until the transaction ends. */
export const lockService = (tx: Tx, tenantId: number, serviceId: string): Promise<ServiceAccount | null> =>
  maybeOne(
    tx,
    ServiceAccount,
    sql`select ${serviceColumns} from service_accounts v ${withAccount} where ${theService(tenantId, serviceId)}
        for no key update of a`,
  )

const Numbered = ServiceAccount.extend({ service_number: z.int() })

/** One more than `limit` of the service accounts, after the cursor's number. */
export const listServices = (
  db: Db,
  tenantId: number,
  { status }: ServiceAccountFilter,
  { limit, after }: PageRequest<number>,
): Promise<z.output<typeof Numbered>[]> => {
  const conditions = [sql`v.tenant_id = ${tenantId}`]
  if (status !== undefined) conditions.push(sql`a.status = any (${status}::text[])`)
  if (after !== null) conditions.push(sql`v.service_number > ${after}`)
  return many(
    db,
    Numbered,
    sql`select ${serviceColumns}, v.service_number from service_accounts v ${withAccount}
        where ${allOf(conditions)} order by v.service_number limit ${limit + 1}`,
  )
}

export const renameService = (tx: Tx, tenantId: number, serviceId: string, name: string): Promise<number> =>
  exec(tx, renameAccountStep(tenantId, serviceId, name))

export const updateServiceCategory = (tx: Tx, tenantId: number, serviceId: string, category: string): Promise<number> =>
  exec(
    tx,
    sql`update service_accounts set category = ${category}, category_since = clock_timestamp()
        where tenant_id = ${tenantId} and service_id = ${serviceId}`,
  )

/** Deactivates a service account, which ends its tokens. */
export const endService = (tx: Tx, tenantId: number, serviceId: string): Promise<number> =>
  exec(tx, deactivateAccountStep(tenantId, serviceId))
