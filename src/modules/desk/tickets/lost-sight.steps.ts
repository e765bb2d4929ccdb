import { join, type Sql, sql } from '../../../platform/db/sql.ts'
import { isSameCategory } from '../../identity/technicians/technicians.steps.ts'
import { isAboutTicket, isOfPresentCustomer } from './ticket-events.policy.ts'
import { isOfCustomer } from './tickets.policy.ts'
import { watchersOf } from './watchers.steps.ts'

/** The number of a ticket out of its id: null for every other text. */
const numberIn = (id: Sql): Sql => sql`case when ${id} ~ '^TKT[0-9]{4,15}$' then substr(${id}, 4)::bigint end`

/**
 * What the statement needs of an event `e` to know by which tickets somebody sees, or saw, it: the columns of the step
 * `looked`. `ticket_number`: the ticket that the event is about. `beside_number`: the final target of the ticket, where
 * sight of both may be lost. `other_number`: the other ticket of a merge that ended, or of a merged ticket that was
 * deleted.
 */
export const sightColumns: Sql = sql`case when ${isAboutTicket} then ${numberIn(sql`e.subject_id`)} end as ticket_number,
  case when e.type in ('ticket.watcher_removed', 'ticket.released')
    then ${numberIn(sql`(e.details ->> 'merged_into')`)} end as beside_number,
  case e.type
    when 'ticket.unmerged' then ${numberIn(sql`(e.changes #>> '{merged_into,from}')`)}
    when 'ticket.released' then ${numberIn(sql`(e.details ->> 'ticket_id')`)}
    when 'ticket.deleted' then (
      select m.merged_into_number from tickets m
      where m.tenant_id = e.tenant_id and m.ticket_number = ${numberIn(sql`e.subject_id`)} limit 1)
    end as other_number, e.content_salt is null as is_blanked`

/** The tickets that the events of the step `looked` may show or hide: the step `named`. */
export const namedStep: Sql = sql`named as materialized (
  select distinct n.ticket_number from looked e
  cross join lateral unnest(array[e.ticket_number, e.beside_number]) as n (ticket_number)
  where n.ticket_number is not null)`

/** Types of events by which somebody may lose sight. When such an event is erased, nobody knows any more who. */
const losing = [
  'ticket.assigned',
  'ticket.unassigned',
  'ticket.reopened',
  'ticket.updated',
  'ticket.change_undone',
  'ticket.merged',
  'ticket.unmerged',
  'ticket.released',
  'ticket.moved',
  'ticket.deleted',
  'ticket.watcher_removed',
]

/** How long after a change of their category technicians are told of its queue without names, because both overlap. */
const overlap = sql`interval '1 minute'`

/** One way to have seen a ticket before an event: a query of `position`, `account_id` and whether that is sure. */
const evidence = (readers: Sql, condition: Sql, isSure: Sql = sql`true`): Sql => sql`
  select e.position, r.account_id, ${isSure} as is_sure from looked e ${readers} where ${condition}`

const technician = (condition: Sql): Sql => sql`join readers r on r.role = 'technician' and ${condition}`

/**
 * The watchers of tickets that were deleted, or taken out of a conversation. Who watched the ticket itself, or the one
 * that it was merged into, before the event surely saw it. Of the others of today's conversation nobody knows.
 */
const watching: Sql[] = [
  sql`select e.position, k.account_id, k.watched_since < e.occurred_at from looked e
    cross join lateral (
      select e.other_number as number
      union all
      select d.number from (select e.ticket_number as number union all
        select w.ticket_number from tickets w
        where w.tenant_id = e.tenant_id and w.deleted_with_number = e.ticket_number) d
      where e.type = 'ticket.deleted') w
    cross join lateral (
      select k.account_id, k.watched_since from ticket_watchers k
      where k.tenant_id = e.tenant_id and k.ticket_number = w.number offset 0) k
    join readers r on r.role = 'technician' and r.account_id = k.account_id
    where e.type in ('ticket.deleted', 'ticket.unmerged', 'ticket.released')`,
  sql`select e.position, k.account_id, false from looked e
    cross join lateral (${watchersOf(sql`e.tenant_id`, sql`e.other_number`)}) k
    join readers r on r.role = 'technician' and r.account_id = k.account_id
    where e.other_number is not null`,
]

const ways: Sql[] = [
  // The technician before; the customer before; the watcher before.
  evidence(technician(sql`r.account_id = e.changes #>> '{technician_id,from}'`), sql`e.ticket_number is not null`),
  evidence(
    sql`join readers r on r.role = 'customer' and r.account_id = e.changes #>> '{customer_id,from}'`,
    sql`e.type = 'ticket.moved'`,
  ),
  evidence(technician(sql`r.account_id = e.details ->> 'account_id'`), sql`e.type = 'ticket.watcher_removed'`),
  // The technicians of the category whose queue the ticket left, and the technician of a conversation.
  evidence(
    technician(isSameCategory(sql`r.category`, sql`(e.details ->> 'left_queue')`)),
    sql`e.ticket_number is not null and e.occurred_at > r.category_since - ${overlap}
      and r.account_id is distinct from e.changes #>> '{technician_id,to}'`,
    sql`e.occurred_at > r.category_since`,
  ),
  evidence(
    technician(sql`r.account_id = e.details ->> 'technician_id'`),
    sql`e.type in ('ticket.deleted', 'ticket.unmerged', 'ticket.released')`,
  ),
  // The customer of a deleted ticket.
  evidence(
    sql`join placed t on t.ticket_number = e.ticket_number and t.is_deleted
      join readers r on r.role = 'customer' and ${isOfCustomer(sql`r.account_id`, sql`t`)}`,
    sql`e.type = 'ticket.deleted' and ${isOfPresentCustomer}`,
  ),
  ...watching,
  evidence(
    sql`join readers r on r.role <> 'admin'`,
    sql`e.is_blanked and e.type = any (${losing}::text[])`,
    sql`false`,
  ),
]

/**
 * Which readers of the step `readers` saw a ticket before an event of the step `looked`, as the event tells, and do
 * not see the ticket by the step `sights`: the step `lost`. Where it is not sure that a reader saw the ticket
 * (`is_sure`), the reader must not learn its id. Who loses a ticket loses what is merged into it.
 */
export const lostStep: Sql = sql`lost as materialized (
  select l.position, l.account_id, n.ticket_number, bool_or(l.is_sure) as is_sure
  from (${join(ways, ' union all ')}) l
  join looked e on e.position = l.position
  cross join lateral unnest(array[e.ticket_number, e.beside_number]) as n (ticket_number)
  where n.ticket_number is not null and not exists (
    select from sights g where g.ticket_number = n.ticket_number and g.account_id = l.account_id)
  group by l.position, l.account_id, n.ticket_number)`
