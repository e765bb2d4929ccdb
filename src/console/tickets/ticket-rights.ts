import type { components } from '../api/types.ts'

export type Ticket = components['schemas']['Ticket']
export type Status = Ticket['status']
type Comment = components['schemas']['ListedComment']

/** Who looks at a ticket. */
export interface Reader {
  id: string
  role: 'admin' | 'technician' | 'customer'
  /** What a technician works on. */
  category: string | null
}

/**
 * The moves of a status that a change may ask for, as the server has them. The rest are acts of their own: closing,
 * reopening, assigning and giving back.
 */
const moves: Record<Status, readonly Status[]> = {
  new: [],
  assigned: ['in_progress', 'resolved'],
  in_progress: ['assigned', 'waiting', 'resolved'],
  waiting: ['in_progress', 'resolved'],
  resolved: [],
  closed: [],
}

/**
 * What the console offers somebody of the staff on a ticket. The server decides; this only hides what it would refuse.
 */
export interface TicketRights {
  take: boolean
  /** Writing what the customer reads; an internal note is for everybody of the staff who sees the ticket. */
  reply: boolean
  /** To whom the ticket may be given: everybody, the technicians of its category, or nobody. */
  assign: 'anybody' | 'colleagues' | null
  giveBack: boolean
  statuses: readonly Status[]
  close: boolean
  reopen: boolean
  /** Priority and category. */
  edit: boolean
  /** Subject and description. */
  editTexts: boolean
  /** Tags, links, merging, and who else watches. */
  work: boolean
  merge: boolean
  unmerge: boolean
  move: boolean
  remove: boolean
}

const none: TicketRights = {
  take: false,
  reply: false,
  assign: null,
  giveBack: false,
  statuses: [],
  close: false,
  reopen: false,
  edit: false,
  editTexts: false,
  work: false,
  merge: false,
  unmerge: false,
  move: false,
  remove: false,
}

/** Whether two categories are the same: upper and lower case are equal. */
export const isSameCategory = (one: string | null, other: string | null): boolean =>
  one !== null && other !== null && one.toLowerCase() === other.toLowerCase()

export const isUnresolved = (status: Status): boolean => status !== 'resolved' && status !== 'closed'

/** What somebody may do with a ticket. Watching is for everybody of the staff who sees it. */
export const rightsOf = (reader: Reader, ticket: Ticket): TicketRights => {
  const { status, technician_id } = ticket
  const isAdmin = reader.role === 'admin'
  const isOwn = reader.role === 'technician' && technician_id === reader.id
  const works = isAdmin || isOwn
  if (ticket.merged_into !== null) return { ...none, unmerge: works, remove: isAdmin }
  const isOpen = isUnresolved(status)
  const assign = !isOpen ? null : isAdmin ? 'anybody' : isOwn ? 'colleagues' : null
  return {
    take:
      reader.role === 'technician' &&
      technician_id === null &&
      isOpen &&
      isSameCategory(ticket.issue_category, reader.category),
    reply: works,
    assign,
    giveBack: works && isOpen && technician_id !== null,
    statuses: works && technician_id !== null ? moves[status] : [],
    close: isAdmin ? status !== 'closed' : isOwn && status === 'resolved',
    reopen: works && status === 'resolved',
    edit: works,
    editTexts: isAdmin,
    work: works,
    merge: works,
    unmerge: false,
    move: isAdmin,
    remove: isAdmin,
  }
}

/** Whether somebody may change and delete a message: their own for a while, and admins every one at any time. */
export const mayChangeMessage = (
  reader: Pick<Reader, 'id' | 'role'> | null,
  { author_id, editable_until }: Pick<Comment, 'author_id' | 'editable_until'>,
  now: number,
): boolean =>
  reader !== null &&
  (reader.role === 'admin' || (author_id === reader.id && editable_until !== null && Date.parse(editable_until) > now))

/** Who may get a ticket that somebody of the staff raises: anybody, only whoever raises it, or nobody. */
export const mayGiveNew = ({ role, category }: Omit<Reader, 'id'>, of: string): 'anybody' | 'self' | null =>
  role === 'admin' ? 'anybody' : role === 'technician' && isSameCategory(category, of) ? 'self' : null
