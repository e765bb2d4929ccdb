import type { ChangesOf } from '../../../contract/events.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import {
  beginResend,
  countToldEvents,
  findLogHead,
  findStartSince,
  type LockedDelivery,
  lockDelivery,
  requeueDelivery,
} from './resend.queries.ts'
import { findDelivery, listAttempts, listDeliveries, type StoredDelivery } from './webhook-deliveries.queries.ts'
import {
  countedAtMost,
  type DeliveryFilter,
  type Resend,
  type Resent,
  resentAtMost,
  type WebhookDelivery,
  type WholeDelivery,
} from './webhook-deliveries.schemas.ts'
import { messageIdOf, positionIn } from './webhook-message-ids.ts'
import { findOwnerRole } from './webhook-owners.queries.ts'
import { seesPositions } from './webhooks.policy.ts'
import { getWebhook } from './webhooks.service.ts'

/** Deliveries are listed from the newest event to the oldest. */
export const deliveryOrder = 'newest_delivery'

/** Which webhook a caller reads, and whether its messages have the positions of the log. */
interface Place {
  tenantId: number
  webhookNumber: number
  showsPosition: boolean
}

/** Finds a webhook that the actor sees. @throws AppError `webhook_not_found`. */
const placeOf = async (app: App, actor: User, webhookId: string): Promise<Place> => {
  const role = requireRead(await findOwnerRole(app.pool, actor, webhookId), 'webhook_not_found')
  return { tenantId: actor.tenantId, webhookNumber: numberOf(webhookId), showsPosition: seesPositions(role) }
}

const shown = (app: App, actor: User, place: Place, { epoch, ...stored }: StoredDelivery): WebhookDelivery => ({
  ...stored,
  delivery_id: messageIdOf(app.secrets, { ...place, epoch, position: stored.position }, place.showsPosition),
  position: seesPositions(actor.role) ? stored.position : null,
})

/** A page of the deliveries of a webhook. @throws AppError `webhook_not_found`. */
export const listWebhookDeliveries = async (
  app: App,
  actor: User,
  webhookId: string,
  filter: DeliveryFilter,
  request: PageRequest<string>,
): Promise<PageOf<WebhookDelivery>> => {
  const place = await placeOf(app, actor, webhookId)
  const after = request.after === null ? null : positionIn(app.secrets, place, request.after, place.showsPosition)
  if (request.after !== null && after === null) throw new AppError('invalid_cursor')
  const stored = await listDeliveries(app.pool, actor, webhookId, filter, { ...request, after })
  const rows = stored.map((row) => shown(app, actor, place, row))
  return pageOf(rows, request, deliveryOrder, ({ delivery_id: id }) => id)
}

/** Finds a delivery by the id of its message. @throws AppError `webhook_not_found`, `delivery_not_found`. */
const findByMessage = async (app: App, actor: User, webhookId: string, deliveryId: string) => {
  const place = await placeOf(app, actor, webhookId)
  const position = positionIn(app.secrets, place, deliveryId, place.showsPosition)
  const found = position === null ? null : await findDelivery(app.pool, actor, webhookId, position)
  const stored = requireRead(found, 'delivery_not_found')
  const delivery = shown(app, actor, place, stored)
  if (delivery.delivery_id !== deliveryId) throw new AppError('delivery_not_found')
  return { place, stored, delivery }
}

/** A delivery with its attempts. @throws AppError `webhook_not_found`, `delivery_not_found`. */
export const getDelivery = async (
  app: App,
  actor: User,
  webhookId: string,
  deliveryId: string,
): Promise<WholeDelivery> => {
  const { stored, delivery } = await findByMessage(app, actor, webhookId, deliveryId)
  const attempts_made = await listAttempts(app.pool, actor.tenantId, webhookId, stored.position)
  return { ...delivery, attempts_made }
}

/** What a resend changes of a delivery, as the event tells it. */
const changesByResend = ({ state, attempts }: LockedDelivery): ChangesOf<'webhook.delivery_resent'> => ({
  ...(state === 'waiting' ? {} : { state: { from: state, to: 'waiting' } }),
  ...(attempts === 0 ? {} : { attempts: { from: attempts, to: 0 } }),
})

/** Sends one delivery once more. @throws AppError `webhook_not_found`, `delivery_not_found`. */
export const resendDelivery = async (
  app: App,
  act: Act<User>,
  webhookId: string,
  deliveryId: string,
): Promise<WebhookDelivery> => {
  const { actor } = act
  const { place, stored } = await findByMessage(app, actor, webhookId, deliveryId)
  const { position } = stored
  return transaction(
    app.pool,
    async (tx) => {
      const before = requireRead(await lockDelivery(tx, actor, place.webhookNumber, position), 'delivery_not_found')
      const changes = changesByResend(before)
      const event = eventOf(act, 'webhook.delivery_resent', webhookId, { changes, details: { position } })
      await requeueDelivery(tx, place.webhookNumber, position, event)
      const again = await findDelivery(tx, actor, webhookId, position)
      // A technician does not see what waits, and has just seen this one.
      return shown(app, actor, place, again ?? { ...stored, state: 'waiting', due_at: null, settled_at: null })
    },
    act.receipt,
  )
}

/** The position before the first event of a resend, and the last of the log. */
const startOf = async (
  app: App,
  actor: User,
  place: Place,
  { from, from_position: fromPosition, since }: Resend,
): Promise<{ after: number; head: number }> => {
  if (since !== undefined) return findStartSince(app.pool, actor.tenantId, since)
  if (fromPosition !== undefined && !seesPositions(actor.role)) {
    throw invalidMember('from_position', 'is for admins: say from or since', 'not_yours')
  }
  const position = fromPosition ?? positionIn(app.secrets, place, from ?? '', place.showsPosition)
  if (position === null)
    throw invalidMember('from', 'must be the delivery_id of a delivery of this webhook', 'invalid_value')
  return { after: position - 1, head: await findLogHead(app.pool, actor.tenantId) }
}

/** @throws AppError `validation_failed` when a resend would look at too many events. */
const refuseTooFar = ({ since, from }: Resend, events: number): void => {
  if (events <= resentAtMost) return
  const member = since !== undefined ? 'since' : from !== undefined ? 'from' : 'from_position'
  throw invalidMember(member, `goes back more than ${resentAtMost} events: read those with GET /events`, 'too_far')
}

/**
 * Sends everything from an event, or a time, on once more, in the order of the log: also what was delivered, and what
 * happened while the webhook was disabled. It answers at once; the sending goes on in the background.
 * @throws AppError `webhook_not_found`, `validation_failed`.
 */
export const resendEvents = async (app: App, act: Act<User>, webhookId: string, wanted: Resend): Promise<Resent> => {
  const { actor } = act
  const place = await placeOf(app, actor, webhookId)
  const { after, head: upTo } = await startOf(app, actor, place, wanted)
  refuseTooFar(wanted, upTo - after)
  const { tenantId, webhookNumber } = place
  return transaction(
    app.pool,
    async (tx) => {
      const { webhook_id: id } = await getWebhook(tx, actor, webhookId)
      const count = await countToldEvents(tx, tenantId, webhookNumber, { after, upTo, limit: countedAtMost })
      if (wanted.dry_run !== true && count > 0) {
        const event = eventOf(act, 'webhook.resent', id, { details: { from_position: after + 1 } })
        await beginResend(tx, webhookNumber, { after, upTo }, event)
      }
      return { count, dry_run: wanted.dry_run ?? false }
    },
    act.receipt,
  )
}
