import type { PresenceState } from '../../../contract/enums.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { createBell } from '../../../platform/bell.ts'
import type { Db } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import type { Passing } from '../../../platform/live/passing.ts'
import { sendSignals } from '../../../platform/live/signals.ts'
import type { Runner } from '../../../platform/module.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import {
  deleteEndedPresence,
  deletePresence,
  findPlace,
  listPresent,
  listPresentFor,
  upsertPresence,
} from './presence.queries.ts'
import type { Presence, PresenceSet } from './presence.schemas.ts'

/** The kind of the signals that say that somebody came to a ticket, left it, or does something else there. */
const kind = 'presence'

/** How often leases that have ended are looked for, and how many are removed at once. */
const sweepMs = 2_000
const sweepBatch = 500

const tell = (db: Db, tenantId: number, ticketId: string): Promise<void> =>
  sendSignals(db, [{ tenantId, kind, key: ticketId }])

/** Runs `work` with the receipt in its transaction, or without a transaction when there is no receipt to keep. */
const withReceipt = <T>(app: App, { receipt }: Act<User>, work: (db: Db) => Promise<T>): Promise<T> =>
  receipt === null ? work(app.pool) : transaction<T>(app.pool, work, receipt)

/**
 * Says that the actor is at a ticket, or at the final target of a merged one, for the next 30 seconds of the database's
 * clock. Streams are told when that is new. Nothing of the ticket is locked or changed.
 * @throws AppError `ticket_not_found`.
 */
export const tellPresence = (app: App, act: Act<User>, ticketId: string, state: PresenceState): Promise<Presence> =>
  withReceipt(app, act, async (db) => {
    const { accountId: account_id, tenantId, name, role } = act.actor
    const lease = requireRead(await upsertPresence(db, act.actor, ticketId, state), 'ticket_not_found')
    const { ticket_id, is_news, ...rest } = lease
    if (is_news) await tell(db, tenantId, ticket_id)
    return { account_id, name, role, ...rest }
  })

/** Says that the actor has left a ticket. Who was not there changes nothing. @throws AppError `ticket_not_found`. */
export const endPresence = (app: App, act: Act<User>, ticketId: string): Promise<void> =>
  withReceipt(app, act, async (db) => {
    const { ticket_id } = requireRead(await findPlace(db, act.actor, ticketId), 'ticket_not_found')
    if ((await deletePresence(db, act.actor, ticket_id)) > 0) await tell(db, act.actor.tenantId, ticket_id)
  })

/** Who else is at a ticket, or at the final target of a merged one. @throws AppError `ticket_not_found`. */
export const getPresence = async (app: App, actor: User, ticketId: string): Promise<PresenceSet> => {
  const { ticket_id } = requireRead(await findPlace(app.pool, actor, ticketId), 'ticket_not_found')
  return { present: await listPresent(app.pool, actor, ticket_id) }
}

/** Who else is at each ticket of a batch of signals, for the connected accounts of the staff that see the ticket. */
export const presencePassing: Passing<App> = async ({ pool }, tenantId, keys, accountIds) => {
  const told = await listPresentFor(pool, tenantId, keys, accountIds)
  return told.map(({ account_id, ...data }) => ({ account_id, type: 'presence.changed', data }))
}

/**
 * Removes at most `limit` leases that have ended, tells the streams, and answers with their number.
 * @internal Exported for its test.
 */
export const removeEnded = (app: App, limit: number): Promise<number> =>
  transaction(app.pool, async (tx) => {
    const ended = await deleteEndedPresence(tx, limit)
    await sendSignals(
      tx,
      ended.map(({ tenant_id: tenantId, ticket_id: key }) => ({ tenantId, kind, key })),
    )
    return ended.length
  })

/** Removes leases that have ended as long as it runs, so that streams learn soon who is gone without a word. */
export const startPresenceRunner = (app: App): Runner => {
  const bell = createBell()
  let isStopped = false
  const sweep = async (): Promise<void> => {
    while (!isStopped) {
      const removed = await removeEnded(app, sweepBatch).catch((error) => {
        app.log.warn({ error }, 'leases of presence could not be removed')
        return 0
      })
      if (removed < sweepBatch) await bell.pause(sweepMs)
    }
  }
  const sweeping = sweep()
  return {
    // A lease ends by the clock, and not by an event.
    nudge() {},
    async stop() {
      isStopped = true
      bell.ring()
      await sweeping
    },
  }
}
