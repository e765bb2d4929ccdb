import { allOf, join, type Sql, sql } from '../../../platform/db/sql.ts'
import { type Case, type Reason, type Telling, tellings } from './tellings.ts'

/**
 * A condition: the change that an event `e` is part of sent the ticket back to the queue. The events of a change are
 * written together, the edits last, and are three at most.
 */
const isSentBack = sql`exists (
  select from (
    select o.type, o.subject_version, o.changes from events o
    where o.tenant_id = e.tenant_id and o.subject_id = e.subject_id and o.event_id < e.event_id
    order by o.event_id desc limit 3) o
  where o.subject_version = e.subject_version and o.changes -> 'technician_id' -> 'to' = 'null')`

/** The condition of each case, for an event `e`. */
export const cases: Record<Case, Sql> = {
  public: sql`e.details ->> 'visibility' = 'public'`,
  internal: sql`e.details ->> 'visibility' = 'internal'`,
  urgent: sql`e.changes -> 'priority' ->> 'to' = 'urgent'`,
  requeued: sql`case when e.type = 'ticket.updated' and e.changes ? 'issue_category'
    and e.changes -> 'priority' ->> 'to' is distinct from 'urgent' then not ${isSentBack} else false end`,
  by_person: sql`e.actor_role <> 'system'`,
  by_program: sql`e.actor_role = 'system'`,
  not_by_deactivation: sql`coalesce(e.details ->> 'by', '') not in ('deactivation', 'role_change')`,
  not_by_merge: sql`not e.details ? 'merged_ticket_id'`,
  not_first: sql`not e.details ? 'first'`,
  confirmed: sql`not e.details ? 'confirmation_id'`,
  unconfirmed: sql`e.details ? 'confirmation_id'`,
  active: sql`e.changes -> 'status' ->> 'to' = 'active'`,
  released: sql`coalesce((e.details ->> 'released')::integer, 0) > 0`,
}

const isToldBy = ({ type, onlyBy, onlyWhen }: Telling): Sql =>
  allOf([
    sql`e.type = ${type}`,
    ...(onlyBy === undefined ? [] : [sql`e.actor_role = ${onlyBy}`]),
    ...(onlyWhen === undefined ? [] : [cases[onlyWhen]]),
  ])

/** A condition: some telling of these reasons is of an event `e`. */
export const isToldFor = (...reasons: Reason[]): Sql => {
  const wanted = tellings.filter(({ reason }) => reasons.includes(reason))
  return sql`(${join(wanted.map(isToldBy), ' or ')})`
}
