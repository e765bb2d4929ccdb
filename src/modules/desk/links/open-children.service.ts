import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { findOpenChildren } from './open-children.queries.ts'

/** How many children a refusal names. */
const namedAtMost = 20

/**
 * A parent does not close while children are open. It is asked with the parent's row locked, which linking a child needs as
 * well, so no child can be linked in between. The children are not locked: a child that is reopened at this moment might as
 * well be reopened a moment later, when its parent is closed, because reopening asks nothing of the parent.
 * @throws AppError `children_open`. It names the children that the actor may see; of others not even how many there are.
 */
export const refuseOpenChildren = async (tx: Tx, actor: Actor, ticketId: string): Promise<void> => {
  const { has_open, named } = await findOpenChildren(tx, actor, ticketId, namedAtMost)
  if (!has_open) return
  throw new AppError('children_open', {
    detail: named.length > 0 ? `Still open: ${named.join(', ')}.` : 'Tickets that belong to it are still open.',
    errors: named.map((id) => ({ field: id, message: 'is still open', code: 'open' })),
  })
}
