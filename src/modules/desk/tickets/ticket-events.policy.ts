import { type EventType, type eventTypes, eventTypesWhere } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isAbout } from '../../../platform/events/about.ts'
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
  'issue_description',
  'issue_category',
  'priority',
  'status',
  'technician_id',
  'resolution_summary',
  'first_response_at',
  'merged_into',
] satisfies MemberOf<'changes'>[]

/**
 * The details that customers read. They say no more than customers read elsewhere: `ticket_id` and `merged_into` name
 * tickets of the same customer, the ticket shows the summary, `reason` is mailed to them, and an
 * order is theirs.
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
  'reason',
  'order_id',
  'product_id',
  'title',
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

/**
 * A condition: an event `e` of a ticket `t` came after the ticket was moved to its customer. What happened before names
 * the former customer. Also true when there is no ticket.
 */
export const isOfPresentCustomer: Sql = sql`(t.moved_at is null or e.occurred_at > t.moved_at or e.type = 'ticket.moved')`

const ofTickets = eventTypesWhere(({ subject }) => subject === 'ticket')

/**
 * A condition: an event `e` whose subject has the id of a ticket is about the ticket, and not about an account that has
 * the same id.
 */
export const isAboutTicket: Sql = isAbout(ofTickets)

/**
 * A condition for each role: somebody of the role, who sees the ticket `t` of an event `e`, may read the event. The
 * staff read all events about the ticket.
 */
export const readableBy = {
  customer: sql`(${isForCustomers} and ${isOfPresentCustomer})`,
  staff: isAboutTicket,
}

/** A condition: the actor, who sees the ticket `t` of an event `e`, may read the event. */
export const visibleEvents = ({ role }: User): Sql => readableBy[role === 'customer' ? 'customer' : 'staff']

/**
 * A condition: the actor, who may read an event, may read a field of its changes. Customers read the public ones.
 */
export const visibleField = ({ role }: User, field: Sql): Sql =>
  role === 'customer' ? sql`${field} = any (${publicChanges}::text[])` : sql`true`

/**
 * The id of who did what an event `e` tells, as an actor may read it: `system` for the program. An admin's id is a
 * sign-in name, so customers get null.
 */
export const visibleActorId = ({ role }: User): Sql =>
  role === 'customer'
    ? sql`case when e.actor_role <> 'admin' then coalesce(e.actor_id, 'system') end`
    : sql`coalesce(e.actor_id, 'system')`

/**
 * A condition: the act of an event `e` was taken back, or `e` tells that it was. Undos that were used are kept for
 * ever. A public file of which the ticket has no row any more came with a comment that was taken back: rows of files
 * that were deleted stay.
 */
export const isTakenBack: Sql = sql`(case when e.details ->> 'undo_id' is not null then exists (
    select from undos u
    where u.tenant_id = e.tenant_id and u.undo_id = (e.details ->> 'undo_id')::uuid and u.undone_at is not null offset 0)
  when e.type in ('attachment.added', 'attachment.deleted') and e.details ->> 'attachment_id' ~ '^[0-9a-f-]{36}$'
  then not exists (
    select from attachments f
    where f.tenant_id = e.tenant_id and f.attachment_id = (e.details ->> 'attachment_id')::uuid
      and f.visibility = 'public' offset 0)
  else false end)`

type Members = Record<string, unknown>

const pick = <T extends Members>(members: T, names: string[]): T =>
  Object.fromEntries(Object.entries(members).filter(([name]) => names.includes(name))) as T

type Changed = Record<string, { from: unknown; to: unknown }>

/**
 * The members of changes and details that are texts of people, and names of files. A description is in no event, only
 * its length.
 */
const texts: string[] = ['subject', 'resolution_summary', 'reason', 'file_name'] satisfies MemberOf<
  'changes' | 'details'
>[]

/** The members with null in place of each text. */
const withoutTexts = <T extends Members>(members: T, blank: unknown): T =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, texts.includes(name) ? blank : value])) as T

/**
 * The members of a readable event that an actor may read: the staff read all, customers the public members. Of an act
 * that was taken back customers read what changed, and no text.
 */
export const visibleParts = <C extends Changed>(
  { role }: Pick<User, 'role'>,
  { changes, details, is_taken_back: isTakenBack }: { changes: C; details: Members; is_taken_back: boolean },
): { changes: C; details: Members } => {
  if (role !== 'customer') return { changes, details }
  const shown = { changes: pick(changes, publicChanges), details: pick(details, publicDetails) }
  return isTakenBack
    ? { changes: withoutTexts(shown.changes, { from: null, to: null }), details: withoutTexts(shown.details, null) }
    : shown
}

/** The members of changes and details that name another ticket. */
const namesOfTickets: string[] = ['ticket_id', 'merged_into', 'merged_ticket_id'] satisfies MemberOf<
  'changes' | 'details'
>[]

const isTicket = (value: unknown): value is string => typeof value === 'string' && value.startsWith('TKT')

/** The tickets that an event names beside its own. */
export const ticketsNamedIn = ({ changes, details }: { changes: Changed; details: Members }): string[] =>
  namesOfTickets.flatMap((name) => [details[name], ...Object.values(changes[name] ?? {})]).filter(isTicket)

/** The members of changes and details that name an account. */
const namesOfPeople: string[] = ['technician_id', 'customer_id', 'account_id', 'mentions'] satisfies MemberOf<
  'changes' | 'details'
>[]

/** The accounts that the changes and details of an event name. */
export const peopleNamedIn = ({ changes, details }: { changes: Changed; details: Members }): string[] =>
  namesOfPeople
    .flatMap((name) => [details[name], ...Object.values(changes[name] ?? {})])
    .flat()
    .filter((value) => typeof value === 'string')

/** The parts of an event without the names of some tickets: a detail is left out, a side of a change is null. */
export const withoutTickets = <C extends Changed>(
  { changes, details }: { changes: C; details: Members },
  isHidden: (ticketId: string) => boolean,
): { changes: C; details: Members } => {
  const hide = (value: unknown): unknown => (isTicket(value) && isHidden(value) ? null : value)
  const shownDetails = Object.entries(details).filter(
    ([name, value]) => !namesOfTickets.includes(name) || hide(value) === value,
  )
  const shownChanges = Object.entries(changes).map(([name, { from, to }]) => [
    name,
    namesOfTickets.includes(name) ? { from: hide(from), to: hide(to) } : { from, to },
  ])
  return { changes: Object.fromEntries(shownChanges), details: Object.fromEntries(shownDetails) }
}
