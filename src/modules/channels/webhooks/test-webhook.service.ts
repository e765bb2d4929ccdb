import { randomBytes } from 'node:crypto'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import { AppError } from '../../../platform/errors.ts'
import { createOutgoing, type Outgoing } from '../../../platform/outgoing/outgoing.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { signingKeysOf } from './delivery-portions.service.ts'
import { hastenedAtOnce, wakeWebhook } from './due-deliveries.queries.ts'
import { faultOf } from './send-deliveries.service.ts'
import { userAgent } from './webhook-agent.ts'
import type { Heard } from './webhook-deliveries.schemas.ts'
import { findTarget } from './webhook-owners.queries.ts'
import { signedHeaders } from './webhook-secrets.ts'

/** How many tests run at once in one process, and how many of one tenant. */
const testsAtOnce = 10
const testsOfTenant = 2

/** What sends the tests of an application, and which of them run. Made at its first test. */
interface Tester {
  outgoing: Outgoing
  running: number[]
}
const testers = new WeakMap<App['config'], Tester>()

const testerOf = ({ config }: App): Tester => {
  const known = testers.get(config) ?? { outgoing: createOutgoing(config), running: [] }
  testers.set(config, known)
  return known
}

/**
 * Sends a message of the type `webhook.ping` to a webhook now, also to a disabled one, and answers with what the
 * receiver said within 15 seconds. When it took the message, a webhook that is disturbed goes on at once. No connection
 * of the database waits meanwhile.
 * @throws AppError `webhook_not_found`; `too_many_at_once` when other tests run.
 */
export const testWebhook = async (app: App, actor: User, webhookId: string): Promise<Heard> => {
  const { tenantId } = actor
  const target = requireRead(await findTarget(app.pool, actor, webhookId), 'webhook_not_found')
  const tester = testerOf(app)
  const ofTenant = tester.running.filter((running) => running === tenantId).length
  if (tester.running.length >= testsAtOnce || ofTenant >= testsOfTenant) throw new AppError('too_many_at_once')
  const attempted_at = new Date(app.clock.now()).toISOString()
  const keys = signingKeysOf(app.secrets.sealing, { tenant_id: tenantId, ...target })
  if (keys.length === 0) {
    return { delivered: false, attempted_at, duration_ms: 0, status: null, fault: 'secret_unreadable', answer: null }
  }
  const body = JSON.stringify({ type: 'webhook.ping', timestamp: attempted_at, data: { webhook_id: webhookId } })
  const id = `ping_${randomBytes(12).toString('hex')}`
  const headers = signedHeaders({ id, sentAt: secondsOf(app.clock), body }, keys)
  tester.running.push(tenantId)
  try {
    const always = { 'content-type': 'application/json', 'user-agent': userAgent }
    const heard = await tester.outgoing.post(String(tenantId), target.url, { ...always, ...headers }, body)
    const fault = faultOf(heard)
    const { durationMs: duration_ms, status, answer } = heard
    if (fault === null) {
      await wakeWebhook(app.pool, { tenant_id: tenantId, webhook_number: target.webhook_number }, hastenedAtOnce)
    }
    return {
      delivered: fault === null,
      attempted_at,
      duration_ms,
      status,
      fault,
      answer: answer === '' ? null : answer,
    }
  } finally {
    tester.running.splice(tester.running.indexOf(tenantId), 1)
  }
}
