import { type Sql, sql } from '../../../platform/db/sql.ts'
import { catalogueReadable } from '../../catalogue/orders/catalogue-events.policy.ts'

/**
 * Which events of the step `looked` about products and orders are shown to whom of the step `readers`, beside admins:
 * rows of the step `shown`. Each is a join of its own, so that the planner compares by hash. `isWanted`: a condition on
 * an event `e`.
 */
export const shownOfCatalogue = (isWanted: Sql): Sql => {
  const shown = sql`select e.position, 'event', r.role, array_agg(r.account_id), null::bigint from looked e join readers r`
  const each = sql`group by e.position, r.role`
  return sql`
    ${shown} on r.role = 'technician' where ${catalogueReadable.byStaff} and ${isWanted} ${each}
    union all
    ${shown} on r.role = 'customer' where ${catalogueReadable.byEveryCustomer} and ${isWanted} ${each}
    union all
    ${shown} on r.role = 'customer' and ${catalogueReadable.byCustomer(sql`r.account_id`)} where ${isWanted} ${each}`
}
