import type { Role } from '../../../contract/enums.ts'
import { NotificationKind, type NotificationWay } from '../../../contract/notification-kinds.ts'
import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { getWatchers, removeWatcher } from '../../desk/tickets/watchers.service.ts'
import type { Act, Origin, User } from '../../identity/accounts/actor.ts'
import { endOf, type LinkEnd, readOrNull, seenBy, unknownLink } from '../../identity/accounts/link-holders.service.ts'
import { lockOwn } from '../../identity/accounts/own-account.service.ts'
import { changeChoices, chosenWays } from '../recipients/choices.service.ts'
import { unsubscribeTokens } from './link-tokens.ts'
import { findSubscription, type Subscription } from './unsubscribe.queries.ts'
import { digests, watching } from './unsubscribing.ts'

/** The address of `List-Unsubscribe` of a mail, below the address of its tenant. */
export const unsubscribeAddress = (app: App, address: string, tenantId: number, emailId: string): string =>
  `${address}/unsubscribe?token=${encodeURIComponent(unsubscribeTokens.write(app, tenantId, emailId))}`

/**
 * What the page of an unsubscription shows. `stops`: a kind, or what `unsubscribing.ts` names. `isStopped`: that is
 * stopped already.
 */
type SeenSubscription = {
  tenant: { slug: string; name: string } | null
  language: string | null
} & ({ end: LinkEnd } | { end: null; stops: string; ticketId: string | null; role: Role; isStopped: boolean })

/** The person of a mail, as whom the unsubscription acts. */
const personOf = (tenantId: number, mail: Subscription): User => ({
  tenantId,
  tenant: mail.tenant,
  accountId: mail.account_id,
  name: mail.name,
  email: mail.email,
  sessionId: null,
  token: null,
  ...(mail.role === 'technician' ? { role: mail.role, category: mail.category } : { role: mail.role }),
})

/** Answers with `otherwise` where a ticket is not seen any more, or not to be changed. */
const whereSeen = async <T>(asked: Promise<T>, otherwise: T): Promise<T> => {
  try {
    return await asked
  } catch (error) {
    if (error instanceof AppError && (error.code === 'ticket_not_found' || error.code === 'forbidden')) return otherwise
    throw error
  }
}

/** Stops watching. Who does not see the ticket any more does not watch it. */
const stopWatching = async (app: App, act: Act<User>, ticketId: string): Promise<void> => {
  await whereSeen(removeWatcher(app, act, ticketId, act.actor.accountId), { watchers: [] })
}

const mailing: NotificationWay[] = ['mail', 'hourly', 'daily']
const gathering: NotificationWay[] = ['hourly', 'daily']

/** The kinds that are mailed as an unsubscription stops it: those of a digest, or one kind. */
const kindsToStop = (stops: string, ways: Record<NotificationKind, NotificationWay>): NotificationKind[] =>
  NotificationKind.options.filter((kind) =>
    stops === digests ? gathering.includes(ways[kind]) : stops === kind && mailing.includes(ways[kind]),
  )

/** Whether nothing is left to be stopped. */
const isStopped = async (app: App, person: User, { stops, ticket_id }: Subscription): Promise<boolean> => {
  if (stops !== watching) return kindsToStop(stops, await chosenWays(app.pool, person)).length === 0
  if (ticket_id === null) return true
  const { watchers } = await whereSeen(getWatchers(app, person, ticket_id), { watchers: [] })
  return watchers.every(({ account_id }) => account_id !== person.accountId)
}

/** Looks at the link of an unsubscription, and changes nothing: it may be a scanner of mails that asks. */
export const lookAtSubscription = async (app: App, token: string): Promise<SeenSubscription> => {
  const ids = readOrNull(() => unsubscribeTokens.read(app, token))
  const mail = ids && (await findSubscription(app.pool, ids.tenantId, ids.rowId))
  if (ids === null || mail === null) return unknownLink
  const end = endOf({ ...mail, is_used: false })
  if (end !== null) return { ...seenBy(mail), end }
  const { stops, ticket_id: ticketId, role } = mail
  return {
    ...seenBy(mail),
    end,
    stops,
    ticketId,
    role,
    isStopped: await isStopped(app, personOf(ids.tenantId, mail), mail),
  }
}

/** Stops the mails of a kind, or all digests. The console goes on to show what they told of. */
const stopMails = (app: App, act: Act<User>, stops: string): Promise<void> =>
  transaction(
    app.pool,
    async (tx) => {
      await lockOwn(tx, act)
      const kinds = kindsToStop(stops, await chosenWays(tx, act.actor))
      const ways = Object.fromEntries(kinds.map((kind) => [kind, 'console' as const]))
      await changeChoices(tx, act, { ways }, { by: 'unsubscription' })
    },
    act.receipt,
  )

const tooOld = (): AppError =>
  new AppError('invalid_unsubscribe_token', {
    detail: 'Nothing was changed. Choose your mails with PATCH /api/me/notifications.',
  })

/**
 * Does what the address of an unsubscription is for, as the person of its mail. Once more changes nothing.
 * @throws AppError `invalid_unsubscribe_token` when this program did not make the token, the mail is too old, or the
 * account is deactivated.
 */
export const unsubscribe = async (app: App, origin: Origin, token: string): Promise<void> => {
  const ids = readOrNull(() => unsubscribeTokens.read(app, token))
  const mail = ids && (await findSubscription(app.pool, ids.tenantId, ids.rowId))
  if (ids === null || mail === null || endOf({ ...mail, is_used: false }) !== null) throw tooOld()
  const act = { ...origin, actor: personOf(ids.tenantId, mail) }
  if (mail.stops !== watching) await stopMails(app, act, mail.stops)
  else if (mail.ticket_id !== null) await stopWatching(app, act, mail.ticket_id)
}
