import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isOpenTo, isOwn } from './tickets.policy.ts'
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
