import type { Visibility } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { getConversation } from '../../desk/tickets/conversations.service.ts'
import { requireReply } from '../../desk/tickets/ticket-access.service.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listForeseen } from './foreseen-recipients.queries.ts'
import type { ForeseenRecipients } from './foreseen-recipients.schemas.ts'

const recipientsAtMost = 100

/**
 * Who would be told of a comment that the actor wrote now, and how. The recipients of a comment on a merged ticket are
 * those of its final target.
 * @throws AppError `ticket_not_found`; `forbidden` when the actor may not write such a comment.
 */
export const foreseeRecipients = async (
  app: App,
  actor: User,
  ticketId: string,
  visibility: Visibility,
): Promise<ForeseenRecipients> => {
  const finalTarget = await getConversation(app, actor, ticketId)
  requireReply(actor, finalTarget, visibility)
  const comment = {
    tenantId: actor.tenantId,
    ticketId,
    mergedInto: finalTarget.ticket_id === ticketId ? null : finalTarget.ticket_id,
    visibility,
    authorId: actor.accountId,
    authorRole: actor.role,
  }
  const found = await listForeseen(app.pool, comment, recipientsAtMost + 1)
  return { recipients: found.slice(0, recipientsAtMost), has_more: found.length > recipientsAtMost }
}
