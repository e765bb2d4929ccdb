import { z } from 'zod'
import type { AccountStatus } from '../../../contract/enums.ts'
import {
  allOf,
  type Db,
  many,
  maybeOne,
  one,
  planEachTime,
  sql,
  type Tx,
  withinTime,
} from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import {
  confirmationDetails,
  insertAccountStep,
  insertConfirmationStep,
  insertInvitationStep,
  invitationDetails,
  isCalled,
  shownEmail,
} from '../accounts/accounts.steps.ts'
import type { Actor, Origin } from '../accounts/actor.ts'
import { type Counter, takeNumberStep } from '../tenants/counters.steps.ts'
import { visibleCustomers } from './customers.policy.ts'
import { Customer } from './customers.schemas.ts'

const customerColumns = sql`a.account_id as customer_id, a.name, ${shownEmail} as email, a.status, a.created_at`

const NumberedCustomer = Customer.extend({ customer_number: z.int() })
export type NumberedCustomer = z.output<typeof NumberedCustomer>

export interface NewCustomer {
  name: string
  email: string
  /** Null: the customer is invited, and sets the password later. */
  passwordHash: string | null
  /** Whether the person followed a link that was mailed to the address. Else the welcome has such a link. */
  isConfirmed?: boolean
  /** How long links are good for. */
  linkDays: number
}

/** The counter of customers, and what it numbers. */
export const customerCounter: Counter = {
  name: 'customer',
  constraints: ['customers_pkey', 'accounts_pkey'],
  highest: (tenantId) => sql`select max(n.customer_number) as number from customers n where n.tenant_id = ${tenantId}`,
}

/**
 * Writes the number, the account, the customer, the invitation when there is no password, and the event, in one
 * statement. `actor` invites the customer; null when customers register themselves.
 */
export const insertCustomer = (
  tx: Tx,
  tenantId: number,
  actor: Actor | null,
  origin: Origin,
  { name, email, passwordHash, isConfirmed = false, linkDays }: NewCustomer,
): Promise<Customer> => {
  const accountId = sql`public_id('CUS', c.value)`
  const account = {
    tenantId,
    accountId,
    role: 'customer' as const,
    signInName: email,
    email,
    name,
    passwordHash,
    isConfirmed,
  }
  const event = {
    tenantId: sql`${tenantId}::integer`,
    subjectId: sql`a.account_id`,
    actorId: actor === null ? sql`a.account_id` : sql`${actor.accountId}`,
    actorRole: sql`${actor?.role ?? 'customer'}`,
    requestId: sql`${origin.requestId}`,
    from: sql`from a`,
  }
  const logged =
    passwordHash === null
      ? appendEventsFrom({ ...event, type: 'account.invited', details: invitationDetails(linkDays) })
      : appendEventsFrom({ ...event, type: 'customer.registered', details: confirmationDetails(linkDays) })
  return one(
    tx,
    Customer,
    sql`with counter as (${takeNumberStep(tenantId, 'customer')}),
        a as (
          ${insertAccountStep(account, sql`from counter c`)}
          returning account_id, name, email, typed_email, status, created_at),
        customer as (
          insert into customers (tenant_id, customer_number) select ${tenantId}, c.value from counter c),
        invitation as (${insertInvitationStep(tenantId, passwordHash === null, linkDays)}),
        confirmation as (${insertConfirmationStep(tenantId, passwordHash !== null && !isConfirmed, linkDays)}),
        logged as (${logged})
        select ${customerColumns} from a`,
  )
}

export const findCustomer = (db: Db, actor: Actor, customerId: string): Promise<Customer | null> =>
  maybeOne(
    db,
    Customer,
    sql`select ${customerColumns} from accounts a
        where a.tenant_id = ${actor.tenantId} and a.account_id = ${customerId} and a.role = 'customer'
          and ${visibleCustomers(actor)}`,
  )

/** What a list of customers is filtered by. */
export interface CustomerFilter {
  q?: string
  status?: AccountStatus[]
}

/**
 * One more than `limit` of the customers that the actor sees, after the cursor's number. With statuses, the first
 * customers of each are read by an index that has them in the order of their numbers, and merged. The server cancels a
 * list that may read many rows after `timeoutMs`.
 */
export const listCustomers = (
  db: Db,
  actor: Actor,
  { q, status }: CustomerFilter,
  { limit, after }: PageRequest<number>,
  timeoutMs: number,
): Promise<NumberedCustomer[]> => {
  const conditions = [visibleCustomers(actor), ...(q === undefined ? [] : [isCalled(q)])]
  const number = sql`substr(a.account_id, 4)::bigint`
  const all = sql`select ${customerColumns}, c.customer_number from customers c
    join accounts a on a.tenant_id = c.tenant_id and a.account_id = c.customer_id
    where c.tenant_id = ${actor.tenantId} and c.customer_number > ${after ?? 0} and ${allOf(conditions)}
    order by c.customer_number limit ${limit + 1}`
  const ofStatuses = sql`select ${customerColumns}, a.customer_number
    from unnest(${status ?? []}::text[]) as s (status)
    cross join lateral (
      select a.*, ${number} as customer_number from accounts a
      where a.tenant_id = ${actor.tenantId} and a.role = 'customer' and a.status = s.status and ${number} > ${after ?? 0}
        and ${allOf(conditions)}
      order by ${number} limit ${limit + 1}) a
    order by a.customer_number limit ${limit + 1}`
  const statement = status === undefined ? all : ofStatuses
  return many(db, NumberedCustomer, q === undefined ? statement : withinTime(planEachTime(statement), timeoutMs))
}
