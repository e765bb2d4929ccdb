import { isDeepStrictEqual } from 'node:util'
import type { ChangesOf } from '../../../contract/events.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import { faultOfUrl, outgoingRules } from '../../../platform/outgoing/outgoing-rules.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { refuseReadOnly } from '../../../platform/unchanged.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { withHealedCounter } from '../../identity/tenants/tenants.service.ts'
import {
  type Chosen,
  disableByHand,
  enableWebhook,
  endPreviousSecret,
  markWebhookDeleted,
  rotateSecret,
  updateWebhookRow,
} from './change-webhook.queries.ts'
import { createWebhookSecret, sealWebhookSecret } from './webhook-secrets.ts'
import {
  countWebhooks,
  findWebhook,
  insertWebhook,
  listWebhooks,
  lockWebhook,
  takeWebhookNumber,
  webhookCounter,
} from './webhooks.queries.ts'
import {
  type CreatedWebhook,
  type CreateWebhook,
  type UpdateWebhook,
  type Webhook,
  type WebhookFilter,
  type WebhookSecret,
  webhooksAtMost,
  webhooksOfTechnicianAtMost,
} from './webhooks.schemas.ts'

/** Webhooks are listed by their number. */
export const webhookOrder = 'webhook_number'

/** @throws AppError `validation_failed` for an address that webhooks may not reach, as far as it says so itself. */
const refuseUrl = ({ config }: App, url: string): void => {
  const rules = outgoingRules({ hosts: config.WEBHOOK_ALLOW_HOSTS, ports: config.WEBHOOK_PORTS })
  const fault = faultOfUrl(new URL(url), rules)
  if (fault !== null) throw invalidMember('url', fault, 'url_refused')
}

/** What is told of an address: its origin, because the path may be a secret. */
const shownUrl = (url: string): string => new URL(url).origin.slice(0, 300)

const refuseMore = async (tx: Tx, { tenantId, accountId, role }: User): Promise<void> => {
  const { of_tenant: ofTenant, of_owner: ofOwner } = await countWebhooks(tx, tenantId, accountId)
  if (ofTenant >= webhooksAtMost) {
    throw new AppError('too_many_webhooks', { detail: `A tenant has at most ${webhooksAtMost} webhooks.` })
  }
  if (role !== 'admin' && ofOwner >= webhooksOfTechnicianAtMost) {
    const detail = `A technician has at most ${webhooksOfTechnicianAtMost} webhooks.`
    throw new AppError('too_many_webhooks', { detail })
  }
}

/**
 * Creates a webhook of the actor's own, and gives its secret away once.
 * @throws AppError `validation_failed`, `too_many_webhooks`.
 */
export const createWebhook = (app: App, act: Act<User>, wanted: CreateWebhook): Promise<CreatedWebhook> => {
  const { actor } = act
  refuseUrl(app, wanted.url)
  const secret = createWebhookSecret()
  return withHealedCounter(app, actor.tenantId, webhookCounter, () =>
    transaction(
      app.pool,
      async (tx) => {
        // The counter is locked first, so that of two at once each counts the other.
        const webhookNumber = await takeWebhookNumber(tx, actor.tenantId)
        await refuseMore(tx, actor)
        const row = {
          webhookNumber,
          url: wanted.url,
          description: wanted.description ?? '',
          types: wanted.types ?? null,
          includesInternal: wanted.includes_internal ?? false,
          isOrdered: wanted.is_ordered ?? false,
          secret: sealWebhookSecret(app.secrets.sealing, actor.tenantId, webhookNumber, secret),
        }
        return { ...(await insertWebhook(tx, act, row, shownUrl(wanted.url))), secret }
      },
      act.receipt,
    ),
  )
}

/** A page of the webhooks that the actor sees. */
export const listVisibleWebhooks = async (
  app: App,
  actor: User,
  filter: WebhookFilter,
  page: PageRequest<number>,
): Promise<PageOf<Webhook>> =>
  pageOf(await listWebhooks(app.pool, actor, filter, page), page, webhookOrder, ({ webhook_id: id }) => numberOf(id))

/** @throws AppError `webhook_not_found`. */
export const getWebhook = async (db: Db, actor: User, webhookId: string): Promise<Webhook> =>
  requireRead(await findWebhook(db, actor, webhookId), 'webhook_not_found')

/** Locks a webhook that the actor sees. @throws AppError `webhook_not_found`. */
const getLocked = async (tx: Tx, actor: User, webhookId: string): Promise<Webhook> =>
  requireRead(await lockWebhook(tx, actor, webhookId), 'webhook_not_found')

