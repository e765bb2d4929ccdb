import { z } from 'zod'
import type { Subject } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { TicketId } from './tickets.schemas.ts'
import { listVisibleIds } from './visible-ids.queries.ts'

const InPath = z.object({ ticketId: TicketId })
const InAnswer = z.object({ ticket_id: TicketId })

/** Which of the tickets the actor sees, in one query. */
export const findVisibleIds = async (db: Db, actor: Actor, ticketIds: string[]): Promise<ReadonlySet<string>> =>
  new Set(ticketIds.length === 0 ? [] : await listVisibleIds(db, actor, ticketIds))

/**
 * Refuses an answer about tickets that a caller does not see: the ticket in the path of the request, and the ticket in
 * the answer. @throws AppError `ticket_not_found`.
 */
export const refuseUnseenTickets = async (app: App, actor: Actor | null, { params, body }: Subject): Promise<void> => {
  const ids = [InPath.safeParse(params).data?.ticketId, InAnswer.safeParse(body).data?.ticket_id]
  const named = [...new Set(ids.filter((id) => id !== undefined))]
  if (named.length === 0 || actor === null) return
  if ((await findVisibleIds(app.pool, actor, named)).size < named.length) throw new AppError('ticket_not_found')
}
