import type { components } from '../api/types.ts'
import type { Stream } from '../tickets/join-rows.ts'
import type { HistoryEntry } from './change-lines.ts'

export type Comment = components['schemas']['ListedComment']
export type TicketMail = components['schemas']['TicketEmail']

export interface Streams {
  comments: Stream<Comment>
  history: Stream<HistoryEntry>
  mails: Stream<TicketMail>
}

export type Entry =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'message'; key: string; at: string; comment: Comment; mails: TicketMail[] }
  | { kind: 'change'; key: string; at: string; change: HistoryEntry }
  | { kind: 'mail'; key: string; at: string; mail: TicketMail }

export const emptyStreams = (): Streams => ({
  comments: { rows: [], cursor: null },
  history: { rows: [], cursor: null },
  mails: { rows: [], cursor: null },
})

const oldestOf = (at: string | undefined, cursor: string | null): string => (cursor === null ? '' : (at ?? ''))

/**
 * From when on all three streams have been read. What is older would be incomplete. Empty: from the beginning.
 * @internal Exported for its test.
 */
export const completeSince = ({ comments, history, mails }: Streams): string => {
  const ends = [
    oldestOf(comments.rows.at(-1)?.created_at, comments.cursor),
    oldestOf(history.rows.at(-1)?.occurred_at, history.cursor),
    oldestOf(mails.rows.at(-1)?.created_at, mails.cursor),
  ]
  return ends.reduce((latest, end) => (end > latest ? end : latest))
}

/** Which streams have to be read on, so that older entries can be shown: those that reach back least. */
export const nextStreams = (streams: Streams): (keyof Streams)[] => {
  const since = completeSince(streams)
  const { comments, history, mails } = streams
  const reach = {
    comments: oldestOf(comments.rows.at(-1)?.created_at, comments.cursor),
    history: oldestOf(history.rows.at(-1)?.occurred_at, history.cursor),
    mails: oldestOf(mails.rows.at(-1)?.created_at, mails.cursor),
  }
  const names = Object.keys(reach) as (keyof Streams)[]
  return names.filter((name) => streams[name].cursor !== null && reach[name] >= since)
}

/** Mails of these states are worth a line of their own when no comment shows them: somebody may have to act. */
const troubled = new Set(['failed', 'deferred'])

/** Whether the mails of a ticket still move, so that it is worth to look again. */
export const isMoving = ({ mails }: Streams): boolean =>
  mails.rows.some(({ state }) => state === 'queued' || state === 'deferred')

/** The mails that tell of the ticket itself: they stand with its description. */
export const isOfDescription = ({ template }: TicketMail): boolean => template.startsWith('ticket_created')

/** What was attached without a comment stands as a change; the files of comments stand with them. */
const isShownElsewhere = (change: HistoryEntry, carried: ReadonlySet<string>): boolean =>
  change.type === 'attachment.added' && carried.has(String((change.details as Record<string, unknown>).attachment_id))

/** The customer's own raising of the ticket is what its description shows. */
const isDescription = ({ type, actor, details }: HistoryEntry): boolean =>
  type === 'ticket.created' && actor?.role === 'customer' && !('source' in details)

/**
 * Turns the changes around, which the API gives newest first, and gives each a time that is no earlier than that of the
 * change before: a change that waited for another has the time at which it began to wait.
 */
const inOrder = (changes: HistoryEntry[]): { change: HistoryEntry; at: string }[] => {
  let latest = ''
  return changes.toReversed().map((change) => {
    latest = change.occurred_at > latest ? change.occurred_at : latest
    return { change, at: latest }
  })
}

/**
 * The entries of a timeline, the oldest first, as far back as all streams have been read. Each mail about a comment
 * stands with the comment. `dayOf` names the day of a time for its reader.
 */
export const entriesOf = (streams: Streams, dayOf: (at: string) => string): Entry[] => {
  const since = completeSince(streams)
  const { comments, history, mails } = streams
  const mailsOf = new Map<string, TicketMail[]>()
  for (const mail of mails.rows) {
    if (mail.comment_id !== null) mailsOf.set(mail.comment_id, [mail, ...(mailsOf.get(mail.comment_id) ?? [])])
  }
  const carried = new Set(comments.rows.flatMap(({ attachments }) => attachments.map((file) => file.attachment_id)))
  const entries: Entry[] = [
    ...comments.rows.map(
      (comment): Entry => ({
        kind: 'message',
        key: comment.comment_id,
        at: comment.created_at,
        comment,
        mails: mailsOf.get(comment.comment_id) ?? [],
      }),
    ),
    ...inOrder(history.rows)
      .filter(({ change }) => !change.type.startsWith('comment.') || change.type === 'comment.deleted')
      .filter(({ change }) => !isShownElsewhere(change, carried) && !isDescription(change))
      .map(({ change, at }): Entry => ({ kind: 'change', key: change.history_id, at, change })),
    ...mails.rows
      .filter((mail) => mail.comment_id === null && troubled.has(mail.state) && !isOfDescription(mail))
      .map((mail): Entry => ({ kind: 'mail', key: mail.email_id, at: mail.created_at, mail })),
  ]
  return withDays(
    entries.filter(({ at }) => at >= since).sort((one, two) => (one.at < two.at ? -1 : one.at > two.at ? 1 : 0)),
    dayOf,
  )
}

const withDays = (entries: Entry[], dayOf: (at: string) => string): Entry[] => {
  let day = ''
  return entries.flatMap((entry) => {
    const next = dayOf(entry.at)
    if (next === day) return [entry]
    day = next
    return [{ kind: 'day', key: `day ${next}`, at: entry.at } satisfies Entry, entry]
  })
}
