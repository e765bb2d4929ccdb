import { join, type Sql, sql } from '../../../platform/db/sql.ts'
import { isOfCustomer, seesAsTechnician, waysOfTechnicians } from './tickets.policy.ts'
import { isWatcherOf, watchersOf } from './watchers.steps.ts'

/** The category of a technician, and since when: a query, by the id of the account of a person or a service. */
const categoryOf = (tenantId: Sql, accountId: Sql): Sql => sql`
  select w.category, w.category_since from technicians w
  where w.tenant_id = ${tenantId} and w.technician_id = ${accountId}
  union all
  select v.category, v.category_since from service_accounts v
  where v.tenant_id = ${tenantId} and v.service_id = ${accountId}
  limit 1`

/**
 * Up to so many accounts are few. Few and many have each a form of the statement, and connections keep a plan of each,
 * because planning takes longer than running.
 */
const fewAccounts = 20

/**
 * The accounts as rows `k`. The planner does not know how long the array is when it makes the plan that is kept: it
 * expects ten rows, and compares each with each. Of the places in an array it always expects 1,000, so for many
 * accounts it compares by hash.
 */
const asRows = (accountIds: string[]): Sql =>
  accountIds.length <= fewAccounts
    ? sql`unnest(${accountIds}::text[]) as k (account_id)`
    : sql`rows from (unnest(${accountIds}::text[]), generate_subscripts(${accountIds}::text[], 1)) as k (account_id, place)`

/**
 * The accounts with their role, and technicians with their category, of now: the step `readers`. Deactivated accounts
 * read nothing.
 */
export const readersStep = (tenantId: number, accountIds: string[]): Sql => sql`readers as materialized (
  select a.account_id, a.role, c.category, c.category_since
  from ${asRows(accountIds)}
  cross join lateral (
    select a.account_id, a.role from accounts a
    where a.tenant_id = ${tenantId} and a.account_id = k.account_id and a.status <> 'deactivated' limit 1) a
  left join lateral (${categoryOf(sql`${tenantId}`, sql`a.account_id`)}) c on a.role = 'technician')`

/**
 * A condition: an account does not see a ticket that is not deleted: the rule of `visibleTickets`, for the accounts
 * that a statement reads instead of one actor.
 */
export const isOutOfSight = (account: Sql, ticket: Sql): Sql => {
  const accountId = sql`${account}.account_id`
  const category = sql`(select c.category from (${categoryOf(sql`${account}.tenant_id`, accountId)}) c)`
  const isWatched = (seen: Sql): Sql => isWatcherOf(accountId, sql`${seen}.tenant_id`, sql`${seen}.ticket_number`)
  const seesIt = seesAsTechnician({ accountId, category }, isWatched, ticket)
  return sql`(not coalesce(case ${account}.role
    when 'customer' then ${isOfCustomer(accountId, ticket)}
    when 'technician' then ${seesIt}
    else true end, false))`
}

/**
 * The tickets that the step `named` names by their `ticket_number`, with what decides who sees them: the step
 * `placed`. Technicians see a merged ticket by the technician, the category and the watchers of its final target.
 */
export const placedStep = (tenantId: number): Sql => sql`placed as materialized (
  select t.ticket_number, t.customer_id, t.moved_at, t.deleted_at is not null as is_deleted,
    f.ticket_number as target_number, f.deleted_at is not null as is_target_deleted, f.technician_id, f.issue_category
  from named n
  cross join lateral (
    select t.ticket_number, t.final_target_number, t.customer_id, t.moved_at, t.deleted_at from tickets t
    where t.tenant_id = ${tenantId} and t.ticket_number = n.ticket_number limit 1) t
  cross join lateral (
    select f.ticket_number, f.deleted_at, f.technician_id, f.issue_category from tickets f
    where f.tenant_id = ${tenantId} and f.ticket_number = coalesce(t.final_target_number, t.ticket_number) limit 1) f)`

/**
 * Which customers and technicians of the step `readers` see which tickets of the step `placed`: the step `sights`. It
 * is the rule of `visibleTickets`. Each way to see a ticket is a join of its own, so that the planner compares by hash,
 * and not each account with each ticket.
 */
export const sightsStep = (tenantId: number): Sql => {
  const sight = sql`select t.ticket_number, r.account_id, r.role from placed t`
  const viewer = { accountId: sql`r.account_id`, category: sql`r.category` }
  const isForTechnicians = sql`r.role = 'technician' and not t.is_deleted and not t.is_target_deleted`
  const ways = waysOfTechnicians.map(
    (isSeen) => sql`${sight} join readers r on ${isSeen(viewer, sql`t`)} where ${isForTechnicians}`,
  )
  return sql`sights as materialized (
    ${sight} join readers r on ${isOfCustomer(viewer.accountId, sql`t`)}
    where r.role = 'customer' and not t.is_deleted
    union
    ${join(ways, ' union ')}
    union
    ${sight} cross join lateral (${watchersOf(sql`${tenantId}`, sql`t.target_number`)}) w
    join readers r on r.account_id = w.account_id
    where ${isForTechnicians})`
}
