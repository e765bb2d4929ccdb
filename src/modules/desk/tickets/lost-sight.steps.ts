import { eventTypesWhere } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isOfPresentCustomer } from './ticket-events.policy.ts'

/** A number of a ticket out of its id, and null for every other text. */
const numberIn = (id: Sql): Sql => sql`case when ${id} ~ '^TKT[0-9]{4,15}$' then substr(${id}, 4)::bigint end`

/** The number of the ticket that an event `e` is about: an expression. Null when the subject is no ticket. */
export const subjectNumber = numberIn(sql`e.subject_id`)

/**
 * The number of the ticket out of whose sight an event `e` may put a reader: its subject, or the final target of the
 * subject, when the event says that somebody no longer watches a merged ticket.
 */
export const hidingNumber = sql`case when e.type = 'ticket.watcher_removed'
  then ${numberIn(sql`coalesce(e.details ->> 'merged_into', e.subject_id)`)} else ${subjectNumber} end`

const ofTickets = eventTypesWhere(({ subject }) => subject === 'ticket')

/**
 * Which readers of the step `readers` saw a ticket before an event of the step `looked`, as the event itself says, and no
 * longer see the ticket by the step `sights`: a query of `position`, `account_id` and `ticket_number`. Events that come
 * later, or the row of a deleted ticket, prove nothing that is not in the event, so no reader learns the id of a ticket
 * that the reader never saw.
 */
export const lostSights: Sql = sql`
  select distinct l.position, l.account_id, l.ticket_number from (
    select e.position, e.hiding_number as ticket_number, r.account_id from looked e
    join readers r on r.role = 'technician' and r.account_id = e.changes #>> '{technician_id,from}'
    where e.type = any (${ofTickets}::text[])
    union all
    select e.position, e.hiding_number, r.account_id from looked e
    join readers r on r.role = 'customer' and r.account_id = e.changes #>> '{customer_id,from}'
    where e.type = 'ticket.moved'
    union all
    select e.position, e.hiding_number, r.account_id from looked e
    join readers r on r.role = 'technician' and r.account_id = e.details ->> 'account_id'
    where e.type = 'ticket.watcher_removed'
    union all
    select e.position, e.hiding_number, r.account_id from looked e
    join placed t on t.ticket_number = e.ticket_number and t.is_deleted
    join readers r on r.role = 'customer' and r.account_id = t.customer_id
    where e.type = 'ticket.deleted' and ${isOfPresentCustomer}) l
  where l.ticket_number is not null and not exists (
    select from sights g where g.ticket_number = l.ticket_number and g.account_id = l.account_id)`
