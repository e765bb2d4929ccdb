import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'

/**
 * What of a ticket its customer reads, and may therefore know the changes of. Not the text of comments: what the staff has
 * corrected or withdrawn, is theirs.
 */
const publicMembers = [
  'subject',
  'issue_category',
  'priority',
  'status',
  'technician_id',
  'resolution_summary',
  'merged_into',
]

/** What of the details of an event says no more than its customer reads elsewhere; the last two name tickets of theirs. */
const publicDetails = ['comment_id', 'attachment_id', 'file_name', 'content_type', 'size', 'ticket_id', 'merged_into']

/** News of a ticket itself: public unless it says that it is internal. */
const ofTicket = [
  'ticket.created',
  'ticket.assigned',
  'ticket.unassigned',
  'ticket.status_changed',
  'ticket.resolved',
  'ticket.reopened',
  'ticket.closed',
  'ticket.merged',
  'ticket.unmerged',
  'ticket.absorbed',
  'ticket.released',
]

/** News of what may be internal: public only if it says so. */
const ofMore = ['comment.added', 'comment.edited', 'comment.deleted', 'attachment.added', 'attachment.deleted']

/**
 * Which events `e` of a ticket that they see somebody reads: the staff all. Customers those of the types above and no
 * others, so that a new type is internal until it is said here that it is not; an edit, when a member of it is theirs.
 */
export const visibleEvents = ({ role }: User): Sql =>
  role === 'customer'
    ? sql`(e.details ->> 'visibility' is distinct from 'internal'
        and (e.type = any (${ofTicket}::text[])
          or (e.type = 'ticket.updated' and e.changes ?| ${publicMembers}::text[])
          or (e.type = any (${ofMore}::text[]) and e.details ->> 'visibility' = 'public')))`
    : sql`true`

type Members = Record<string, unknown>

const pick = <T extends Members>(members: T, names: string[]): T =>
  Object.fromEntries(Object.entries(members).filter(([name]) => names.includes(name))) as T

/** What somebody reads of the members of an event that they see. */
export const visibleParts = <C extends Members>(
  { role }: User,
  { changes, details }: { changes: C; details: Members },
): { changes: C; details: Members } =>
  role === 'customer'
    ? { changes: pick(changes, publicMembers), details: pick(details, publicDetails) }
    : { changes, details }
