import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isOutOfSight } from '../../desk/tickets/sight-of-accounts.steps.ts'
import { isForCustomers, isOfPresentCustomer } from '../../desk/tickets/ticket-events.policy.ts'
import type { Reason } from '../recipients/tellings.ts'

/** The reasons of notifications about accounts that only admins, or only the staff, may read. */
const forAdmins: Reason[] = ['admin']
const forStaff: Reason[] = ['colleague']

/**
 * A condition: the comment or file that an event `e` added is there still. The planner does not look into `case`, so it
 * looks up one after the other and does not read all comments for a join.
 */
const isStillThere: Sql = sql`case e.type
  when 'comment.added' then coalesce((
    select c.deleted_at is null from comments c
    where c.tenant_id = e.tenant_id and c.comment_id = (e.details ->> 'comment_id')::uuid), true)
  when 'attachment.added' then coalesce((
    select f.deleted_at is null from attachments f
    where f.tenant_id = e.tenant_id and f.attachment_id = (e.details ->> 'attachment_id')::uuid), false)
  else true end`

/**
 * The event `e` and the ticket `t`, if any, of each notification `n`, looked up one after the other; and the account
 * `me` that it is for. A deleted ticket is null.
 */
export const withEventOfEach: Sql = sql`
  cross join lateral (
    select a.tenant_id, a.account_id, a.role from accounts a
    where a.tenant_id = n.tenant_id and a.account_id = n.account_id limit 1) me
  left join lateral (
    select e.* from events e where e.tenant_id = n.tenant_id and e.position = n.position limit 1) e on true
  left join lateral (
    select t.* from tickets t
    where t.tenant_id = n.tenant_id and t.ticket_number = n.ticket_number and t.deleted_at is null limit 1) t on true`

/**
 * A condition: the account `me` sees now what a notification `n` is about. Who lost sight of a ticket, or is no admin
 * any more, is not reminded of it. What was erased or deleted since is not there for anybody.
 */
export const isSeen: Sql = sql`(e.event_id is not null and e.blanked_by is null and (${isStillThere})
  and case when n.ticket_number is null
    then (n.reason <> all (${forAdmins}::text[]) or me.role = 'admin')
      and (n.reason <> all (${forStaff}::text[]) or me.role <> 'customer')
    else t.ticket_number is not null and not ${isOutOfSight(sql`me`, sql`t`)}
      and (me.role <> 'customer' or (${isForCustomers} and ${isOfPresentCustomer})) end)`
