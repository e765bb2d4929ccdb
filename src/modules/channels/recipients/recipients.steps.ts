import { type EventType, eventTypes } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { EventBatch } from '../../../platform/events/fan-out.ts'
import { isForCustomers, isOfPresentCustomer } from '../../desk/tickets/ticket-events.policy.ts'
import { watchersOf } from '../../desk/tickets/watchers.steps.ts'
import { type Reason, type Telling, tellings } from './tellings.ts'

const toldTypes: EventType[] = [...new Set(tellings.map(({ type }) => type))]
const toldTypesOfTickets = toldTypes.filter((type) => eventTypes[type].subject === 'ticket')

/** How many accounts are told of an event of each type, watchers and admins aside. */
const single = toldTypes.map((type) => {
  const isSingle = ({ type: told, reason }: Telling) =>
    told === type && reason !== 'watcher' && reason !== 'admin' && reason !== 'admin_for_technician'
  return tellings.filter(isSingle).length
})

/** The types of which accounts are told for a reason, whoever acted. */
const toldFor = (reason: Reason, isByAnybody: boolean): EventType[] =>
  tellings.flatMap((telling) =>
    telling.reason === reason && (telling.onlyBy === undefined) === isByAnybody ? [telling.type] : [],
  )

/** How many accounts are told of an event `e`, at most: an expression for the batches of the fan-out. */
export const recipientsAtMost: Sql = sql`case when e.quiet or e.type <> all (${toldTypes}::text[]) then 0 else
  (${single}::integer[])[array_position(${toldTypes}::text[], e.type)]
  + case when e.type = any (${toldFor('watcher', true)}::text[]) then (
    select count(*) from (${watchersOf(
      sql`e.tenant_id`,
      sql`substring(coalesce(e.details ->> 'merged_into', e.subject_id) from '^TKT([0-9]{1,18})$')::bigint`,
    )}) w) else 0 end
  + case when e.type = any (${[...toldFor('admin', true), ...toldFor('admin_for_technician', true)]}::text[])
      or e.actor_role = 'customer' and e.type = any (${toldFor('admin_for_technician', false)}::text[]) then (
    select count(*) from accounts a
    where a.tenant_id = e.tenant_id and a.role = 'admin' and a.status = 'active') else 0 end
  end`

/** The list of tellings as a table; `rank` is the place in the list. */
const tellingsStep: Sql = sql`
  tellings as materialized (
    select k.* from unnest(${tellings.map(({ type }) => type)}::text[], ${tellings.map(({ reason }) => reason)}::text[],
      ${tellings.map(({ ownAct }) => ownAct ?? false)}::boolean[],
      ${tellings.map(({ onlyBy }) => onlyBy ?? null)}::text[])
      with ordinality as k (type, reason, own_act, only_by, rank))`

/**
 * The events of a batch that have recipients, with their facts. Left out are: quiet events, events of a ticket or
 * comment that has been deleted since, and moves of a ticket by a comment, because the comment's event tells of the
 * move. The event of a merge tells of the reopening, too, unless nobody has the ticket. A comment on a merged ticket is an event of the final target of the merges.
 */
