import type { components } from '../api/types.ts'
import type { Ticket } from './ticket-rights.ts'

export type Change = components['schemas']['UpdateTicket']
export type HistoryEntry = components['schemas']['HistoryEntry']

/** The fields of a ticket that somebody may change, in the order in which they are shown. */
const fields = [
  'status',
  'technician_id',
  'priority',
  'issue_category',
  'subject',
  'issue_description',
  'resolution_summary',
] as const
export type Field = (typeof fields)[number]
export type Value = string | null

/** Who changed a field meanwhile, and when. */
interface Author {
  name: string | null
  at: string | null
}

/** A field that both changed: what it was, and what each made of it. */
export interface Clash {
  field: Field
  was: Value
  mine: Value
  theirs: Value
  by: Author
}

/** What became of a change that met another one. */
export interface Meeting {
  /** Both changed these fields, to different values. Somebody has to choose. */
  clashes: Clash[]
  /** Only the others changed these. They stand. */
  theirs: { field: Field; value: Value; by: Author }[]
  /** Only I changed these. They stand, too. */
  mine: { field: Field; value: Value }[]
  /** Both made the same of these. */
  same: { field: Field; value: Value; by: Author }[]
}

/** Who made the newest change of a field after a version, as the history says. The history is the newest first. */
const authorOf = (field: Field, value: Value, history: readonly HistoryEntry[]): Author => {
  const entry = history.find(({ changes }) => changes[field] !== undefined && fits(field, changes[field].to, value))
  return { name: entry?.actor?.name ?? null, at: entry?.occurred_at ?? null }
}

/** The history has of a description only its length. */
const fits = (field: Field, to: unknown, value: Value): boolean => field === 'issue_description' || to === value

/** Sorts a change that was refused, because the ticket changed meanwhile, by fields. */
export const meet = (change: Change, before: Ticket, now: Ticket, history: readonly HistoryEntry[] = []): Meeting => {
  const met: Meeting = { clashes: [], theirs: [], mine: [], same: [] }
  for (const field of fields) {
    const [was, theirs, mine] = [before[field], now[field], change[field]]
    const isTheirs = was !== theirs
    const isMine = mine !== undefined && mine !== was
    const by = isTheirs ? authorOf(field, theirs, history) : { name: null, at: null }
    if (isTheirs && isMine && mine !== theirs) met.clashes.push({ field, was, mine, theirs, by })
    else if (isTheirs && isMine) met.same.push({ field, value: theirs, by })
    else if (isTheirs) met.theirs.push({ field, value: theirs, by })
    else if (isMine) met.mine.push({ field, value: mine })
  }
  return met
}

/** What is to be sent after the choice: my values of the fields that only I changed, or where I chose mine. */
export const settled = (meeting: Meeting, chosen: Partial<Record<Field, 'mine' | 'theirs'>>): Partial<Change> =>
  Object.fromEntries([
    ...meeting.mine.map(({ field, value }) => [field, value]),
    ...meeting.clashes.filter(({ field }) => chosen[field] === 'mine').map(({ field, mine }) => [field, mine]),
  ])

/** A text in pieces: what both texts have, and what only this one has. By whole words, from both ends. */
export const differing = (text: string, other: string): { text: string; isOwn: boolean }[] => {
  const [words, others] = [text.split(/(\s+)/u), other.split(/(\s+)/u)]
  const most = Math.min(words.length, others.length)
  let head = 0
  while (head < most && words[head] === others[head]) head += 1
  let tail = 0
  while (tail < most - head && words.at(-1 - tail) === others.at(-1 - tail)) tail += 1
  const end = words.length - tail
  const pieces = [
    { text: words.slice(0, head).join(''), isOwn: false },
    { text: words.slice(head, end).join(''), isOwn: true },
    { text: words.slice(end).join(''), isOwn: false },
  ]
  return pieces.filter((piece) => piece.text !== '')
}
