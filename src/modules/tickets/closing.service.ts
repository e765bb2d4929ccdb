import type { App } from '../../platform/app-context.ts'
import type { Tx } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { AppError } from '../../platform/errors.ts'
import type { Actor } from '../auth/actor.ts'
import { findOpenChildren } from './children.queries.ts'
import { closeDueTickets, lockDueTickets } from './closing.queries.ts'

/** How many children a refusal names. */
const namedAtMost = 20

/**
 * A parent does not close while children are open. It is asked with the parent's row held, which linking a child needs
 * as well: none comes in between. The children are not held: one that is reopened at this moment might as well be reopened
 * a moment later, when its parent is closed, because reopening asks nothing of the parent.
 * @throws AppError `children_open`, naming those that the actor may see; of others not even how many there are.
 */
export const refuseOpenChildren = async (tx: Tx, actor: Actor, ticketId: string): Promise<void> => {
  const { has_open, named } = await findOpenChildren(tx, actor, ticketId, namedAtMost)
  if (!has_open) return
  throw new AppError('children_open', {
    detail: named.length > 0 ? `Still open: ${named.join(', ')}.` : 'Tickets that belong to it are still open.',
    errors: named.map((id) => ({ field: id, message: 'is still open', code: 'open' })),
  })
}

/** The job that closes what has been resolved for `AUTO_CLOSE_DAYS`, in batches, each in a transaction of its own. */
export const closeTicketsInTime = async (app: App): Promise<void> => {
  const batch = 500
  let found = batch
  while (found === batch) {
    found = await transaction(app.pool, async (tx) => {
      const due = await lockDueTickets(tx, app.config.AUTO_CLOSE_DAYS, batch)
      if (due.length > 0) await closeDueTickets(tx, due)
      return due.length
    })
  }
  app.nudge()
}