const toldEventsStep = ({ tenantIds, eventIds }: EventBatch): Sql => sql`
  told_events as materialized (
    select e.tenant_id, e.event_id, e.type, e.subject_id, e.actor_id, e.actor_role, e.details, e.occurred_at,
      ${isForCustomers} and ${isOfPresentCustomer} and c.visibility is distinct from 'internal' as is_for_customers,
      t.ticket_id, t.ticket_number, t.customer_id, t.raised_date,
      case when e.changes ? 'technician_id' then e.changes -> 'technician_id' ->> 'to' else t.technician_id end
        as technician_id,
      e.changes -> 'technician_id' ->> 'from' as technician_before,
      t.subject, t.issue_category, t.priority,
      e.changes -> 'status' ->> 'from' as moved_from, e.changes -> 'status' ->> 'to' as moved_to, coalesce(e.changes -> 'status' ->> 'to', t.status) as status,
      case when e.type = 'ticket.resolved' then coalesce(e.changes -> 'resolution_summary' ->> 'to',
        e.details ->> 'resolution_summary', t.resolution_summary) end as resolution_summary,
      c.visibility as comment_visibility, c.comment_id
    from unnest(${tenantIds}::integer[], ${eventIds}::bigint[]) as b (tenant_id, event_id)
    join events e on e.tenant_id = b.tenant_id and e.event_id = b.event_id
    left join tickets t on t.tenant_id = e.tenant_id and t.deleted_at is null
      and t.ticket_number = case when e.type = any (${toldTypesOfTickets}::text[])
        then substr(coalesce(e.details ->> 'merged_into', e.subject_id), 4)::bigint end
    left join comments c on c.tenant_id = e.tenant_id and c.deleted_at is null
      and c.comment_id = case when e.type = 'comment.added' then (e.details ->> 'comment_id')::uuid end
    where not e.quiet and e.type = any (${toldTypes}::text[])
      and (e.type = 'comment.added' or not exists (
        select from comments telling
        where telling.tenant_id = e.tenant_id and telling.comment_id = (e.details ->> 'comment_id')::uuid
          and telling.deleted_at is null))
      and (not e.details ? 'merged_ticket_id' or not exists (
        select from accounts w
        where w.tenant_id = t.tenant_id and w.account_id = t.technician_id and w.status <> 'deactivated'))
      and (e.type <> all (${toldTypesOfTickets}::text[]) or t.ticket_id is not null)
      and (e.type <> 'comment.added' or c.comment_id is not null))`

/** The accounts that the tellings name for each event: each account once, for its first reason. */
const candidatesStep: Sql = sql`
  candidates as materialized (
    select n.*, told.account_id, told.reason
    from told_events n
    cross join lateral (
      select distinct on (named.account_id) named.account_id, k.reason
      from tellings k
      cross join lateral (
        select case k.reason when 'account' then n.subject_id when 'customer' then n.customer_id
          when 'technician' then n.technician_id when 'technician_before' then n.technician_before
          when 'technician_of_merged' then n.details ->> 'technician_id' end as account_id
        union all
        select w.account_id from (${watchersOf(sql`n.tenant_id`, sql`n.ticket_number`)}) w
        where k.reason = 'watcher'
        union all
        select a.account_id from accounts a
        where k.reason in ('admin', 'admin_for_technician')
          and a.tenant_id = n.tenant_id and a.role = 'admin' and a.status = 'active'
          and (k.reason = 'admin' or not exists (
            select from accounts w
            where w.tenant_id = n.tenant_id and w.account_id = n.technician_id and w.status <> 'deactivated'))) named
      where named.account_id is not null and k.type = n.type and (k.only_by is null or k.only_by = n.actor_role)
        and (k.own_act or named.account_id is distinct from n.actor_id)
      order by named.account_id, k.rank) told)`

/**
 * The steps of a `with` that find who is told of a batch of events, for every channel. The last step is `recipients`: a
 * row for each event and account, with
 * - the event: `tenant_id`, `event_id`, `type`, `subject_id`, `actor_id`, `actor_role`, `details`, `occurred_at`
 * - the account: `account_id`, `account_role`, `account_name`, `account_email`, `sign_in_name`, and the `reason`
 * - of an event of a ticket, the ticket as the event left it: `ticket_id`, `ticket_number`, `raised_date`, `subject`,
 *   `issue_category`, `priority`, `status`, `customer_id`, `technician_id`, `technician_before`,
 *   and `resolution_summary` of `ticket.resolved`; `moved_from` and `moved_to` are the statuses when the event changed it. The summary is
 *   that of the event; an event of version 1 does not always say it, and then it is that of the ticket now
 * - of a comment: `comment_visibility`, `comment_id`
 *
 * No row has a text, because there is a row for each recipient. Channels read the texts where they show them.
 *
 * The steps before it are materialized. The planner guesses one row where there are hundreds, and would otherwise join
 * the accounts of a whole tenant to each of them (500 events: 9 s instead of 60 ms). Run the statement with
 * `planEachTime`.
 */
export const recipientSteps = (batch: EventBatch): Sql => sql`
  ${tellingsStep}, ${toldEventsStep(batch)}, ${candidatesStep},
  recipients as materialized (
    select n.*, r.role as account_role, r.name as account_name, r.email as account_email, r.sign_in_name
    from candidates n
    join accounts r on r.tenant_id = n.tenant_id and r.account_id = n.account_id
      and r.status <> 'deactivated' and (r.role <> 'customer' or n.is_for_customers or n.reason = 'account'))`
