import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { retriedTransaction, startOver } from '../../../platform/db/transaction.ts'
import type { Act, Actor, User } from '../../identity/accounts/actor.ts'
import { retryingBusyAccounts } from '../../identity/technicians/busy-accounts.ts'
import { lockTechnicians } from '../../identity/technicians/technicians.service.ts'
import { findFinalTarget, findTicket, lockWithFinalTargets } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/**
 * A ticket and the final target of its merges, where its conversation goes on: itself when the ticket is not merged.
 */
export interface Conversation {
  ticket: Ticket
  finalTarget: Ticket
}

/**
 * Locks the tickets that the actor sees, and their final targets, in the order of their numbers. A ticket is missing
 * when the actor does not see it. Merging and undoing a merge lock every ticket whose final target they change, so the
 * final targets stay from then on; a final target that changed before is undefined.
 */
const lockSeen = async (tx: Tx, actor: Actor, ticketIds: string[]) => {
  const locked = await lockWithFinalTargets(tx, actor, ticketIds)
  const tickets = new Map(locked.map(({ final_target: _, ...ticket }) => [ticket.ticket_id, ticket]))
  return new Map(
    locked.map(({ final_target, ...ticket }) => [ticket.ticket_id, { ticket, finalTarget: tickets.get(final_target) }]),
  )
}

/** Null when the final target changed before the lock was granted. @throws AppError `ticket_not_found`. */
const lockConversation = async (tx: Tx, actor: Actor, ticketId: string): Promise<Conversation | null> => {
  const { ticket, finalTarget } = requireRead((await lockSeen(tx, actor, [ticketId])).get(ticketId), 'ticket_not_found')
  if (finalTarget === undefined) return null
  // Who sees a merged ticket is up to its final target, which may have changed while this transaction waited.
  if (ticket.merged_into !== null) requireRead(await findTicket(tx, actor, ticketId), 'ticket_not_found')
  return { ticket, finalTarget }
}

/**
 * Locks tickets that the actor sees, with their final targets, by their ids. The caller has locked the hierarchy, so
 * nobody merges meanwhile. A ticket is missing when the actor does not see it.
 */
export const lockConversations = async (
  tx: Tx,
  actor: Actor,
  ticketIds: string[],
): Promise<Map<string, Conversation>> => {
  const seen = await lockSeen(tx, actor, ticketIds)
  return new Map(
    [...seen].flatMap(([id, { ticket, finalTarget }]) => (finalTarget ? [[id, { ticket, finalTarget }]] : [])),
  )
}

/**
 * Runs `work` in a transaction that has locked a visible ticket and the final target of its merges, in the order of
 * their numbers. `before` runs first, locks what has to be locked before tickets, and answers what `work` gets. When
 * the final target changes meanwhile, the transaction starts over, because a lock that is taken out of order could make
 * two transactions wait for each other. When `work` meets a technician whose account is busy, the transaction starts
 * over, too, and locks the account before the tickets.
 * @throws AppError `ticket_not_found`; `unavailable` when the final target changes again and again; what `work` throws.
 */
export const inConversation = <T, Locked = undefined>(
  app: App,
  act: Act<User>,
  ticketId: string,
  work: (tx: Tx, conversation: Conversation, locked: Locked) => Promise<T>,
  before: (tx: Tx) => Promise<Locked> = async () => undefined as Locked,
): Promise<T> =>
  retryingBusyAccounts((first) =>
    retriedTransaction<T>(
      app.pool,
      async (tx) => {
        await lockTechnicians(tx, act.actor.tenantId, first)
        const locked = await before(tx)
        const conversation = await lockConversation(tx, act.actor, ticketId)
        return conversation === null ? startOver : work(tx, conversation, locked)
      },
      act.receipt,
    ),
  )

/** The final target of a ticket's merges. */
export const getFinalTarget = (db: Db, tenantId: number, ticketId: string): Promise<string> =>
  findFinalTarget(db, tenantId, ticketId)

/**
 * The final target of a visible ticket's merges, where its conversation goes on: the ticket itself when it is not
 * merged. Whoever sees a merged ticket sees its final target.
 * @throws AppError `ticket_not_found`, also when the actor may not see it.
 */
export const getConversation = async (app: App, actor: User, ticketId: string): Promise<Ticket> => {
  const ticket = requireRead(await findTicket(app.pool, actor, ticketId), 'ticket_not_found')
  if (ticket.merged_into === null) return ticket
  const finalTarget = await getFinalTarget(app.pool, actor.tenantId, ticketId)
  return requireRead(await findTicket(app.pool, actor, finalTarget), 'ticket_not_found')
}
