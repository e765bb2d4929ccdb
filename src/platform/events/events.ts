import { exec, type Sql, sql, type Tx } from '../db/sql.ts'

/** What a change did to one member: `{ from, to }`, as the API shows it. */
export type Changes = Record<string, { from: unknown; to: unknown }>

/** The news of one change. It is inserted in the transaction of the change; nothing else tells the outside world. */
export interface NewEvent {
  tenantId: number
  /** Noun and past participle: `ticket.assigned`. */
  type: string
  subjectId: string
  /** The subject's version after the change, where it has versions. */
  subjectVersion: number | null
  /** Null: the system itself. */
  actorId: string | null
  actorRole: string
  changes: Changes
  /** What consumers need beside the changes, such as the id of a password reset. */
  details: Record<string, unknown>
  requestId: string | null
}

const columns = sql`tenant_id, type, subject_id, subject_version, actor_id, actor_role, changes, details, request_id`

const rowOf = (event: NewEvent): Sql => sql`(${event.tenantId}::integer, ${event.type}, ${event.subjectId},
  ${event.subjectVersion}::integer, ${event.actorId}, ${event.actorRole}, ${JSON.stringify(event.changes)}::jsonb,
  ${JSON.stringify(event.details)}::jsonb, ${event.requestId})`

/** An `insert into events` that a statement may carry in a `with`, when the change is one row that is known before. */
export const insertEventSql = (event: NewEvent): Sql => sql`insert into events (${columns}) values ${rowOf(event)}`

/** Records what a transaction changed. */
export const insertEvents = async (tx: Tx, events: NewEvent[]): Promise<void> => {
  const [first, ...rest] = events
  if (first === undefined) return
  const rows = rest.reduce((all, event) => sql`${all}, ${rowOf(event)}`, rowOf(first))
  await exec(tx, sql`insert into events (${columns}) values ${rows}`)
}
