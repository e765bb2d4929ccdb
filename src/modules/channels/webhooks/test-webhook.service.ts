import { randomBytes } from 'node:crypto'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import { AppError } from '../../../platform/errors.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { signingKeysOf } from './delivery-portions.service.ts'
import { hastenedAtOnce, wakeWebhook } from './due-deliveries.queries.ts'
import { faultOf } from './send-deliveries.service.ts'
import { userAgent } from './webhook-agent.ts'
import type { Heard } from './webhook-deliveries.schemas.ts'
import type { WebhookPing } from './webhook-messages.schemas.ts'
import { findTarget, type Target } from './webhook-owners.queries.ts'
import { signedHeaders } from './webhook-secrets.ts'

/** How many tests run at once in all processes of the program, and how many of one tenant. */
const testsAtOnce = 40
const testsOfTenant = 1

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
const send = async (app: App, actor: User, webhookId: string, target: Target): Promise<Heard> => {
  const attempted_at = new Date(app.clock.now()).toISOString()
  const keys = signingKeysOf(app.secrets.sealing, { tenant_id: actor.tenantId, ...target })
  if (keys.length === 0) {
    return { delivered: false, attempted_at, duration_ms: 0, status: null, fault: 'secret_unreadable', answer: null }
  }
  const message: WebhookPing = { type: 'webhook.ping', timestamp: attempted_at, data: { webhook_id: webhookId } }
  const body = JSON.stringify(message)
  const id = `ping_${randomBytes(12).toString('hex')}`
  const headers = signedHeaders({ id, sentAt: secondsOf(app.clock), body }, keys)
  const always = { 'content-type': 'application/json', 'user-agent': userAgent }
  const heard = await app.outgoing.post(String(actor.tenantId), target.url, { ...always, ...headers }, body)
  const fault = faultOf(heard)
  const { durationMs: duration_ms, status, answer } = heard
  const key = { tenant_id: actor.tenantId, webhook_number: target.webhook_number }
  if (fault === null) await wakeWebhook(app.pool, key, hastenedAtOnce)
  return { delivered: fault === null, attempted_at, duration_ms, status, fault, answer: answer === '' ? null : answer }
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
