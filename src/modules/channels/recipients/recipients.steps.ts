import { type EventType, eventTypes } from '../../../contract/events.ts'
import { join, type Sql, sql } from '../../../platform/db/sql.ts'
import type { EventKeys } from '../../../platform/events/fan-out.ts'
import { isForCustomers, isOfPresentCustomer } from '../../desk/tickets/ticket-events.policy.ts'
import { isUnresolvedSql } from '../../desk/tickets/tickets.steps.ts'
import { watchersOf } from '../../desk/tickets/watchers.steps.ts'
import { isPerson, shownEmail, shownSignInName } from '../../identity/accounts/accounts.steps.ts'
import { isSameCategory } from '../../identity/technicians/technicians.steps.ts'
import { cases, isToldFor } from './event-cases.steps.ts'
import { type EventSource, eventsOf } from './event-sources.steps.ts'
import { kindOf } from './kinds.ts'
import { type Reason, tellings } from './tellings.ts'
import { wayOf } from './ways.steps.ts'

/** The types of events that somebody is told of. */
export const toldTypes: EventType[] = [...new Set(tellings.map(({ type }) => type))]
const toldTypesOfTickets = toldTypes.filter((type) => eventTypes[type].subject === 'ticket')

/** A condition: an event `e` is told at all. */
const isTold = sql`(not e.quiet and e.type = any (${toldTypes}::text[])
  and ${isToldFor(...tellings.map(({ reason }) => reason))})`

/** The number of the ticket of an event `e`, where its conversation goes on; null for an event of an account. */
const ticketNumber = sql`substring(
  coalesce(e.details ->> 'merged_into', e.subject_id) from '^TKT([0-9]{1,18})$')::bigint`

/** The reasons that name one account each. */
const singleReasons: Reason[] = [
  'account',
  'owner',
  'customer',
  'technician',
  'technician_before',
  'technician_of_merged',
]
const single = toldTypes.map(
  (type) => tellings.filter((telling) => telling.type === type && singleReasons.includes(telling.reason)).length,
)

/**
 * How many accounts are told of an event `e`, at most.
 * @internal Exported for the tests that compare the bound with who is told.
 */
export const recipientsAtMost: Sql = sql`case when not ${isTold} then 0 else
  case when ${isToldFor(...singleReasons)} then
    (${single}::integer[])[array_position(${toldTypes}::text[], e.type)] else 0 end
  + case when ${isToldFor('watcher')} then (
    select count(*) from (${watchersOf(sql`e.tenant_id`, ticketNumber)}) w) else 0 end
  + case when ${isToldFor('mentioned')} then coalesce(jsonb_array_length(e.details -> 'mentions'), 0) else 0 end
  + case when ${isToldFor('admin', 'admin_for_technician', 'queue')} then (
    select count(*) from accounts a
    where a.tenant_id = e.tenant_id and a.role = 'admin' and a.status = 'active' and ${isPerson}) else 0 end
  + case when ${isToldFor('queue')} then (
    select count(*) from tickets t
    join technicians w on w.tenant_id = t.tenant_id and ${isSameCategory(sql`w.category`, sql`t.issue_category`)}
    where t.tenant_id = e.tenant_id and t.ticket_number = ${ticketNumber}) else 0 end
  + case when ${isToldFor('colleague')} then (
    select count(*) from technicians own
    join technicians w on w.tenant_id = own.tenant_id and ${isSameCategory(sql`w.category`, sql`own.category`)}
    where own.tenant_id = e.tenant_id and own.technician_id = e.subject_id) else 0 end
  end`

/** The rows that a recipient leads to, at most: a mail or an item of a digest, and a notification. */
const rowsOfEach = 2

/** How many rows tell of an event `e`, at most: an expression for the batches of the fan-out. */
export const rowsAtMost: Sql = sql`${rowsOfEach}::integer * (${recipientsAtMost})`

/** The cases that hold for an event `e`, as an array. */
const casesOf: Sql = sql`array_remove(array[${join(
  Object.entries(cases).map(([name, holds]) => sql`case when ${holds} then ${name}::text end`),
)}], null)`

/** A condition: a reopened ticket goes back to the queue, because its technician is deactivated. */
const goesToQueue = sql`(e.type = 'ticket.reopened' and e.changes -> 'technician_id' -> 'to' = 'null')`

/** A condition: a comment did what the event `e` says, and is there still. */
const isByComment = sql`exists (
  select from comments telling
  where telling.tenant_id = e.tenant_id and telling.comment_id = (e.details ->> 'comment_id')::uuid
    and telling.deleted_at is null)`

/** The list of tellings as a table; `rank` is the place in the list. */
const tellingsStep: Sql = sql`
  tellings as materialized (
    select k.* from unnest(${tellings.map(({ type }) => type)}::text[], ${tellings.map(({ reason }) => reason)}::text[],
      ${tellings.map(({ ownAct }) => ownAct ?? false)}::boolean[],
      ${tellings.map(({ onlyBy }) => onlyBy ?? null)}::text[],
      ${tellings.map(({ onlyWhen }) => onlyWhen ?? null)}::text[], ${tellings.map(kindOf)}::text[])
      with ordinality as k (type, reason, own_act, only_by, only_when, kind, rank))`

