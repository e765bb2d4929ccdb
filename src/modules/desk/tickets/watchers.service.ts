import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import { givenBy } from '../../../platform/module.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { inConversation } from './conversations.service.ts'
import { requireWork } from './ticket-access.service.ts'
import { watchAccess } from './tickets.policy.ts'
import { getTicket } from './tickets.service.ts'
import type { Undo } from './undoable.schemas.ts'
import {
  deleteWatchers,
  insertWatcher,
  insertWatchers,
  keepWatcher,
  listWatchers,
  listWatchersByUndo,
  lockMentionables,
  lockWatchables,
  type Mentionable,
} from './watchers.queries.ts'
import { silentOnMentions, type Watcher, type WatcherSet } from './watchers.schemas.ts'

/** How many watchers a conversation may have. The limit is there because every watcher is mailed. */
const watchersAtMost = 50

/**
 * The watchers of a ticket: of its whole conversation, because who watches a merged ticket watches its final target.
 * @throws AppError `ticket_not_found`, also when the actor may not see it.
 */
export const getWatchers = async (app: App, actor: User, ticketId: string): Promise<WatcherSet> => {
  await getTicket(app, actor, ticketId)
  return { watchers: await listWatchers(app.pool, actor.tenantId, ticketId) }
}

/** Refuses a merge after which a conversation has too many watchers. @throws AppError `too_many_watchers`. */
export const refuseTooManyWatchers = async (tx: Tx, { tenantId }: User, ticketId: string): Promise<void> => {
  const { length } = await listWatchers(tx, tenantId, ticketId)
  if (length <= watchersAtMost) return
  throw new AppError('too_many_watchers', {
    detail: `The tickets would have ${length} watchers together; ${watchersAtMost} are the most.`,
  })
}

/**
 * Locks the people of the staff whom names mean, and answers with them by these names. Call it before the ticket is
 * locked, because a deactivation locks accounts before tickets.
 */
export const lockMentionable = async (
  app: App,
  tx: Tx,
  tenantId: number,
  names: string[],
): Promise<ReadonlyMap<string, Mentionable>> => {
  const found = await lockMentionables(tx, tenantId, names, givenBy(app.conditions, silentOnMentions))
  return new Map(found.map((one) => [one.name, one]))
}

const lockWatchable = async (tx: Tx, tenantId: number, accountId: string): Promise<boolean> =>
  (await lockWatchables(tx, tenantId, [accountId])).length > 0

/**
 * Locks the conversation and checks the actor's access. The final target decides about the access, because who watches
 * a merged ticket reads the final target. `change` answers whether it changed anything.
 */
const changeWatchers = (
  app: App,
  act: Act<User>,
  ticketId: string,
  accountId: string,
  change: (tx: Tx, watchers: Watcher[], isWatchable: boolean) => Promise<boolean>,
): Promise<WatcherSet> => {
  const { actor } = act
  return inConversation<WatcherSet, boolean>(
    app,
    act,
    ticketId,
    async (tx, { finalTarget }, isWatchable) => {
      if (watchAccess(actor, finalTarget, accountId) !== 'write') requireWork(actor, finalTarget)
      const before = await listWatchers(tx, actor.tenantId, ticketId)
      const isChanged = await change(tx, before, isWatchable)
      return { watchers: isChanged ? await listWatchers(tx, actor.tenantId, ticketId) : before }
    },
    // The account is locked before the ticket, because a deactivation locks them in this order.
    (tx) => lockWatchable(tx, actor.tenantId, accountId),
  )
}

/**
 * Adds a watcher of the staff, who may read the conversation of the ticket from then on. A second call changes nothing,
 * but for a watcher because of a merge, who then goes on to watch when the merge is undone.
 * @throws AppError `ticket_not_found`, `forbidden`, `too_many_watchers`; `watcher_unavailable` for customers,
 * deactivated accounts and unknown ones.
 */
export const addWatcher = (app: App, act: Act<User>, ticketId: string, accountId: string): Promise<WatcherSet> =>
  changeWatchers(app, act, ticketId, accountId, async (tx, watchers, isWatchable) => {
    const { actor } = act
    const known = watchers.find(({ account_id }) => account_id === accountId)
    if (known?.ticket_ids.includes(ticketId)) {
      await keepWatcher(tx, actor.tenantId, ticketId, accountId)
      return false
    }
    if (!isWatchable) {
      throw new AppError('watcher_unavailable', {
        detail:
          'Only admins and technicians who are not deactivated can watch. Name a technician by number, such as TEC0001, ' +
          'and an admin by user id.',
      })
    }
    if (known === undefined && watchers.length >= watchersAtMost) {
      throw new AppError('too_many_watchers', { detail: `A ticket has at most ${watchersAtMost} watchers.` })
    }
    const details = { account_id: accountId, visibility: 'internal' } as const
    await insertWatcher(tx, ticketId, accountId, eventOf(act, 'ticket.watcher_added', ticketId, { details }))
    return true
  })

/**
 * Whether the actor can watch a ticket that they are about to create: a service account watches none. Locks the
 * account, so call it before the ticket is there.
 */
export const lockOwnWatcher = (tx: Tx, { actor }: Act<User>): Promise<boolean> =>
  lockWatchable(tx, actor.tenantId, actor.accountId)

/** Makes the actor, who has just created a ticket after `lockOwnWatcher`, its first watcher. */
export const watchNewTicket = async (tx: Tx, act: Act<User>, ticketId: string): Promise<void> => {
  const { accountId } = act.actor
  const details = { account_id: accountId, visibility: 'internal' } as const
  await insertWatcher(tx, ticketId, accountId, eventOf(act, 'ticket.watcher_added', ticketId, { details }))
}

/**
 * Makes accounts that `lockMentionable` has locked watchers of a locked ticket, as many as it may have. Answers with
 * those who watch the conversation of the ticket, and with the limit.
 */
export const watchMentioned = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  accountIds: string[],
): Promise<{ watching: ReadonlySet<string>; limit: number }> => {
  if (accountIds.length === 0) return { watching: new Set(), limit: watchersAtMost }
  const before = (await listWatchers(tx, act.actor.tenantId, ticketId)).map(({ account_id }) => account_id)
  const room = Math.max(0, watchersAtMost - before.length)
  const added = accountIds.filter((id) => !before.includes(id)).slice(0, room)
  if (added.length > 0) await insertWatchers(tx, act, ticketId, added)
  return { watching: new Set([...before, ...added]), limit: watchersAtMost }
}

/**
 * Removes a watcher from the whole conversation of a ticket. A second call changes nothing.
 * @throws AppError `ticket_not_found`, `forbidden`.
 */
export const removeWatcher = (app: App, act: Act<User>, ticketId: string, accountId: string): Promise<WatcherSet> =>
  changeWatchers(app, act, ticketId, accountId, async (tx, watchers) => {
    if (!watchers.some(({ account_id }) => account_id === accountId)) return false
    await deleteWatchers(tx, act, ticketId, [accountId])
    return true
  })

/** Removes the watchers who came by a change that is taken back, such as those whom its comment mentions. */
export const unwatchUndone = async (tx: Tx, act: Act<User>, undo: Undo, undoId: string): Promise<void> => {
  const added = await listWatchersByUndo(tx, act.actor.tenantId, undo, undoId)
  if (added.length === 0) return
  const accountIds = added.map(({ account_id }) => account_id)
  await deleteWatchers(tx, act, undo.asked_id, accountIds)
}
