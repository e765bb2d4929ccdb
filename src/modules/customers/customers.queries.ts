import { z } from 'zod'
import { allOf, type Db, many, maybeOne, one, planned, type Sql, sql, type Tx } from '../../platform/db/sql.ts'
import type { PageRequest } from '../../platform/paging.ts'
import type { Actor, Origin } from '../auth/actor.ts'
import { visibleCustomers } from './customers.policy.ts'
import { Customer } from './customers.schemas.ts'

const customerColumns = sql`a.account_id as customer_id, a.name, a.email, a.status, a.created_at`

const NumberedCustomer = Customer.extend({ customer_number: z.int() })
export type NumberedCustomer = z.output<typeof NumberedCustomer>

export interface NewCustomer {
  name: string
  email: string
  /** Null: invited, the password comes later. */
  passwordHash: string | null
  invitationDays: number
}

/**
 * The number, the account, the customer, the invitation when there is no password, and the news, in one statement.
 * `actor` is who invites; null when people register themselves.
 */
export const insertCustomer = (
  tx: Tx,
  tenantId: number,
  actor: Actor | null,
  origin: Origin,
  customer: NewCustomer,
): Promise<Customer> => {
  const isInvited = customer.passwordHash === null
  return one(
    tx,
    Customer,
    sql`with counter as (
          update counters set value = value + 1 where tenant_id = ${tenantId} and name = 'customer' returning value),
        account as (
          insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
          select ${tenantId}, public_id('CUS', c.value), 'customer', ${customer.email}, ${customer.email},
            ${customer.name}, ${customer.passwordHash}, ${isInvited ? 'invited' : 'active'}
          from counter c
          returning account_id, name, email, status, created_at),
        customer as (
          insert into customers (tenant_id, customer_number) select ${tenantId}, c.value from counter c),
        invitation as (
          insert into password_resets (tenant_id, account_id, expires_at)
          select ${tenantId}, a.account_id, now() + make_interval(days => ${customer.invitationDays})
          from account a where ${isInvited}
          returning reset_id),
        logged as (
          insert into events (tenant_id, type, subject_id, actor_id, actor_role, details, request_id)
          select ${tenantId}, ${isInvited ? 'account.invited' : 'customer.registered'}, a.account_id,
            case when ${isInvited} then ${actor?.accountId ?? null} else a.account_id end,
            ${actor?.role ?? 'customer'},
            case when ${isInvited}
              then jsonb_build_object('reset_id', (select i.reset_id from invitation i),
                'expires_days', ${customer.invitationDays}::integer)
              else '{}' end,
            ${origin.requestId}
          from account a)
        select ${customerColumns} from account a`,
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

/** `%`, `_` and `\` are what the user typed, not wildcards. */
const containing = (words: string): string => `%${words.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`

export const listCustomers = (
  db: Db,
  actor: Actor,
  { q }: { q?: string },
  { limit, after }: PageRequest<number>,
): Promise<NumberedCustomer[]> => {
  const conditions: Sql[] = [sql`c.tenant_id = ${actor.tenantId}`, visibleCustomers(actor)]
  if (q !== undefined) conditions.push(sql`lower(a.name || ' ' || a.email) like ${containing(q)}`)
  if (after !== null) conditions.push(sql`c.customer_number > ${after}`)
  const statement = sql`select ${customerColumns}, c.customer_number from customers c
    join accounts a on a.tenant_id = c.tenant_id and a.account_id = c.customer_id
    where ${allOf(conditions)}
    order by c.customer_number limit ${limit + 1}`
  return many(db, NumberedCustomer, q === undefined ? statement : planned(statement))
}
