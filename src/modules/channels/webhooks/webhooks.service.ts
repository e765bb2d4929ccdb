import { isDeepStrictEqual } from 'node:util'
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
  chosenNames,
  enableWebhook,
  endPreviousSecret,
  markWebhookDeleted,
  rotateSecret,
  updateWebhookRow,
} from './change-webhook.queries.ts'
import { disableWebhook } from './disable-webhook.queries.ts'
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
        return { ...(await insertWebhook(tx, act, row)), secret }
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

/** Enables or disables a locked webhook, which is at a version. */
const moveState = async (
  tx: Tx,
  act: Act<User>,
  webhookId: string,
  version: number,
  to: Webhook['state'],
): Promise<void> => {
  if (to === 'disabled') {
    const key = { tenant_id: act.actor.tenantId, webhook_number: numberOf(webhookId) }
    await disableWebhook(tx, key, 'by_hand', { by: act })
  } else await enableWebhook(tx, eventOf(act, 'webhook.enabled', webhookId, { version: version + 1 }))
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
      const differing = chosenNames.filter((name) => !isDeepStrictEqual(webhook[name], after[name]))
      const isChanged = differing.length > 0
      // Of an address that stays as it is nothing is asked: an operator may have changed what is allowed.
      if (differing.includes('url')) refuseUrl(app, after.url)
      if (isChanged) await updateWebhookRow(tx, act, webhook, after, differing)
      const isMoved = state !== undefined && state !== webhook.state
      if (isMoved) await moveState(tx, act, webhookId, webhook.version + Number(isChanged), state)
      return isChanged || isMoved ? getWebhook(tx, actor, webhookId) : webhook
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
