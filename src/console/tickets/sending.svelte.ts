import { answerOf, api } from '../api/calls.ts'
import type { GivenBack, Sent } from '../files/upload.ts'
import { uploadsOf } from '../files/uploads-of.ts'
import type { DraftKind } from '../lib/draft-rules.ts'
import { drafts } from '../lib/drafts.svelte.ts'
import { outbox } from '../lib/outbox.svelte.ts'
import type { Outgoing, SentComment } from '../lib/outgoing.ts'
import { warningSentence } from '../lib/problem-words.ts'
import { session } from '../lib/session.svelte.ts'
import { secondsToUndo } from '../lib/undo-time.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './sending.words.ts'
import { takeBack } from './take-back.ts'

const kindOf = ({ visibility }: Pick<Outgoing, 'visibility'>): DraftKind =>
  visibility === 'internal' ? 'note' : 'reply'

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
  const undone = await takeBack(comment.undo_token ?? '', outgoing.ticketId)
  if (undone === null) return
  tellBack(outgoing.ticketId, comment.comment_id, kind)
  // They are uploads again, which nobody sees.
  const arrived = { state: 'sent', failure: null, attachmentId: null } as const
  const files = comment.attachments.map(({ attachment_id: uploadId, file_name: name, size }) => {
    return { ...arrived, uploadId, name, size }
  })
  uploadsOf(outgoing.ticketId, kind).giveBack(files)
  await drafts.of(outgoing.ticketId, kind).giveBack(undone.undone_comment?.body ?? outgoing.body)
  toasts.show({ text: session.isStaff ? words().undone : words().undoneHere, about: outgoing.ticketId, seconds: 4 })
}

/** What the outbox keeps of the files that a comment carries. */
export const carriedBy = (sent: readonly Sent[]): Pick<Outgoing, 'attachmentIds' | 'fileNames' | 'onTicket'> => ({
  attachmentIds: sent.map(({ id }) => id),
  fileNames: sent.map(({ name }) => name),
  onTicket: sent.flatMap(({ id, isOnTicket }) => (isOnTicket ? [id] : [])),
})

/** A file of a comment that has not gone. Its size is not known here. One that the program refused has failed. */
const fileOf = ({ onTicket = [], fileNames, problem }: Outgoing, id: string, index: number): GivenBack => {
  const isOnTicket = onTicket.includes(id)
  const isRefused = problem?.errors.some(({ field }) => field === `attachment_ids.${index}`) ?? false
  return {
    name: fileNames[index] ?? '',
    size: 0,
    uploadId: isOnTicket ? null : id,
    attachmentId: isOnTicket ? id : null,
    ...(isRefused ? { state: 'failed', failure: { kind: 'over' } } : { state: 'sent', failure: null }),
  }
}

/** Takes files from the ticket that a message had which is thrown away. The others were never on it. */
const removeFiles = async ({ ticketId, onTicket = [] }: Outgoing): Promise<void> => {
  const path = '/tickets/{ticketId}/attachments/{attachmentId}'
  await Promise.all(
    onTicket.map((attachmentId) => answerOf(api.DELETE(path, { params: { path: { ticketId, attachmentId } } }))),
  )
}

/** Takes out what has not gone yet, or was refused: its text is the draft again. */
export const takeBackWaiting = async (outgoing: Outgoing): Promise<void> => {
  const taken = await outbox.takeOut(outgoing.key)
  if (taken === null) return
  const kind = kindOf(taken)
  tellBack(taken.ticketId, null, kind)
  uploadsOf(taken.ticketId, kind).giveBack(taken.attachmentIds.map((id, index) => fileOf(taken, id, index)))
  await drafts.of(taken.ticketId, kind).giveBack(taken.body)
}

/** Customers write to the desk, whoever answers there. */
const sentTo = ({ label }: Outgoing): string => (session.isStaff ? words().sentTo(label) : words().sent)

/** Says that a comment has gone, on whatever screen somebody is by then, and lets them take it back. */
const tell = (outgoing: Outgoing, comment: SentComment): void => {
  drafts.of(outgoing.ticketId, kindOf(outgoing)).settle()
  const odd = (comment.warnings ?? []).map(warningSentence)
  const said = outgoing.visibility === 'internal' ? words().noteAdded : sentTo(outgoing)
  const text = [said, ...odd].join(' ')
  const about = outgoing.ticketId
  if (comment.undo_token === undefined) {
    toasts.show({ text, about })
    return
  }
  const run = (): void => void undo(outgoing, comment)
  const seconds = secondsToUndo(comment.undo_until)
  toasts.show({ text, about, seconds, action: { label: words().undo, ...(session.isStaff ? { keys: 'z' } : {}), run } })
}

outbox.onSent(tell)
// Two tabs have one draft: what one of them sends is not sent again from the other.
outbox.onFound((outgoing) => drafts.of(outgoing.ticketId, kindOf(outgoing)).leave(outgoing.body))

/** Sends what this person has left in the browser. */
export const sendWaiting = (): Promise<void> => outbox.flush()

/** Makes drafts of all that waits, and saves them. Files go with no draft. A text that stands in a draft already stays in front. */
export const keepWaitingAsDrafts = async (): Promise<void> => {
  for (const { key } of outbox.all) {
    const taken = await outbox.takeOut(key)
    if (taken === null) continue
    await removeFiles(taken)
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
  for (const { key } of outbox.all) {
    const taken = await outbox.takeOut(key)
    if (taken !== null) await removeFiles(taken)
  }
}
