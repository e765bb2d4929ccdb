import { answerOf, api, newKey, type Problem } from '../api/calls.ts'
import { forgetKey, isOpen, keyFor } from '../lib/form-keys.ts'
import { warningSentence } from '../lib/problem-words.ts'
import { session } from '../lib/session.svelte.ts'
import { askedUndoSeconds, secondsToUndo } from '../lib/undo-time.ts'
import { live } from '../live/live.svelte.ts'
import { tickets } from '../live/tickets.svelte.ts'
import { type Toast, toasts } from '../ui/toasts.svelte.ts'
import { type Change, type HistoryEntry, type Meeting, meet, settled } from './conflict.ts'
import { takeBack } from './take-back.ts'
import { words } from './ticket-changes.words.ts'
import type { Ticket } from './ticket-rights.ts'

/** A ticket as it was read, with the version that a change of it is meant for. */
export interface Read {
  ticket: Ticket
  etag: string
}

/** A change that met another change of the same fields: somebody has to choose. */
export interface Conflict {
  asked: Change
  said: string
  meeting: Meeting
  now: Read
}

/** What came of a change: null when it is made, else a problem, or a conflict. */
export type Outcome = { problem: Problem } | { conflict: Conflict } | null

/** How often a change is sent again, when others changed other fields meanwhile. */
const triesAtMost = 3

const header = (etag: string) => ({ 'If-Match': etag, 'Idempotency-Key': newKey() })

/** Takes a change back, and says so. */
const undo = async (token: string, about: string): Promise<void> => {
  if ((await takeBack(token, about)) !== null) toasts.show({ text: words().undone, about, seconds: 4 })
}

/** Shows what was done, with the way back where there is one, and what is odd about it. */
const tell = (ticket: Ticket, said: string, back?: Toast['action']): void => {
  const token = ticket.undo_token
  const about = ticket.ticket_id
  const odd = (ticket.warnings ?? []).map(warningSentence)
  const keys = session.isStaff ? { keys: 'z' } : {}
  toasts.show({
    text: [said, ...odd].join(' '),
    about,
    seconds: secondsToUndo(ticket.undo_until),
    action: token === undefined ? back : { label: words().undo, ...keys, run: () => void undo(token, about) },
  })
}

// What somebody else does to a ticket ends the way back from what was done before: the program would refuse it.
// That a ticket went out of sight, such as by handing it on, is nobody's act.
live.on(({ type, subject_id, actor }) => {
  if (type !== 'ticket.hidden' && actor?.id !== session.me?.id) toasts.endActs(subject_id)
})

/** The ticket as it is now, and what happened lately. */
const readAgain = async (ticketId: string): Promise<{ now: Read; history: HistoryEntry[] } | { problem: Problem }> => {
  const path = { ticketId }
  const [ticket, history] = await Promise.all([
    answerOf(api.GET('/tickets/{ticketId}', { params: { path } })),
    answerOf(api.GET('/tickets/{ticketId}/history', { params: { path, query: { limit: 25 } } })),
  ])
  if (!ticket.ok) return { problem: ticket.problem }
  tickets.take(ticket.data, ticket.etag)
  return {
    now: { ticket: ticket.data, etag: ticket.etag ?? `"${ticket.data.version}"` },
    history: history.ok ? history.data.history : [],
  }
}

/** What is said of a change that met others of other fields. */
const stands = (said: string, { theirs, same }: Meeting): string => {
  const name = [...theirs, ...same].map(({ by }) => by.name).find((one) => one !== null)
  return `${said} ${name === undefined ? words().somebodyStands : words().bothStand(name ?? '')}`
}

/**
 * Changes a ticket that was read, and shows what was done, with Undo. When others changed other fields meanwhile, both
 * changes stand. When they changed the same fields, the answer is a conflict, and nothing is changed yet.
 */
export const changeTicket = async (read: Read, asked: Change, said: string, tries = triesAtMost): Promise<Outcome> => {
  const answer = await answerOf(
    api.PATCH('/tickets/{ticketId}', {
      params: { path: { ticketId: read.ticket.ticket_id }, header: header(read.etag) },
      body: { ...asked, undo_seconds: askedUndoSeconds },
    }),
  )
  if (answer.ok) {
    tickets.take(answer.data, answer.etag)
    tell(answer.data, said)
    return null
  }
  if (answer.problem.code !== 'stale_version' || tries === 0) return { problem: answer.problem }
  const again = await readAgain(read.ticket.ticket_id)
  if ('problem' in again) return again
  const meeting = meet(asked, read.ticket, again.now.ticket, again.history)
  if (meeting.clashes.length > 0) return { conflict: { asked, said, meeting, now: again.now } }
  const rest = settled(meeting, {})
  if (Object.keys(rest).length === 0) {
    toasts.show({ text: words().alreadySo })
    return null
  }
  return changeTicket(again.now, withReason(asked, rest), stands(said, meeting), tries - 1)
}

/** What is left of a change, with its reason where the technician still changes. */
const withReason = ({ reason }: Change, rest: Partial<Change>): Change =>
  reason === undefined || rest.technician_id === undefined ? rest : { ...rest, reason }

/** Sends what is left of a change after the choice. Null without a request when all of theirs was chosen. */
export const settle = async (conflict: Conflict, choice: Parameters<typeof settled>[1]): Promise<Outcome> => {
  const rest = settled(conflict.meeting, choice)
  if (Object.keys(rest).length === 0) return null
  return changeTicket(conflict.now, withReason(conflict.asked, rest), conflict.said)
}

/** An answer of an act on a ticket that is no change by fields: closing, merging, moving. */
type TicketAnswer = Parameters<typeof answerOf<Ticket>>[0]

/**
 * Does something to a ticket, and shows what was done, with the way back where there is one. Answers with the problem,
 * or null.
 */
export const doToTicket = async (
  asked: TicketAnswer,
  said: string,
  undo?: Toast['action'],
): Promise<Problem | null> => {
  const answer = await answerOf(asked)
  if (!answer.ok) return answer.problem
  tickets.take(answer.data, answer.etag)
  tell(answer.data, said, undo)
  return null
}

/** Gives a ticket to the person who looks at it. */
export const takeTicket = (read: Read): Promise<Outcome> =>
  changeTicket(read, { technician_id: session.me?.id ?? null }, words().youTake)

/** Brings a deleted ticket back. */
export const restoreTicket = (ticketId: string): Promise<Problem | null> =>
  doToTicket(api.POST('/tickets/{ticketId}/restore', { params: { path: { ticketId } } }), words().restored(ticketId))

/** Closes a ticket or opens it again. `reason`: why, which the customer reads. Sent again after a lost answer, it is one. */
export const closeOrReopen = async (
  act: 'close' | 'reopen',
  ticketId: string,
  reason: string,
): Promise<Problem | null> => {
  const place = `counterdesk.key.${act}.${ticketId}`
  const asked = {
    params: { path: { ticketId }, header: { 'Idempotency-Key': keyFor(place, reason) } },
    body: { ...(reason === '' ? {} : { reason }), undo_seconds: askedUndoSeconds },
  }
  const problem =
    act === 'close'
      ? await doToTicket(api.POST('/tickets/{ticketId}/close', asked), words().nowClosed)
      : await doToTicket(api.POST('/tickets/{ticketId}/reopen', asked), words().nowReopened)
  if (problem === null || !isOpen(problem)) forgetKey(place)
  return problem
}
