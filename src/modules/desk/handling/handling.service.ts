import type { Status } from '../../../contract/enums.ts'
import { withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { retryingBusyAccounts } from '../../identity/technicians/busy-accounts.ts'
import { lockTechnicians } from '../../identity/technicians/technicians.service.ts'
import { writeInternalComment } from '../comments/comments.service.ts'
import { lockMentioned } from '../comments/mentions.service.ts'
import { type AskedChange, updateTicketIn } from '../ticket-changes/change-ticket.service.ts'
import { changeCombined } from '../ticket-changes/combined-changes.service.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { offerUndo } from '../tickets/undos.service.ts'

/** A change of a ticket. `reason`: why the ticket goes to another technician, or to nobody. */
export interface Handling extends AskedChange {
  reason?: string | undefined
}

/** Where a reason belongs that does not go with another technician. */
const wayOfReason = (ticketId: string, status: Status | undefined): string => {
  const path = `POST /tickets/${ticketId}`
  const way =
    status === 'closed'
      ? `Why you close it goes with ${path}/close, and the customer reads it.`
      : status === 'in_progress'
        ? `Why you reopen it goes with ${path}/reopen, and the customer reads it.`
        : `Write a comment instead: ${path}/comments.`
  return `A reason goes with another technician, or with none. ${way}`
}

/** Changes a ticket in a transaction of its own. */
const handleAlone = (app: App, act: Act<User>, ticketId: string, { reason, ...asked }: Handling): Promise<Ticket> =>
  retryingBusyAccounts((first) =>
    transaction(
      app.pool,
      async (tx) => {
        await lockTechnicians(tx, act.actor.tenantId, first)
        const note = reason === undefined ? null : ({ visibility: 'internal', body: reason } as const)
        const mentioned = note === null ? null : await lockMentioned(app, tx, act.actor, note)
        const { before, after } = await updateTicketIn(tx, act, ticketId, asked)
        if (note === null || mentioned === null)
          return { ...after, ...(await offerUndo(app, tx, act, { before, after })) }
        if (after.technician_id === before.technician_id) {
          throw new AppError('technician_unchanged', { detail: wayOfReason(ticketId, asked.change.status) })
        }
        const { commentId, warnings } = await writeInternalComment(tx, act, ticketId, note.body, mentioned)
        const offer = await offerUndo(app, tx, act, { before, after, commentId })
        return withWarnings({ ...after, ...offer }, [...(after.warnings ?? []), ...warnings])
      },
      act.receipt,
    ),
  )

/**
 * Changes a ticket. The reason becomes an internal comment of the actor, which may mention colleagues, in the same
 * transaction. The answer has the ticket also when the actor handed it on and does not see it any more, because they
 * have just read and changed it. A change without a reason may share its transaction (`changeCombined`).
 * @throws AppError `ticket_not_found`, `ticket_taken`, `forbidden`, `stale_version`, `ticket_merged`, `children_open`,
 * `technician_unavailable`, and the codes of `planChange`; `technician_unchanged` when there is a reason and the
 * technician stays.
 */
export const handleTicket = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  { reason, ...asked }: Handling,
): Promise<Ticket> => {
  const changed = reason === undefined ? await changeCombined(app, act, ticketId, asked) : null
  return changed ?? handleAlone(app, act, ticketId, { reason, ...asked })
}
