import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isOutOfSight } from '../../desk/tickets/sight-of-accounts.steps.ts'
import { isForCustomers, isOfPresentCustomer } from '../../desk/tickets/ticket-events.policy.ts'
import { isUndone } from './undone-mails.steps.ts'

/** How many entries a digest shows, the newest ones. */
const entriesShown = 50

/**
 * A condition: what an event `e` of the ticket `t` told is still so, as far as the mail of the event alone would ask.
 */
const isStillSo: Sql = sql`(case e.type
  when 'comment.added' then exists (
    select from comments c
    where c.tenant_id = e.tenant_id and c.comment_id = (e.details ->> 'comment_id')::uuid and c.deleted_at is null)
  when 'attachment.added' then exists (
    select from attachments f
    where f.tenant_id = e.tenant_id and f.attachment_id = (e.details ->> 'attachment_id')::uuid
      and f.comment_id is null and f.deleted_at is null)
  when 'ticket.absorbed' then exists (
    select from tickets m
    where m.tenant_id = e.tenant_id and m.merged_into_number is not null
      and m.ticket_number = substring(e.details ->> 'ticket_id' from '^TKT([0-9]{1,18})$')::bigint)
  else true end)`

/** A condition: what an event `e` of the ticket `t` told was taken back. */
const undoneEvent: Sql = isUndone(sql`undo`, {
  tenantId: sql`e.tenant_id`,
  ticketId: sql`t.ticket_id`,
  undoId: sql`(e.details ->> 'undo_id')::uuid`,
})

/** A condition: the account `reader` may still read an event `e` of the ticket `t`; without a ticket, of the desk. */
const isStillShown: Sql = sql`(case when e.subject_id !~ '^TKT[0-9]{1,18}$' then reader.role <> 'customer'
  else t.ticket_id is not null and not ${isOutOfSight(sql`reader`, sql`t`)} and ${isStillSo} and not ${undoneEvent}
    and (reader.role <> 'customer' or (${isForCustomers} and ${isOfPresentCustomer})) end)`

/** The events that the mail `mail` gathers, as far as its reader sees them now. */
const shownEvents: Sql = sql`
  select e.event_id, jsonb_build_object(
    'at', e.occurred_at, 'time_zone', coalesce(reader.time_zone, mail.time_zone), 'type', e.type, 'ticket_id', t.ticket_id,
    'ticket_subject', t.subject, 'actor_name', actor.name, 'subject_name', about.name,
    'visibility', e.details ->> 'visibility', 'status', e.changes -> 'status' ->> 'to',
    'is_own', e.changes -> 'technician_id' ->> 'to' is not distinct from reader.account_id,
    'is_mention', coalesce(e.details -> 'mentions' ? reader.account_id, false)) as entry
  from jsonb_array_elements(mail.events) as gathered (event_id)
  join events e on e.tenant_id = mail.tenant_id and e.event_id = gathered.event_id::bigint
  join accounts reader on reader.tenant_id = mail.tenant_id and reader.account_id = mail.account_id
  left join accounts actor on actor.tenant_id = e.tenant_id and actor.account_id = e.actor_id
  left join accounts about on about.tenant_id = e.tenant_id and about.account_id = e.subject_id
  left join tickets t on t.tenant_id = e.tenant_id and t.deleted_at is null
    and t.ticket_number = substring(coalesce(e.details ->> 'merged_into', e.subject_id) from '^TKT([0-9]{1,18})$')::bigint
  left join undos undo on undo.tenant_id = e.tenant_id and undo.undo_id = (e.details ->> 'undo_id')::uuid
  where ${isStillShown}`

/**
 * What a digest `e` shows: a row with the parameters that follow from what there is now, and whether nothing is left to
 * show. Every other mail has no such parameters.
 */
export const digestOfMail: Sql = sql`
  select now_shown.parameters, now_shown.is_empty
  from (
    select e.tenant_id, e.account_id, case when e.template = 'digest' and jsonb_typeof(e.parameters -> 'events') = 'array'
      then e.parameters -> 'events' end as events, e.parameters ->> 'time_zone' as time_zone) mail
  cross join lateral (
    with shown as materialized (${shownEvents}),
    newest as (select s.event_id, s.entry from shown s order by s.event_id desc limit ${entriesShown})
    select
      case when mail.events is null then '{}' else jsonb_build_object(
        'entries', coalesce((select jsonb_agg(n.entry order by n.event_id) from newest n), '[]'),
        'count', (select count(*) from shown)) end as parameters,
      mail.events is not null and not exists (select from shown) as is_empty) now_shown`
