import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { findOpenChildren } from './open-children.queries.ts'

/** How many children a refusal names. */
const namedAtMost = 20

const wayOut = ({ role }: Actor): string =>
  role === 'customer' ? 'The desk closes them first.' : 'Close them first, or remove their links to their parent.'

/**
 * Refuses to close a parent while children are open. The caller has locked the parent, and linking a child locks the
 * parent, too, so no child can be linked in between. The children are not locked, because a child may be reopened at
 * any time, also after its parent was closed.
 * @throws AppError `children_open`. It names the children that the actor may see, and does not tell the number of
 * others.
 */
export const refuseOpenChildren = async (tx: Tx, actor: Actor, ticketId: string): Promise<void> => {
  const { has_open, named } = await findOpenChildren(tx, actor, ticketId, namedAtMost)
  if (!has_open) return
  throw new AppError('children_open', {
    detail: `${named.length > 0 ? `Still open: ${named.join(', ')}.` : 'Tickets that belong to it are still open.'} ${wayOut(actor)}`,
    errors: named.map((id) => ({ field: id, message: 'is still open', code: 'open' })),
  })
}
