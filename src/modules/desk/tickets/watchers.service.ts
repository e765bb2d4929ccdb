import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, type NewEvent } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { requireWork } from './ticket-access.service.ts'
import { watchAccess } from './tickets.policy.ts'
import { getTicket, lockVisibleTicket } from './tickets.service.ts'
import { deleteWatcher, insertWatcher, listWatchers, lockWatchable } from './watchers.queries.ts'
import type { Watcher, WatcherSet } from './watchers.schemas.ts'

/** How many watchers a ticket may have. The limit is there because every watcher is mailed. */
const watchersAtMost = 50

/**
 * The watchers of a ticket.
 * @throws AppError `ticket_not_found`, also when the actor may not see it.
 */
export const getWatchers = async (app: App, actor: User, ticketId: string): Promise<WatcherSet> => {
  await getTicket(app, actor, ticketId)
  return { watchers: await listWatchers(app.pool, actor.tenantId, ticketId) }
}

/** The event of a watcher, for the staff only. It leaves the ticket's version as it is. */
const watcherEvent = (
  act: Act<User>,
  type: 'ticket.watcher_added' | 'ticket.watcher_removed',
  ticketId: string,
  accountId: string,
): NewEvent => eventOf(act, type, ticketId, { details: { account_id: accountId, visibility: 'internal' } })

/** Locks the ticket and checks the actor's access. `change` answers whether it changed anything. */
const changeWatchers = (
  app: App,
  act: Act<User>,
  ticketId: string,
  accountId: string,
  change: (tx: Tx, watchers: Watcher[], isWatchable: boolean) => Promise<boolean>,
): Promise<WatcherSet> => {
  const { actor } = act
  return transaction(app.pool, async (tx) => {
    // The account is locked before the ticket, because a deactivation locks them in this order.
    const isWatchable = (await lockWatchable(tx, actor.tenantId, accountId)) !== null
    const ticket = await lockVisibleTicket(tx, actor, ticketId)
    if (watchAccess(actor, ticket, accountId) !== 'write') requireWork(actor, ticket)
    const before = await listWatchers(tx, actor.tenantId, ticketId)
    const isChanged = await change(tx, before, isWatchable)
    return { watchers: isChanged ? await listWatchers(tx, actor.tenantId, ticketId) : before }
  })
}

/**
 * Adds a watcher of the staff, who may read the ticket from then on. A second call changes nothing.
 * @throws AppError `ticket_not_found`, `forbidden`, `too_many_watchers`; `watcher_unavailable` for customers,
 * deactivated accounts and unknown ones.
 */
export const addWatcher = (app: App, act: Act<User>, ticketId: string, accountId: string): Promise<WatcherSet> =>
  changeWatchers(app, act, ticketId, accountId, async (tx, watchers, isWatchable) => {
    if (watchers.some(({ account_id }) => account_id === accountId)) return false
    if (!isWatchable) {
      throw new AppError('watcher_unavailable', {
        detail: 'Only admins and technicians who are not deactivated can watch.',
      })
    }
    if (watchers.length >= watchersAtMost) {
      throw new AppError('too_many_watchers', { detail: `A ticket has at most ${watchersAtMost} watchers.` })
    }
    await insertWatcher(tx, ticketId, accountId, watcherEvent(act, 'ticket.watcher_added', ticketId, accountId))
    return true
  })

/** Removes a watcher. A second call changes nothing. @throws AppError `ticket_not_found`, `forbidden`. */
export const removeWatcher = (app: App, act: Act<User>, ticketId: string, accountId: string): Promise<WatcherSet> =>
  changeWatchers(app, act, ticketId, accountId, async (tx, watchers) => {
    if (!watchers.some(({ account_id }) => account_id === accountId)) return false
    await deleteWatcher(tx, ticketId, accountId, watcherEvent(act, 'ticket.watcher_removed', ticketId, accountId))
    return true
  })
