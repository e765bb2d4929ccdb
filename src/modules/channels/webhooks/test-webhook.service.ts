import { randomBytes } from 'node:crypto'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { signingKeysOf } from './delivery-portions.service.ts'
import { hastenedAtOnce, wakeWebhook } from './due-deliveries.queries.ts'
import { postMessage } from './post-message.service.ts'
import type { Heard } from './webhook-deliveries.schemas.ts'
import type { WebhookPing } from './webhook-messages.schemas.ts'
import { findTarget, type Target } from './webhook-owners.queries.ts'

/** How many tests run at once in all processes of the program, and how many of one tenant. */
const testsAtOnce = 40
const testsOfTenant = 2

/** Takes a place among the tests that run. @throws AppError `too_many_at_once`. */
const takePlace = async ({ places }: App, tenantId: number): Promise<() => void> => {
  const giveBack = await places.take(`webhook test ${tenantId}`, testsOfTenant)
  if (giveBack === null) throw new AppError('too_many_at_once')
  const giveBackOfAll = await places.take('webhook test', testsAtOnce)
  if (giveBackOfAll === null) {
    giveBack()
    throw new AppError('too_many_at_once')
  }
  return () => {
    giveBack()
    giveBackOfAll()
  }
}

/** Posts the message of a test. */
const send = async (app: App, { tenantId: tenant_id }: User, webhookId: string, target: Target): Promise<Heard> => {
  const keys = signingKeysOf(app.secrets.sealing, { tenant_id, ...target })
  const timestamp = new Date(app.clock.now()).toISOString()
  const message: WebhookPing = { type: 'webhook.ping', timestamp, data: { webhook_id: webhookId } }
  const id = `ping_${randomBytes(12).toString('hex')}`
  const to = { tenant_id, url: target.url, keys }
  const { attempt } = await postMessage(app, app.outgoing, to, { id, body: JSON.stringify(message) })
  const { attemptedAt: attempted_at, durationMs: duration_ms, status, fault, answer } = attempt
  const { webhook_number } = target
  if (fault === null) await wakeWebhook(app.pool, { tenant_id, webhook_number }, hastenedAtOnce)
  return { delivered: fault === null, attempted_at, duration_ms, status, fault, answer }
}

/**
 * Sends a message of the type `webhook.ping` to a webhook now, also to a disabled one, and answers with what the
 * receiver said within 15 seconds. When it took the message, a webhook that is disturbed goes on at once. No connection
 * of the database waits meanwhile.
 * @throws AppError `webhook_not_found`; `too_many_at_once` when other tests run.
 */
export const testWebhook = async (app: App, actor: User, webhookId: string): Promise<Heard> => {
  const target = requireRead(await findTarget(app.pool, actor, webhookId), 'webhook_not_found')
  const giveBack = await takePlace(app, actor.tenantId)
  try {
    return await send(app, actor, webhookId, target)
  } finally {
    giveBack()
  }
}
