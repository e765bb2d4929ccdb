import { NotificationKind, type NotificationWay } from '../../../contract/notification-kinds.ts'
import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { linkTokens } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import { removeWatcher } from '../../desk/tickets/watchers.service.ts'
import type { Act, Origin, User } from '../../identity/accounts/actor.ts'
import { endOf, type LinkEnd, readOrNull, seenBy, unknownLink } from '../../identity/accounts/link-holders.service.ts'
import { lockOwn } from '../../identity/accounts/own-account.service.ts'
import { changeChoices, chosenWays } from '../recipients/choices.service.ts'
import { findSubscription, type Subscription } from './unsubscribe.queries.ts'
import { digests, watching } from './unsubscribing.ts'

/**
 * The tokens of one-click unsubscriptions (RFC 8058). A token names a mail, whose row says whom it is to and what is
 * stopped.
 */
const unsubscribeTokens = linkTokens('unsubscription', 'invalid_unsubscribe_token')

/** The address of `List-Unsubscribe` of a mail. */
export const unsubscribeAddress = (app: App, tenantId: number, emailId: string): string =>
  `${app.config.PUBLIC_URL}/unsubscribe?token=${encodeURIComponent(unsubscribeTokens.write(app, tenantId, emailId))}`

/** What the page of an unsubscription shows. `stops`: a kind, or what `unsubscribing.ts` names. */
type SeenSubscription = {
  tenant: { slug: string; name: string } | null
  language: string | null
} & ({ end: LinkEnd } | { end: null; stops: string; ticketId: string | null })

/** Looks at the address of an unsubscription, and changes nothing: it may be a scanner of mails that asks. */
export const lookAtSubscription = async (app: App, token: string): Promise<SeenSubscription> => {
  const ids = readOrNull(() => unsubscribeTokens.read(app, token))
  const mail = ids && (await findSubscription(app.pool, ids.tenantId, ids.rowId))
  if (mail === null) return unknownLink
  const end = endOf({ ...mail, is_used: false })
  return end === null ? { ...seenBy(mail), end, stops: mail.stops, ticketId: mail.ticket_id } : { ...seenBy(mail), end }
}

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

/** Stops watching. Who does not see the ticket any more does not watch it. */
const stopWatching = async (app: App, act: Act<User>, ticketId: string): Promise<void> => {
  try {
    await removeWatcher(app, act, ticketId, act.actor.accountId)
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'ticket_not_found' && error.code !== 'forbidden')) throw error
  }
}

const mailing: NotificationWay[] = ['mail', 'hourly', 'daily']
const gathering: NotificationWay[] = ['hourly', 'daily']

/** Stops the mails of a kind, or all digests. The console goes on to show what they told of. */
const stopMails = (app: App, act: Act<User>, stops: string): Promise<void> =>
  transaction(
    app.pool,
    async (tx) => {
      await lockOwn(tx, act)
      const present = await chosenWays(tx, act.actor)
      const kinds = NotificationKind.options.filter((kind) =>
        stops === digests ? gathering.includes(present[kind]) : stops === kind && mailing.includes(present[kind]),
      )
      const ways = Object.fromEntries(kinds.map((kind) => [kind, 'console' as const]))
      await changeChoices(tx, act, { ways }, { by: 'unsubscription' })
    },
    act.receipt,
  )

/**
 * Does what the address of an unsubscription is for, as the person of its mail. Once more changes nothing.
 * @throws AppError `invalid_unsubscribe_token` when this program did not make the token, the mail is too old, or the
 * account is deactivated.
 */
export const unsubscribe = async (app: App, origin: Origin, token: string): Promise<void> => {
  const { tenantId, rowId } = unsubscribeTokens.read(app, token)
  const mail = await findSubscription(app.pool, tenantId, rowId)
  if (mail === null || endOf({ ...mail, is_used: false }) !== null) throw new AppError('invalid_unsubscribe_token')
  const act = { ...origin, actor: personOf(tenantId, mail) }
  if (mail.stops !== watching) await stopMails(app, act, mail.stops)
  else if (mail.ticket_id !== null) await stopWatching(app, act, mail.ticket_id)
}
