import { answerOf, api } from '../api/calls.ts'
import type { DraftKind } from '../lib/draft-rules.ts'
import { drafts } from '../lib/drafts.svelte.ts'
import { type Outgoing, outbox, type SentComment, undoSeconds } from '../lib/outbox.svelte.ts'
import { sentenceOf, warningOf } from '../lib/problem-words.ts'
import { tickets } from '../live/tickets.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './composer.words.ts'

export const kindOf = ({ visibility }: Pick<Outgoing, 'visibility'>): DraftKind =>
  visibility === 'internal' ? 'note' : 'reply'

/** What can still be taken back, the last first. */
interface Undoable {
  key: string
  run: () => void
  until: number
  dismiss: () => void
}
let undoables: Undoable[] = []

/** What a key takes back now: the last that was sent, as long as its time is not over; null for nothing. */
export const lastUndo = (): Undoable | null => {
  undoables = undoables.filter(({ until }) => until > Date.now())
  return undoables.at(-1) ?? null
}

/** Calls when a comment has been taken back, so that the timeline forgets it and the field gets the focus. */
const backListeners = new Set<(ticketId: string, commentId: string | null, kind: DraftKind) => void>()
export const onTakenBack = (
  listener: (ticketId: string, commentId: string | null, kind: DraftKind) => void,
): (() => void) => {
  backListeners.add(listener)
  return () => backListeners.delete(listener)
}
const tellBack = (ticketId: string, commentId: string | null, kind: DraftKind): void => {
  for (const listener of backListeners) listener(ticketId, commentId, kind)
}

/** Takes a sent comment back: nobody is mailed, and its text is the draft again. */
const undo = async (outgoing: Outgoing, comment: SentComment): Promise<void> => {
  const kind = kindOf(outgoing)
  const answer = await answerOf(api.POST('/undo', { body: { token: comment.undo_token ?? '' } }))
  if (!answer.ok) {
    toasts.show({ text: sentenceOf(answer.problem) })
    return
  }
  tickets.take(answer.data, answer.etag)
  tellBack(outgoing.ticketId, comment.comment_id, kind)
  await drafts.of(outgoing.ticketId, kind).giveBack(answer.data.undone_comment?.body ?? outgoing.body)
  toasts.show({ text: words().undone })
}

/** Takes out what has not gone yet, or was refused: its text is the draft again. */
export const takeBackWaiting = async (outgoing: Outgoing): Promise<void> => {
  const taken = outbox.takeOut(outgoing.key)
  if (taken === null) return
  const kind = kindOf(taken)
  tellBack(taken.ticketId, null, kind)
  await drafts.of(taken.ticketId, kind).giveBack(taken.body)
}

const tell = (outgoing: Outgoing, comment: SentComment): void => {
  drafts.of(outgoing.ticketId, kindOf(outgoing)).settle()
  const odd = (comment.warnings ?? []).map(warningOf)
  const said = outgoing.visibility === 'internal' ? words().noteAdded : words().sent(outgoing.label)
  const text = [said, ...odd].join(' ')
  if (comment.undo_token === undefined) {
    toasts.show({ text })
    return
  }
  const { key } = outgoing
  const run = (): void => {
    undoables = undoables.filter((one) => one.key !== key)
    void undo(outgoing, comment)
  }
  const dismiss = toasts.show({ text, seconds: undoSeconds, action: { label: words().undo, keys: 'z', run } })
  undoables.push({ key, run, dismiss, until: Date.parse(comment.undo_until ?? '') || Date.now() + undoSeconds * 1_000 })
}

outbox.onSent(tell)

/** Sends what this person has left in the browser. */
export const sendWaiting = (): Promise<void> => outbox.flush()