/** @throws AppError `stale_version` when the webhook is not at the version that the caller read. */
const refuseStale = ({ version }: Webhook, ifMatch: number | null): void => {
  if (ifMatch === null || ifMatch === version) return
  throw new AppError('stale_version', {
    detail: `The webhook is at version ${version}, not ${ifMatch}. Read it again.`,
    extra: { current_version: version, changed: [], overlaps: false },
    headers: { ETag: `"${version}"` },
  })
}

const chosenNames = ['url', 'description', 'types', 'includes_internal', 'is_ordered'] as const

/** What changes, as the event tells it. */
const changesOf = (before: Webhook, after: Chosen): ChangesOf<'webhook.updated'> => {
  const changed = chosenNames.filter((name) => !isDeepStrictEqual(before[name], after[name]))
  const told = (of: Chosen, name: (typeof chosenNames)[number]) => (name === 'url' ? shownUrl(of.url) : of[name])
  return Object.fromEntries(changed.map((name) => [name, { from: told(before, name), to: told(after, name) }]))
}

/** Enables or disables a locked webhook. */
const moveState = async (tx: Tx, act: Act<User>, webhook: Webhook, to: Webhook['state']): Promise<void> => {
  const { webhook_id: id, owner_id: account_id, url } = webhook
  const version = webhook.version + 1
  if (to === 'enabled') {
    await enableWebhook(tx, eventOf(act, 'webhook.enabled', id, { version }))
  } else {
    const details = { reason: 'by_hand' as const, account_id, url: shownUrl(url) }
    await disableByHand(tx, eventOf(act, 'webhook.disabled', id, { version, details }))
  }
}

/**
 * Changes a webhook. What is so already is no change.
 * @throws AppError `webhook_not_found`, `stale_version`, `validation_failed`.
 */
export const updateWebhook = async (
  app: App,
  act: Act<User>,
  webhookId: string,
  asked: { change: UpdateWebhook; ifMatch: number | null; echoed: Record<string, unknown> },
): Promise<Webhook> => {
  const { actor } = act
  const { state, ...change } = asked.change
  return transaction(
    app.pool,
    async (tx) => {
      const webhook = await getLocked(tx, actor, webhookId)
      refuseStale(webhook, asked.ifMatch)
      refuseReadOnly(asked.echoed, webhook)
      const after: Chosen = { ...webhook, ...change }
      const changes = changesOf(webhook, after)
      // Of an address that stays as it is nothing is asked: an operator may have changed what is allowed.
      if (after.url !== webhook.url) refuseUrl(app, after.url)
      let current = webhook
      if (Object.keys(changes).length > 0) {
        current = { ...webhook, ...after, version: webhook.version + 1 }
        const event = eventOf(act, 'webhook.updated', webhookId, { version: current.version, changes })
        await updateWebhookRow(tx, after, after.url !== webhook.url, event)
      }
      const isMoved = state !== undefined && state !== webhook.state
      if (isMoved) await moveState(tx, act, current, state)
      return isMoved || current !== webhook ? getWebhook(tx, actor, webhookId) : webhook
    },
    act.receipt,
  )
}

/** Deletes a webhook. Nothing more is sent to it. @throws AppError `webhook_not_found`, `stale_version`. */
export const deleteWebhook = (app: App, act: Act<User>, webhookId: string, ifMatch: number | null): Promise<void> =>
  transaction(
    app.pool,
    async (tx) => {
      refuseStale(await getLocked(tx, act.actor, webhookId), ifMatch)
      await markWebhookDeleted(tx, eventOf(act, 'webhook.deleted', webhookId))
    },
    act.receipt,
  )

/**
 * Makes a new secret, and gives it away once. The one before signs as well for a day.
 * @throws AppError `webhook_not_found`.
 */
export const createNextSecret = (app: App, act: Act<User>, webhookId: string): Promise<WebhookSecret> => {
  const { tenantId } = act.actor
  const secret = createWebhookSecret()
  return transaction(
    app.pool,
    async (tx) => {
      const { version } = await getLocked(tx, act.actor, webhookId)
      const sealed = sealWebhookSecret(app.secrets.sealing, tenantId, numberOf(webhookId), secret)
      const event = eventOf(act, 'webhook.secret_rotated', webhookId, { version: version + 1 })
      const until = await rotateSecret(tx, sealed, event)
      return { webhook_id: webhookId, secret, previous_secret_until: until }
    },
    act.receipt,
  )
}

/** Ends the secret before the last rotation now. Without one nothing changes. @throws AppError `webhook_not_found`. */
export const deletePreviousSecret = (app: App, act: Act<User>, webhookId: string): Promise<void> =>
  transaction(
    app.pool,
    async (tx) => {
      const { previous_secret_until: until, version } = await getLocked(tx, act.actor, webhookId)
      if (until === null) return
      await endPreviousSecret(tx, eventOf(act, 'webhook.secret_ended', webhookId, { version: version + 1 }))
    },
    act.receipt,
  )
