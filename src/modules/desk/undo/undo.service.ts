import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { type Act, systemOf, type User } from '../../identity/accounts/actor.ts'
import { lockAssignable } from '../../identity/technicians/technicians.service.ts'
import type { UndoneComment } from '../comments/comments.schemas.ts'
import { takeBackComment } from '../comments/undone-comments.service.ts'
import { draftKindOf } from '../drafts/drafts.policy.ts'
import { saveDraft } from '../drafts/drafts.service.ts'
import { takeBackChange } from '../ticket-changes/undo-change.service.ts'
import { isUnresolved } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { findVisibleTicket, getTicketIn, lockEachTicket } from '../tickets/tickets.service.ts'
import type { Undo } from '../tickets/undoable.schemas.ts'
import {
  byHand,
  getUndo,
  getUndoLocked,
  readUndoToken,
  refuseChangedSince,
  spendUndo,
} from '../tickets/undos.service.ts'
import { unwatchUndone } from '../tickets/watchers.service.ts'
import type { UndoneTicket } from './undo.schemas.ts'

/**
 * Locks the technician to whom an unresolved ticket goes back, before the ticket, because a deactivation locks them in
 * this order. Answers with the technician's id when they cannot have the ticket any more, else null.
 */
const lockTechnicianBefore = async (tx: Tx, { tenantId }: User, { before }: Undo): Promise<string | null> => {
  const { technician_id: technicianId, status } = before
  if (technicianId === null || !isUnresolved(status)) return null
  return (await lockAssignable(tx, tenantId, technicianId)) === null ? technicianId : null
}

/** Takes the comment back, if there is one. @throws AppError `undo_changed` when it is gone already. */
const takeBackCommentOf = async (tx: Tx, act: Act<User>, { comment_id: commentId }: Undo) => {
  if (commentId === null) return null
  const comment = await takeBackComment(tx, act, commentId)
  if (comment !== null) return comment
  throw new AppError('undo_changed', { detail: `The comment is gone. ${byHand}`, extra: { since: [] } })
}

/**
 * Makes the text of a comment the actor's draft. A warning says that they have begun another of its kind, which stays.
 */
const giveBack = async (tx: Tx, actor: User, { ticket_id, visibility, body }: UndoneComment): Promise<Warning[]> => {
  const kind = draftKindOf(visibility)
  if (await saveDraft(tx, actor, ticket_id, kind, body)) return []
  const detail = `Your draft (${kind}) on ${ticket_id} is another text, and stays. Take the text from undone_comment.`
  return [{ code: 'draft_kept', detail }]
}

/**
 * Takes back what the actor did, in one transaction with one event. The answer has the comment that went away. The
 * actor need not see the ticket as it is now, because they may have handed it on, but must see it as it was before.
 * @throws AppError `undo_not_found` for a token that is not the actor's; `undo_expired`, `undo_spent`, `undo_changed`;
 * `ticket_not_found` when the ticket is deleted, or the actor does not see it as it was.
 */
export const undoChange = (app: App, act: Act<User>, token: string): Promise<UndoneTicket> => {
  const { actor } = act
  const undoId = readUndoToken(app, actor, token)
  return transaction(
    app.pool,
    async (tx) => {
      const gone = await lockTechnicianBefore(tx, actor, await getUndo(tx, actor, undoId))
      const { ticket, undo } = await lockUndo(tx, actor, undoId)
      const sees = (await findVisibleTicket(tx, actor, undo.asked_id)) !== null
      await refuseChangedSince(tx, actor, { undo, ticket, sees })
      if (gone !== null) {
        throw new AppError('undo_changed', {
          detail: `${gone} cannot have tickets any more. ${byHand}`,
          extra: { since: [] },
        })
      }
      const comment = await takeBackCommentOf(tx, act, undo)
      await takeBackChange(tx, act, ticket, { undoId, before: undo.before, comment })
      await unwatchUndone(tx, act, undo, undoId)
      const restored = await getTicketIn(tx, actor, undo.asked_id)
      const warnings = comment === null ? [] : await giveBack(tx, actor, comment)
      await spendUndo(tx, actor, undoId)
      return withWarnings(comment === null ? restored : { ...restored, undone_comment: comment }, warnings)
    },
    act.receipt,
  )
}

/** Locks the tickets of an undo, then the undo itself. */
const lockUndo = async (tx: Tx, actor: User, undoId: string): Promise<{ ticket: Ticket; undo: Undo }> => {
  const { ticket_id, asked_id } = await getUndo(tx, actor, undoId)
  const locked = await lockEachTicket(tx, systemOf(actor.tenantId), [ticket_id, asked_id])
  const ticket = requireRead(locked.get(ticket_id) ?? null, 'ticket_not_found')
  return { ticket, undo: await getUndoLocked(tx, actor, undoId) }
}
