import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isOfCustomer, isOpenTo, isOwn } from './tickets.policy.ts'
import { watchersOf } from './watchers.steps.ts'

/**
 * A condition: an account does not see a ticket that is not deleted. The rules are those of `visibleTickets`, for the
 * accounts that a statement reads instead of one actor.
 */
export const isOutOfSight = (account: Sql, ticket: Sql): Sql => sql`(
  ${account}.role = 'customer' and ${ticket}.customer_id <> ${account}.account_id
  or ${account}.role = 'technician'
    and not exists (
      select from tickets f
      where f.tenant_id = ${ticket}.tenant_id
        and f.ticket_number = coalesce(${ticket}.final_target_number, ${ticket}.ticket_number)
        and (${isOwn(sql`${account}.account_id`, sql`f`)} or exists (
          select from technicians w
          where w.tenant_id = ${account}.tenant_id and w.technician_id = ${account}.account_id
            and ${isOpenTo(sql`w.category`, sql`f`)})))
    and not exists (
      select from (${watchersOf(sql`${ticket}.tenant_id`, sql`${ticket}.ticket_number`)}) w
      where w.account_id = ${account}.account_id))`

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
 * Which customers and technicians of the step `readers` (`account_id`, `role`, `category`) see which tickets of the
 * step `placed`: the step `sights`. The rules are those of `visibleTickets`. Each way to see a ticket is a join of
 * its own, so that the planner compares by hash, and not each account with each ticket.
 */
export const sightsStep = (tenantId: number): Sql => {
  const [reader, ticket] = [sql`r.account_id`, sql`t`]
  const technicians = sql`r.role = 'technician' and not t.is_deleted and not t.is_target_deleted`
  return sql`sights as materialized (
    select t.ticket_number, r.account_id, r.role from placed t join readers r on ${isOfCustomer(reader, ticket)}
    where r.role = 'customer' and not t.is_deleted
    union
    select t.ticket_number, r.account_id, r.role from placed t join readers r on ${isOwn(reader, ticket)} where ${technicians}
    union
    select t.ticket_number, r.account_id, r.role from placed t join readers r on ${isOpenTo(sql`r.category`, ticket)}
    where ${technicians}
    union
    select t.ticket_number, r.account_id, r.role from placed t
    cross join lateral (${watchersOf(sql`${tenantId}`, sql`t.target_number`)}) w
    join readers r on r.account_id = w.account_id
    where ${technicians})`
}
