import { choosableKinds, defaultWay, type NotificationKind } from '../../../contract/notification-kinds.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'

/** How an account wants to be told of a kind of event. A subquery, so that an index finds the choice. */
export const wayOf = (tenantId: Sql, accountId: Sql, kind: Sql): Sql => sql`coalesce(
  case when ${kind} = any (${choosableKinds}::text[]) then (
    select c.way from notification_choices c
    where c.tenant_id = ${tenantId} and c.account_id = ${accountId} and c.kind = ${kind}) end, ${defaultWay})`

const mention: NotificationKind = 'ticket_mention'

/** A condition: an account `a` wants to be told nothing of a mention. */
export const isSilentOnMentions: Sql = sql`(${wayOf(sql`a.tenant_id`, sql`a.account_id`, sql`${mention}::text`)} = 'nothing')`
