import { choosableKinds, defaultWay } from '../../../contract/notification-kinds.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'

/** How an account wants to be told of a kind of event. A subquery, so that an index finds the choice. */
export const wayOf = (tenantId: Sql, accountId: Sql, kind: Sql): Sql => sql`coalesce(
  case when ${kind} = any (${choosableKinds}::text[]) then (
    select c.way from notification_choices c
    where c.tenant_id = ${tenantId} and c.account_id = ${accountId} and c.kind = ${kind}) end, ${defaultWay})`
