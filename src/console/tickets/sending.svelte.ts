import { answerOf, api } from '../api/calls.ts'
import type { DraftKind } from '../lib/draft-rules.ts'
import { drafts } from '../lib/drafts.svelte.ts'
import { type Outgoing, outbox, type SentComment, undoSeconds } from '../lib/outbox.svelte.ts'
import { sentenceOf } from '../lib/problem-words.ts'
import { session } from '../lib/session.svelte.ts'
import { tickets } from '../live/tickets.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './sending.words.ts'

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
  toasts.show({ text: session.isStaff ? words().undone : words().undoneHere })
}

/** Takes out what has not gone yet, or was refused: its text is the draft again. */
export const takeBackWaiting = async (outgoing: Outgoing): Promise<void> => {
  const taken = await outbox.takeOut(outgoing.key)
  if (taken === null) return
  const kind = kindOf(taken)
  tellBack(taken.ticketId, null, kind)
  await drafts.of(taken.ticketId, kind).giveBack(taken.body)
}

/** Customers write to the desk, whoever answers there. */
const sentTo = ({ label }: Outgoing): string => (session.isStaff ? words().sentTo(label) : words().sent)

/** Says that a comment has gone, on whatever screen somebody is by then, and lets them take it back. */
const tell = (outgoing: Outgoing, comment: SentComment): void => {
  drafts.of(outgoing.ticketId, kindOf(outgoing)).settle()
  const odd = (comment.warnings ?? []).map(({ detail }) => detail)
  const said = outgoing.visibility === 'internal' ? words().noteAdded : sentTo(outgoing)
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
  const dismiss = toasts.show({
    text,
    seconds: undoSeconds,
    action: { label: words().undo, ...(session.isStaff ? { keys: 'z' } : {}), run },
  })
  undoables.push({ key, run, dismiss, until: Date.parse(comment.undo_until ?? '') || Date.now() + undoSeconds * 1_000 })
}

outbox.onSent(tell)

/** Sends what this person has left in the browser. */
export const sendWaiting = (): Promise<void> => outbox.flush()

/** Makes drafts of all that waits, and saves them. A text that stands in a draft already stays in front. */
export const keepWaitingAsDrafts = async (): Promise<void> => {
  for (const { key } of outbox.all) {
    const taken = await outbox.takeOut(key)
    if (taken === null) continue
    const draft = drafts.of(taken.ticketId, kindOf(taken))
    await draft.open()
    await draft.giveBack(taken.body)
    if (draft.other === null) continue
    draft.write(`${draft.text}\n\n${draft.other.body}`)
    await draft.keepMine()
  }
  await drafts.saveAll()
}

/** Throws away all that waits. */
export const discardWaiting = async (): Promise<void> => {
  for (const { key } of outbox.all) await outbox.takeOut(key)
}
