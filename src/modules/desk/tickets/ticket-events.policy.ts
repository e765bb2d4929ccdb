import { type EventType, type eventTypes, eventTypesWhere } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'

/** The names of all members that the changes, or the details, of some event have. */
type MemberOf<Part extends 'changes' | 'details'> = {
  [T in EventType]: keyof (typeof eventTypes)[T][Part]
}[EventType]

/**
 * The members whose changes customers read, because their tickets show them. Earlier texts of comments are for the
 * staff.
 */
const publicChanges: string[] = [
  'subject',
  'issue_category',
  'priority',
  'status',
  'technician_id',
  'resolution_summary',
  'merged_into',
] satisfies MemberOf<'changes'>[]

/**
 * The details that customers read. They say no more than customers read elsewhere: `ticket_id` and `merged_into` name
 * tickets of the same customer, and the ticket shows the summary.
 */
const publicDetails: string[] = [
  'comment_id',
  'attachment_id',
  'file_name',
  'content_type',
  'size',
  'ticket_id',
  'merged_into',
  'resolution_summary',
] satisfies MemberOf<'details'>[]

const always = eventTypesWhere(({ subject, customers }) => subject === 'ticket' && customers === 'always')
const whenPublic = eventTypesWhere(({ subject, customers }) => subject === 'ticket' && customers === 'when_public')

/**
 * A condition: the customer of a ticket may read an event `e` of the ticket. The catalogue decides by the type of the
 * event, and `visibility: internal` in the details forbids reading. A `ticket.updated` says nothing but its changes, so
 * at least one of these must be public.
 */
export const isForCustomers: Sql = sql`(e.details ->> 'visibility' is distinct from 'internal'
  and ((e.type = any (${always}::text[]) and (e.type <> 'ticket.updated' or e.changes ?| ${publicChanges}::text[]))
    or (e.type = any (${whenPublic}::text[]) and e.details ->> 'visibility' = 'public')))`

const ofTickets = eventTypesWhere(({ subject }) => subject === 'ticket')

/**
 * A condition: an event `e` whose subject has the id of a ticket is about the ticket, and not about an account that has
 * the same id. An erasure is about what the erased event was about.
 */
const isAboutTicket: Sql = sql`(e.type = any (${ofTickets}::text[]) or (e.type = 'event.blanked' and exists (
  select from events b
  where b.tenant_id = e.tenant_id and b.event_id = (e.details ->> 'event_id')::bigint
    and b.type = any (${ofTickets}::text[]))))`

/**
 * A condition: the actor, who sees the ticket of an event `e`, may read the event. The staff read all events about the
 * ticket.
 */
export const visibleEvents = ({ role }: User): Sql => (role === 'customer' ? isForCustomers : isAboutTicket)

type Members = Record<string, unknown>

const pick = <T extends Members>(members: T, names: string[]): T =>
  Object.fromEntries(Object.entries(members).filter(([name]) => names.includes(name))) as T

/** The members of a readable event that an actor may read: the staff read all, customers the public members. */
export const visibleParts = <C extends Members>(
  { role }: User,
  { changes, details }: { changes: C; details: Members },
): { changes: C; details: Members } =>
  role === 'customer'
    ? { changes: pick(changes, publicChanges), details: pick(details, publicDetails) }
    : { changes, details }
