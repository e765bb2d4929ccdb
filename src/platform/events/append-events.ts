import type { ActorRole } from '../../contract/enums.ts'
import { type Changes, type ChangesOf, type DetailsOf, type EventType, eventTypes } from '../../contract/events.ts'
import { type Db, exec, join, marksEvents, nothing, type Sql, sql, type Tx } from '../db/sql.ts'
import { currentTraceparent } from '../tracing/spans.ts'

/**
 * An event before it is written. It is inserted in the transaction of its change, and mail and webhooks follow from it.
 */
export interface NewEvent {
  tenantId: number
  type: EventType
  subjectId: string
  /** The version of the subject after the change; null when the change does not change the version. */
  subjectVersion: number | null
  /** Null for the program itself, and for a caller who is not signed in. */
  actorId: string | null
  actorRole: ActorRole
  changes: Changes
  details: Record<string, unknown>
  requestId: string | null
  /** The span of the request; null when traces are off. */
  traceparent: string | null
}

/** The origin of an event: the actor and the request, and the undo by which the actor may take the change back. */
export interface EventOrigin {
  actor: { tenantId: number; accountId: string | null; role: ActorRole }
  requestId: string | null
  undo?: { undoId: string }
}

type WithSchema = Record<string, unknown>

/** Adds `schema` to the details, because the table of events has no column for it. Version 1 has no such member. */
const withSchema = (type: EventType, details: WithSchema): WithSchema => {
  const { schema } = eventTypes[type]
  return schema > 1 ? { ...details, schema } : details
}

interface EventParts<T extends EventType> {
  version?: number
  changes?: ChangesOf<T>
  details?: DetailsOf<T>
}

/** The parts of an event. `details` are required when they have a required member. */
type PartsOf<T extends EventType> =
  Record<string, never> extends DetailsOf<T>
    ? [parts?: EventParts<T>]
    : [parts: EventParts<T> & { details: DetailsOf<T> }]

/** Makes an event of the catalogue about a subject: `eventOf(act, 'ticket.deleted', ticketId, { version })`. */
export const eventOf = <T extends EventType>(
  { actor, requestId, undo }: EventOrigin,
  type: T,
  subjectId: string,
  ...[parts = {}]: PartsOf<T>
): NewEvent => ({
  tenantId: actor.tenantId,
  type,
  subjectId,
  subjectVersion: parts.version ?? null,
  actorId: actor.accountId,
  actorRole: actor.role,
  changes: (parts.changes ?? {}) as Changes,
  details: withSchema(type, { ...parts.details, ...(undo === undefined ? {} : { undo_id: undo.undoId }) }),
  requestId,
  traceparent: currentTraceparent(),
})

const columns = sql`tenant_id, type, subject_id, subject_version, actor_id, actor_role, changes, details, request_id`

/**
 * The only statement that writes events. It is marked, so the fan-out is nudged after its commit. `isTraced`: the last
 * value of each row names the span that writes the event.
 */
const insertInto = (rows: Sql, isTraced: boolean): Sql =>
  marksEvents(sql`insert into events (${columns}${isTraced ? sql`, traceparent` : nothing}) ${rows}`)

/**
 * A step of SQL that writes the given events: the end of a statement, or a part of its `with`. Its text is the same for
 * any number of events.
 */
export const appendEvents = (events: NewEvent[]): Sql => {
  const column = <Name extends keyof NewEvent>(name: Name): NewEvent[Name][] => events.map((event) => event[name])
  const json = (name: 'changes' | 'details'): string[] => events.map((event) => JSON.stringify(event[name]))
  return insertInto(
    sql`select e.tenant_id, e.type, e.subject_id, e.subject_version, e.actor_id, e.actor_role,
      e.changes::jsonb, e.details::jsonb, e.request_id, e.traceparent
    from unnest(${column('tenantId')}::integer[], ${column('type')}::text[], ${column('subjectId')}::text[],
      ${column('subjectVersion')}::integer[], ${column('actorId')}::text[], ${column('actorRole')}::text[],
      ${json('changes')}::text[], ${json('details')}::text[], ${column('requestId')}::text[],
      ${column('traceparent')}::text[]) with ordinality
      as e (tenant_id, type, subject_id, subject_version, actor_id, actor_role, changes, details, request_id,
        traceparent, place)
    order by e.place`,
    true,
  )
}

type SqlMembers<Members> = { [Member in keyof Members]?: Sql }

/** Events that a statement makes from its own rows. The expressions may use what `from` selects. */
export interface EventRows<T extends EventType> {
  tenantId: Sql
  type: T
  subjectId: Sql
  subjectVersion?: Sql
  actorId: Sql
  actorRole: Sql
  changes?: { [Member in keyof ChangesOf<T>]?: { from: Sql; to: Sql } }
  /** Each member, or the whole as `jsonb`. */
  details?: SqlMembers<DetailsOf<T>> | Sql
  requestId: Sql
  /** The span of each event, where a statement writes those of several requests. Default: the span that runs now. */
  traceparent?: Sql | undefined
  /** The rest of the `select`: `from … where … order by …`. */
  from: Sql
}

const isSql = (value: object): value is Sql => 'strings' in value && 'values' in value

const objectOf = (members: [name: string, value: Sql][]): Sql =>
  members.length === 0
    ? sql`'{}'::jsonb`
    : sql`jsonb_build_object(${join(members.map(([name, value]) => sql`${name}::text, ${value}`))})`

const changesSql = (changes: Record<string, { from: Sql; to: Sql }>): Sql =>
  objectOf(
    Object.entries(changes).map(([member, { from, to }]) => [
      member,
      objectOf([
        ['from', from],
        ['to', to],
      ]),
    ]),
  )

const detailsSql = (type: EventType, details: Record<string, Sql> | Sql): Sql => {
  const { schema } = eventTypes[type]
  const made = isSql(details) ? details : objectOf(Object.entries(details))
  return schema > 1 ? sql`${made} || jsonb_build_object('schema', ${schema}::integer)` : made
}

/** A step of SQL that writes an event for each row of `from`: the end of a statement, or a part of its `with`. */
export const appendEventsFrom = <T extends EventType>(rows: EventRows<T>): Sql => {
  const current = currentTraceparent()
  const traceparent = rows.traceparent ?? (current === null ? null : sql`${current}::text`)
  const lastValue = traceparent === null ? nothing : sql`, ${traceparent}`
  return insertInto(
    sql`select ${rows.tenantId}, ${rows.type}::text, ${rows.subjectId},
    ${rows.subjectVersion ?? sql`null::integer`}, ${rows.actorId}, ${rows.actorRole},
    ${changesSql((rows.changes ?? {}) as Record<string, { from: Sql; to: Sql }>)},
    ${detailsSql(rows.type, (rows.details ?? {}) as Record<string, Sql> | Sql)}, ${rows.requestId}${lastValue}
    ${rows.from}`,
    traceparent !== null,
  )
}

/** The step that begins the log of each tenant that `from` selects as `t`. */
export const beginLogStep = (from: Sql): Sql => sql`insert into event_heads (tenant_id) select t.tenant_id ${from}`

/** Records an event that changed nothing, such as a failed sign-in. */
export const recordLoneEvent = async (db: Db, event: NewEvent): Promise<void> => {
  await exec(db, appendEvents([event]))
}

/** Records the changes of a transaction. */
export const recordEvents = async (tx: Tx, events: NewEvent[]): Promise<void> => {
  if (events.length > 0) await exec(tx, appendEvents(events))
}