/**
 * The events of a source that have recipients, with their facts. Left out are: quiet events, events of a ticket,
 * comment or file that has been deleted since, moves of a ticket by a comment, because the comment's event tells of the
 * move, edits of a ticket that is resolved or closed, and files that a comment carries by now. When a comment sends a
 * ticket back to the queue (`is_by_comment`), the move is told to the technicians who see the queue, because the
 * comment is not. A comment on a merged ticket, or a file, is an event of the final target of the merges. The event of
 * a merge tells of the reopening, too, unless nobody has the ticket. `customer_id` is null when the event gave the
 * ticket to a customer who does not have it any more.
 */
const toldEventsStep = ({ events, comments }: EventSource): Sql => sql`
  told_events as materialized (
    select e.tenant_id, e.event_id, e.position, e.type, e.subject_id, e.actor_id, e.actor_role, e.details, e.occurred_at,
      ${casesOf} as cases,
      e.type = 'ticket.reopened' and ${isByComment} as is_by_comment,
      ${isForCustomers} and ${isOfPresentCustomer} and c.visibility is distinct from 'internal' as is_for_customers,
      t.ticket_id, t.ticket_number, t.raised_date,
      case when not e.changes ? 'customer_id' or e.changes -> 'customer_id' ->> 'to' = t.customer_id
        then t.customer_id end as customer_id,
      case when e.changes ? 'technician_id' then e.changes -> 'technician_id' ->> 'to' else t.technician_id end
        as technician_id,
      e.changes -> 'technician_id' ->> 'from' as technician_before,
      t.subject, t.issue_category, t.priority,
      e.changes -> 'status' ->> 'from' as status_before, e.changes -> 'status' ->> 'to' as status_after,
      case when e.subject_version = t.version then t.status
        else coalesce(e.changes -> 'status' ->> 'to', t.status) end as status,
      case when e.type = 'ticket.resolved' then coalesce(e.changes -> 'resolution_summary' ->> 'to',
        e.details ->> 'resolution_summary', t.resolution_summary) end as resolution_summary,
      c.visibility as comment_visibility, c.comment_id, c.in_reply_to, f.created_at as attached_at
    from ${events}
    left join tickets t on t.tenant_id = e.tenant_id and t.deleted_at is null
      and t.ticket_number = case when e.type = any (${toldTypesOfTickets}::text[])
        then substr(coalesce(e.details ->> 'merged_into', e.subject_id), 4)::bigint end
    left join ${comments} c on c.tenant_id = e.tenant_id and c.deleted_at is null
      and c.comment_id = case when e.type = 'comment.added' then (e.details ->> 'comment_id')::uuid end
    left join lateral (
      select f.* from attachments f
      where f.tenant_id = e.tenant_id
        and f.attachment_id = case when e.type = 'attachment.added' then (e.details ->> 'attachment_id')::uuid end
      offset 0) f on f.deleted_at is null and f.comment_id is null
    where ${isTold}
      and (e.type = 'comment.added' or ${goesToQueue} or not ${isByComment})
      and (not e.details ? 'merged_ticket_id' or not exists (
        select from accounts w
        where w.tenant_id = t.tenant_id and w.account_id = t.technician_id and w.role = 'technician'
          and w.status <> 'deactivated'))
      and (e.type <> all (${toldTypesOfTickets}::text[]) or t.ticket_id is not null)
      and (e.type <> 'ticket.updated' or ${isUnresolvedSql})
      and (e.type <> 'comment.added' or c.comment_id is not null)
      and (e.type <> 'attachment.added' or f.attachment_id is not null))`

/** A condition on a told event `n`: an active technician has its ticket. */
const hasTechnician = sql`exists (select from accounts w
  where w.tenant_id = n.tenant_id and w.account_id = n.technician_id and w.role = 'technician'
    and w.status <> 'deactivated')`

/**
 * A condition on a told event `n`: another account than that of the actor watches its ticket, or is mentioned. With
 * `offset 0` the accounts are looked up one after the other. Where most tenants are small, the planner would rather
 * read all accounts of the tenant for each event.
 */
const isWatched = sql`(n.details ? 'mentions' or exists (
  select from (${watchersOf(sql`n.tenant_id`, sql`n.ticket_number`)}) w
  where w.account_id is distinct from n.actor_id
  and exists (select from accounts a
    where a.tenant_id = n.tenant_id and a.account_id = w.account_id and a.status <> 'deactivated' offset 0)))`

/** The active technicians of a category: a query of their accounts. */
const techniciansOf = (category: Sql): Sql => sql`
  select a.account_id from technicians w
  join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id and a.role = 'technician'
    and a.status = 'active'
  where w.tenant_id = n.tenant_id and ${isSameCategory(sql`w.category`, category)}`

/**
 * The account of a told event `n` that has a technician's number, unless it is an admin by now: admins are told as
 * admins.
 */
