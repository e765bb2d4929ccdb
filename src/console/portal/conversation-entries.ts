import type { components } from '../api/types.ts'

type Schemas = components['schemas']
type Comment = Schemas['ListedComment']
type Fact = Schemas['HistoryEntry']
type File = Schemas['Attachment']

/** Something of a conversation, at its time. */
export type Entry =
  | { kind: 'comment'; at: string; id: string; comment: Comment }
  | { kind: 'files'; at: string; id: string; files: File[] }
  | { kind: 'fact'; at: string; id: string; fact: Fact; says: FactKind }

export type FactKind =
  | 'looks_after'
  | 'nobody'
  | 'solved'
  | 'reopened'
  | 'closed'
  | 'category'
  | 'order_cancelled'
  | 'order_expired'

/**
 * What a fact is for the customer; null when a line about it says nothing that they do not see elsewhere.
 * @internal Exported for its test.
 */
export const kindOf = ({ type, changes }: Pick<Fact, 'type' | 'changes'>): FactKind | null => {
  if (type === 'ticket.assigned') return 'looks_after'
  if (type === 'ticket.unassigned') return changes.technician_id?.to === null ? 'nobody' : null
  if (type === 'ticket.resolved') return 'solved'
  if (type === 'ticket.reopened') return 'reopened'
  if (type === 'ticket.updated') return typeof changes.issue_category?.to === 'string' ? 'category' : null
  if (type === 'ticket.order_cancelled') return 'order_cancelled'
  if (type === 'ticket.order_expired') return 'order_expired'
  return type === 'ticket.closed' ? 'closed' : null
}

/** Files that came with the ticket follow it within this time. */
const withTicketMs = 30 * 60_000

/** The files of the ticket itself, and those that were attached later without a word. */
export const splitFiles = (files: readonly File[], ticket: { raised_date: string; customer_id: string }) => {
  const until = Date.parse(ticket.raised_date) + withTicketMs
  const isOfTicket = ({ created_at, author_id }: File): boolean =>
    author_id === ticket.customer_id && Date.parse(created_at) <= until
  return { ofTicket: files.filter(isOfTicket), later: files.filter((file) => !isOfTicket(file)) }
}

/**
 * The entries of a conversation in the order of their times. `hasOlder`: there are older comments that are not loaded,
 * so what is older than the loaded ones is left out, too.
 */
export const entriesOf = (
  comments: readonly Comment[],
  files: readonly File[],
  facts: readonly Fact[],
  hasOlder: boolean,
): Entry[] => {
  const from = hasOlder ? (comments[0]?.created_at ?? '') : ''
  const said: Entry[] = comments.map((comment) => ({
    kind: 'comment',
    at: comment.created_at,
    id: comment.comment_id,
    comment,
  }))
  const attached: Entry[] = files.map((file) => ({
    kind: 'files',
    at: file.created_at,
    id: file.attachment_id,
    files: [file],
  }))
  const happened = facts.flatMap((fact): Entry[] => {
    const says = kindOf(fact)
    return says === null ? [] : [{ kind: 'fact', at: fact.occurred_at, id: fact.history_id, fact, says }]
  })
  return [...said, ...attached, ...happened]
    .filter(({ at }) => at >= from)
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}
