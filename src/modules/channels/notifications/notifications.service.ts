import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { type Follower, type FollowingSteps, hasOneOf } from '../../../platform/events/fan-out.ts'
import type { Passing } from '../../../platform/live/passing.ts'
import { invalidCursor, type PageOf, type PageRequest, pageAfter, pageOf } from '../../../platform/paging.ts'
import { hmac, openNumber, sealNumber, sha256 } from '../../../platform/secrets.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { toldTypes } from '../recipients/recipients.steps.ts'
import {
  countUnread,
  deleteOldNotifications,
  listNotifications,
  markRead,
  markReadUpTo,
  type NotificationFilter,
  type NotificationRow,
} from './notifications.queries.ts'
import {
  type MarkedRead,
  type MarkRead,
  markedAtMost,
  type Notification,
  type NotificationKey,
  type UnreadCount,
} from './notifications.schemas.ts'
import {
  deleteNotificationsFor,
  listNotified,
  notificationsStep,
  signalUnread,
  type Told,
  takingTypes,
} from './write-notifications.queries.ts'

/** The name of the order in cursors. */
export const notificationOrder = 'notifications'

/** How long notifications are kept. */
const keptDays = 90

/** The kind of signals that say: the unread notifications of an account changed. */
const unreadKind = 'unread'
const longestKey = 64

/** The key of a signal about an account. Sign-in names of admins may be longer than a key. */
const keyOf = (accountId: string): string =>
  accountId.length <= longestKey ? accountId : sha256(accountId).toString('hex')

const tell = (tx: Tx, told: Told[]): Promise<unknown> =>
  signalUnread(
    tx,
    told.map(({ tenant_id, account_id }) => ({ tenantId: tenant_id, kind: unreadKind, key: keyOf(account_id) })),
  )

/**
 * The follower of the log that takes away the notifications of undone changes, and of erased events, and says whose
 * unread notifications changed. It comes after the one of `recipients`, which writes the notifications.
 */
export const notificationFollower = (): Follower => async (tx, batch) => {
  const told = hasOneOf(batch, ...toldTypes) ? await listNotified(tx, batch) : []
  const gone = hasOneOf(batch, ...takingTypes) ? await deleteNotificationsFor(tx, batch) : []
  await tell(tx, [...told, ...gone])
}

/** The step that writes the notifications to the recipients of events. */
export const notificationSteps = (): FollowingSteps => [notificationsStep]

/** The key that seals positions for one account: equal notifications of two accounts have different ids. */
const sealOf = (app: App, { accountId }: User): Buffer => hmac(app.secrets.numbers, `notifications of ${accountId}`)

const show = (actor: User, key: Buffer, row: NotificationRow): Notification => {
  const { actor_id: id, actor_name: name, actor_role: role } = row
  const { kind, reason, type, ticket_id, subject, created_at, read_at, position } = row
  const doer =
    role === 'system' ? null : { id: actor.role === 'customer' && role === 'admin' ? null : id, name: name ?? '', role }
  const notification_id = sealNumber(key, actor.tenantId, position)
  return { notification_id, kind, reason, type, ticket_id, subject, actor: doer, created_at, read_at }
}

const unreadOf = async (db: Db, { tenantId, accountId }: User): Promise<UnreadCount> => {
  const [{ unread, unread_is_exact } = { unread: 0, unread_is_exact: true }] = await countUnread(db, tenantId, [
    accountId,
  ])
  return { unread, unread_is_exact }
}

/**
 * A page of the notifications of the actor that they see now: unread ones first, then the newest; and how many are
 * unread. A page may be short, or empty, and still have a next one, because it looks at a bounded number of
 * notifications and leaves out what the actor does not see any more.
 * @throws AppError `invalid_cursor`.
 */
export const listOwnNotifications = async (
  app: App,
  actor: User,
  filter: NotificationFilter,
  { limit, after }: PageRequest<NotificationKey>,
): Promise<PageOf<Notification> & UnreadCount> => {
  const key = sealOf(app, actor)
  const position = after === null ? null : openNumber(key, actor.tenantId, after[1])
  if (after !== null && position === null) throw invalidCursor()
  const place = after === null || position === null ? null : { is_read: after[0], position }
  const { rows, ended_at } = await listNotifications(app.pool, actor, filter, { limit, after: place })
  const keyAt = (at: { is_read: boolean; position: number }): NotificationKey => [
    at.is_read,
    sealNumber(key, actor.tenantId, at.position),
  ]
  const found = pageOf(rows, { limit }, notificationOrder, keyAt)
  const page = found.page.has_more || ended_at === null ? found.page : pageAfter(notificationOrder, keyAt(ended_at))
  return { rows: found.rows.map((row) => show(actor, key, row)), page, ...(await unreadOf(app.pool, actor)) }
}

/**
 * Marks notifications of the actor as read: some by their ids, or one and all before it. What is read already, and what
 * is not theirs, is passed over. Answers with how many were marked, and how many are unread.
 */
export const markOwnRead = (
  app: App,
  act: Act<User>,
  { notification_ids = [], up_to }: MarkRead,
): Promise<MarkedRead> => {
  const { actor } = act
  const key = sealOf(app, actor)
  // No notification has position 0.
  const open = (id: string): number => openNumber(key, actor.tenantId, id) ?? 0
  const mark = (tx: Tx): Promise<number> =>
    up_to === undefined
      ? markRead(tx, actor, notification_ids.map(open))
      : markReadUpTo(tx, actor, open(up_to), markedAtMost.upTo)
  return transaction(
    app.pool,
    async (tx) => {
      const marked = await mark(tx)
      if (marked > 0) await tell(tx, [{ tenant_id: actor.tenantId, account_id: actor.accountId }])
      return { marked, has_more: marked === markedAtMost.upTo, ...(await unreadOf(tx, actor)) }
    },
    act.receipt,
  )
}

/** Tells each connected account whose unread notifications changed how many they are. */
export const passUnread: Passing<App> = async (app, tenantId, keys, accountIds) => {
  const wanted = new Set(keys)
  const told = accountIds.filter((id) => wanted.has(keyOf(id)))
  if (told.length === 0) return []
  const counts = await countUnread(app.pool, tenantId, told)
  return counts.map(({ account_id, ...data }) => ({ account_id, type: 'notifications.unread', data }))
}

/** Deletes notifications after 90 days. */
export const deleteOld = (app: App, limit: number): Promise<number> => deleteOldNotifications(app.pool, keptDays, limit)
