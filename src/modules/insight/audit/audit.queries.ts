import { secretDetails } from '../../../contract/events.ts'
import { allOf, type Db, many, planEachTime, type Sql, sql, withinTime } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { type AuditFilter, type AuditKey, AuditRow } from './audit.schemas.ts'

const isPrefix = (type: string): boolean => type.endsWith('*')

/** A condition: the type in a column is the wanted one, or begins with the wanted prefix. */
const ofType = (column: Sql, type: string): Sql =>
  isPrefix(type) ? sql`starts_with(${column}, ${type.slice(0, -1)})` : sql`${column} = ${type}`

const conditionsOf = ({ actor, subject, from, to }: AuditFilter, after: AuditKey | null): Sql[] => {
  const conditions: Sql[] = []
  if (subject !== undefined) conditions.push(sql`e.subject_id = ${subject}`)
  if (actor === 'system') conditions.push(sql`e.actor_id is null`)
  else if (actor !== undefined) conditions.push(sql`e.actor_id = ${actor}`)
  if (from !== undefined) conditions.push(sql`e.occurred_at >= ${from}::timestamptz`)
  if (to !== undefined) conditions.push(sql`e.occurred_at < ${to}::timestamptz`)
  if (after !== null) {
    const [occurredAt, position] = after
    conditions.push(sql`(e.occurred_at, e.position) < (${occurredAt}::timestamptz, ${position}::bigint)`)
  }
  return conditions
}

const newestFirst = sql`order by e.occurred_at desc, e.position desc`

/**
 * The same order, for events of the system. It names `actor_id`, because the planner does not know that `is null`
 * leaves one value, and would sort all rows.
 */
const newestOfSystem = sql`order by e.actor_id desc, e.occurred_at desc, e.position desc`

/**
 * The positions of the placed events that a filter wants, newest first, one more than `limit`. For one subject, or one
 * type with or without an actor, an index has them in this order. Otherwise the newest of each type are read by the
 * index of types, or by that of an actor's types, and merged, because an index by time alone would slow down the
 * writing of every event. There are few types; the index is asked for one after the other.
 */
const wanted = (tenantId: number, filter: AuditFilter, { limit, after }: PageRequest<AuditKey>): Sql => {
  const { actor, subject, type } = filter
  const placed = [sql`e.tenant_id = ${tenantId}`, sql`e.position is not null`]
  const conditions = [...placed, ...conditionsOf(filter, after)]
  const order = actor === 'system' ? newestOfSystem : newestFirst
  if (subject !== undefined || (type !== undefined && !isPrefix(type))) {
    const direct = type === undefined ? conditions : [...conditions, ofType(sql`e.type`, type)]
    return sql`select e.position from events e where ${allOf(direct)} ${order} limit ${limit + 1}`
  }
  const ofActor = allOf([...placed, ...conditionsOf({ actor }, null)])
  const byType = actor === 'system' ? sql`order by e.actor_id, e.type` : sql`order by e.type`
  return sql`select e.position
    from (
      with recursive types as (
        (select e.type from events e where ${ofActor} ${byType} limit 1)
        union all
        select next.type from types t cross join lateral (
          select e.type from events e where ${ofActor} and e.type > t.type ${byType} limit 1) next)
      select t.type from types t where ${type === undefined ? sql`true` : ofType(sql`t.type`, type)}) k
    cross join lateral (
      select e.position, e.occurred_at from events e
      where ${allOf(conditions)} and e.type = k.type ${order} limit ${limit + 1}) e
    ${newestFirst} limit ${limit + 1}`
}

/** One more than `limit` of the tenant's events, newest first, after the cursor's key. */
export const listEvents = (
  db: Db,
  actor: User,
  filter: AuditFilter,
  request: PageRequest<AuditKey>,
  timeoutMs: number,
): Promise<AuditRow[]> =>
  many(
    db,
    AuditRow,
    withinTime(
      planEachTime(sql`select e.position, e.position as event_id, e.type, e.subject_id, e.subject_version, e.actor_id,
          a.name as actor_name, e.actor_role, e.changes, e.details - ${secretDetails}::text[] as details, e.request_id,
          e.occurred_at, e.content_salt is null as erased, encode(e.hash, 'hex') as hash
        from (${wanted(actor.tenantId, filter, request)}) k
        cross join lateral (
          select e.* from events e where e.tenant_id = ${actor.tenantId} and e.position = k.position limit 1) e
        ${withAccountOfEach(sql`e.tenant_id`, sql`e.actor_id`)}
        ${newestFirst}`),
      timeoutMs,
    ),
  )