const technicianWhoIs = (accountId: Sql): Sql => sql`(
  select w.account_id from accounts w
  where w.tenant_id = n.tenant_id and w.account_id = ${accountId} and w.role = 'technician')`

/** The accounts that the tellings name for each event: each account once, for its first reason. */
const candidatesStep: Sql = sql`
  candidates as materialized (
    select n.*, told.account_id, told.reason,
      case when told.kind = 'ticket_comment' and n.comment_visibility = 'internal' then 'ticket_internal_comment'
        else told.kind end as kind
    from told_events n
    cross join lateral (
      select distinct on (named.account_id) named.account_id, k.reason, k.kind
      from tellings k
      cross join lateral (
        select case k.reason when 'account' then n.subject_id when 'owner' then n.details ->> 'account_id'
            when 'customer' then n.customer_id
          else ${technicianWhoIs(sql`case k.reason when 'technician' then n.technician_id
            when 'technician_before' then n.technician_before
            when 'technician_of_merged' then n.details ->> 'technician_id' end`)} end as account_id
        union all
        select w.account_id from (${watchersOf(sql`n.tenant_id`, sql`n.ticket_number`)}) w
        where k.reason = 'watcher'
        union all
        select m.account_id from (
          select m.account_id from jsonb_array_elements_text(n.details -> 'mentions') m (account_id) limit 10) m
        where k.reason = 'mentioned'
        union all
        select a.account_id from accounts a
        where k.reason in ('admin', 'admin_for_technician', 'queue')
          and a.tenant_id = n.tenant_id and a.role = 'admin' and a.status = 'active' and ${isPerson} and not n.is_by_comment
          and (k.reason = 'admin' or not ${hasTechnician})
        union all
        select q.account_id from (${techniciansOf(sql`n.issue_category`)}) q
        where k.reason = 'queue' and n.technician_id is null
        union all
        select q.account_id from (${techniciansOf(sql`(
          select own.category from technicians own
          where own.tenant_id = n.tenant_id and own.technician_id = n.subject_id)`)}) q
        where k.reason = 'colleague') named
      where named.account_id is not null and k.type = n.type and (k.only_by is null or k.only_by = n.actor_role)
        and (k.only_when is null or k.only_when = any (n.cases))
        and (k.own_act or named.account_id is distinct from n.actor_id)
        and (k.reason <> 'queue' or n.type <> 'comment.added' or not ${isWatched})
      order by named.account_id, k.rank) told)`

/**
 * The steps of a `with` that find who is told of a batch of events, for every channel. The last step is `recipients`: a
 * row for each event and account, with
 * - the event: `tenant_id`, `event_id`, `position`, `type`, `subject_id`, `actor_id`, `actor_role`, `details`,
 *   `occurred_at`, and the `cases` that hold for it
 * - the account: `account_id`, `account_role`, `account_name`, `account_email`, `account_shown_email`, `sign_in_name`,
 *   `account_time_zone`, `account_language`, the `reason`, the `kind` of the telling, and the `way` in which the
 *   account wants to be told
 * - of an event of a ticket, the ticket as the event, or the change that it is part of, left it: `ticket_id`,
 *   `ticket_number`, `raised_date`, `subject`, `issue_category`, `priority`, `status`, `customer_id`, `technician_id`,
 *   `technician_before`, and `resolution_summary` of `ticket.resolved`. The summary is that of the event; an event of
 *   version 1 does not always say it, and then it is that of the ticket now. When the event changed the status:
 *   `status_before`, `status_after`
 * - of a comment: `comment_visibility`, `comment_id`, and `in_reply_to`, the comment that it answers
 * - of a file: `attached_at`
 *
 * No row has a text, because there is a row for each recipient. Channels read the texts where they show them.
 *
 * The steps before it are materialized. The planner guesses one row where there are hundreds, and would otherwise join
 * the accounts of a whole tenant to each of them (500 events: 9 s instead of 60 ms). The accounts are looked up one
 * after the other, because a mention makes the planner guess a hundred rows. Run the statement with
 * `planForBatch`.
 */
export const recipientSteps = (batch: EventKeys): Sql => recipientStepsOf(eventsOf(batch))

/** As `recipientSteps`, for other events than those of the log: so there is one rule for what is and what would be. */
export const recipientStepsOf = (source: EventSource): Sql => sql`
  ${tellingsStep}, ${toldEventsStep(source)}, ${candidatesStep},
  recipients as materialized (
    select n.*, a.role as account_role, a.name as account_name, a.email as account_email,
      ${shownEmail} as account_shown_email, ${shownSignInName} as sign_in_name, a.time_zone as account_time_zone, a.language as account_language,
      ${wayOf(sql`n.tenant_id`, sql`n.account_id`, sql`n.kind`)} as way
    from candidates n
    cross join lateral (
      select a.role, a.name, a.email, a.typed_email, a.sign_in_name, a.time_zone, a.language from accounts a
      where a.tenant_id = n.tenant_id and a.account_id = n.account_id and a.status <> 'deactivated' and ${isPerson}
      limit 1) a
    where a.role <> 'customer' or n.is_for_customers or n.reason = 'account')`
