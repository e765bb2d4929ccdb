import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { startOver, transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, Actor, User } from '../../identity/accounts/actor.ts'
import { retryingBusyAccounts } from '../../identity/technicians/busy-accounts.ts'
import { lockTechnicians } from '../../identity/technicians/technicians.service.ts'
import { findFinalTarget, lockWithFinalTarget } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/**
 * A ticket and the final target of its merges, where its conversation goes on: itself when the ticket is not merged.
 */
export interface Conversation {
  ticket: Ticket
  finalTarget: Ticket
}

/**
 * Locks both tickets. Null when the final target changed before the lock was granted. @throws AppError
 * `ticket_not_found`.
 */
const lockConversation = async (tx: Tx, actor: Actor, ticketId: string): Promise<Conversation | null> => {
  const tickets = await lockWithFinalTarget(tx, actor, ticketId)
  const ticket = requireRead(
    tickets.find(({ ticket_id }) => ticket_id === ticketId),
    'ticket_not_found',
  )
  if (ticket.merged_into === null) return { ticket, finalTarget: ticket }
  const finalTarget = tickets.find(({ ticket_id }) => ticket_id !== ticketId)
  if (finalTarget?.merged_into !== null) return null
  // Another transaction may have undone a merge between the two tickets before they were locked.
  const isDirect = ticket.merged_into === finalTarget.ticket_id
  const isStill = isDirect || (await findFinalTarget(tx, actor.tenantId, ticketId)) === finalTarget.ticket_id
  return isStill ? { ticket, finalTarget } : null
}

/** How often the final target may change while it is being locked. */
const attemptsAtMost = 5

/**
 * Runs `work` in a transaction that has locked a visible ticket and the final target of its merges, in the order of
 * their numbers. When the final target changes meanwhile, the transaction starts over, because a lock that is taken out
 * of order could make two transactions wait for each other. When `work` meets a technician whose account is busy, the
 * transaction starts over, too, and locks the account before the tickets.
 * @throws AppError `ticket_not_found`; `unavailable` when the final target changes again and again; what `work` throws.
 */
export const inConversation = <T>(
  app: App,
  act: Act<User>,
  ticketId: string,
  work: (tx: Tx, conversation: Conversation) => Promise<T>,
): Promise<T> => retryingBusyAccounts((first) => lockedConversation(app, act, ticketId, first, work))

const lockedConversation = async <T>(
  app: App,
  act: Act<User>,
  ticketId: string,
  first: string[],
  work: (tx: Tx, conversation: Conversation) => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; attempt <= attemptsAtMost; attempt += 1) {
    const outcome = await transaction<T | typeof startOver>(
      app.pool,
      async (tx) => {
        await lockTechnicians(tx, act.actor.tenantId, first)
        const conversation = await lockConversation(tx, act.actor, ticketId)
        return conversation === null ? startOver : work(tx, conversation)
      },
      act.receipt,
    )
    if (outcome !== startOver) return outcome
  }
  throw new AppError('unavailable')
}

/** The final target of a ticket's merges. */
export const getFinalTarget = (db: Db, tenantId: number, ticketId: string): Promise<string> =>
  findFinalTarget(db, tenantId, ticketId)
