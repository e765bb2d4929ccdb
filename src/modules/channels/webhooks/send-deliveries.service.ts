import type { DeliveryFault } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import type { Heard, Outgoing } from '../../../platform/outgoing/outgoing.ts'
import { createPortions, type Portion } from './delivery-portions.service.ts'
import type { DueDelivery } from './due-deliveries.queries.ts'
import type { DeliveryOutcome, Health } from './settle-deliveries.queries.ts'
import { userAgent } from './webhook-agent.ts'
import type { HeldWebhook } from './webhook-claims.queries.ts'
import { messageIdOf } from './webhook-message-ids.ts'
import { delayAfter, headDelay, probeDelay, probedFrom, putOffBy } from './webhook-schedule.ts'
import { signedHeaders } from './webhook-secrets.ts'
import { seesPositions } from './webhooks.policy.ts'

/** How many messages are on their way to one webhook at once, unless it is ordered. */
const sentAtOnce = 4

/** What is wrong with an answer, or why there is none; null when the receiver took the message. */
export const faultOf = ({ status, fault }: Heard): DeliveryFault | null => {
  if (fault !== null || status === null) return fault ?? 'connection_lost'
  if (status >= 200 && status < 300) return null
  if (status >= 500) return 'server_failed'
  return status >= 400 ? 'refused' : 'redirected'
}

/** Whether the receiver refused what the message says. The others say that it is not there, or has too much to do. */
const isAboutMessage = ({ status }: Heard): boolean =>
  status !== null && status >= 300 && status < 500 && ![408, 425, 429].includes(status)

/** A webhook that has gone for good says so. */
const isGone = ({ status }: Heard): boolean => status === 410

/** What came of a batch. */
export interface Sent {
  outcomes: DeliveryOutcome[]
  health: Health
  /** Whether the receiver said that it has gone for good. */
  isGone: boolean
  /** Whether the webhook changed meanwhile, so that it must be read again before anything more is sent to it. */
  hasChanged: boolean
}

/** Sends messages of one webhook, and notes what comes of each. */
const createSending = (app: App, outgoing: Outgoing, hook: HeldWebhook) => {
  const outcomes: DeliveryOutcome[] = []
  const health: Health = { failures: hook.failures, hasSucceeded: false, hasFailed: false, pauseSeconds: null }
  /** Goes up with each failure that counts: those whose sending began before it are of the same fault, and count once. */
  let round = 0
  let hasGone = false
  let isStopped = false
  let hasChanged = false

  const post = (delivery: DueDelivery, body: string, { hook: now, keys }: Portion): Promise<Heard> => {
    const { tenant_id: tenantId, webhook_number: webhookNumber } = now
    const message = { tenantId, webhookNumber, epoch: delivery.epoch, position: delivery.position }
    const id = messageIdOf(app.secrets, message, seesPositions(now.owner_role))
    const headers = signedHeaders({ id, sentAt: secondsOf(app.clock), body }, keys)
    const always = { 'content-type': 'application/json', 'user-agent': userAgent }
    return outgoing.post(String(tenantId), now.url, { ...always, ...headers }, body)
  }
  /** A failure of a webhook that is probed, or sends in order, says nothing about the message, unless it is refused. */
  const failed = (
    delivery: DueDelivery,
    heard: Heard,
    begunIn: number,
  ): Pick<DeliveryOutcome, 'state' | 'counts' | 'dueInSeconds'> => {
    const isHeldUp = health.failures >= probedFrom || hook.is_ordered
    const putOff = putOffBy(heard.retryAfter, app.clock.now())
    if (begunIn === round) {
      health.failures += 1
      round += 1
    }
    health.hasFailed = true
    const pause = Math.max(putOff, health.failures >= probedFrom ? probeDelay(health.failures) : 0)
    if (pause > 0) health.pauseSeconds = Math.max(pause, health.pauseSeconds ?? 0)
    isStopped ||= pause > 0 || hook.is_ordered || isGone(heard)
    if (isGone(heard)) {
      hasGone = true
      return { state: 'waiting', counts: false, dueInSeconds: null }
    }
    if (isHeldUp && !isAboutMessage(heard)) {
      const delay = Math.max(headDelay(health.failures, Math.random()), putOff)
      return { state: 'waiting', counts: false, dueInSeconds: hook.is_ordered ? delay : null }
    }
    const delay = delayAfter(delivery.attempts + 1, Math.random())
    if (delay === null) return { state: 'failed', counts: true, dueInSeconds: null }
    return { state: 'waiting', counts: true, dueInSeconds: Math.max(delay, putOff) }
  }
  const send = async (delivery: DueDelivery, body: string, portion: Portion): Promise<void> => {
    const begunIn = round
    const attemptedAt = new Date(app.clock.now()).toISOString()
    const isUnsigned = portion.keys.length === 0
    const heard: Heard = isUnsigned
      ? { status: null, fault: null, answer: null, retryAfter: null, durationMs: 0 }
      : await post(delivery, body, portion)
    const fault = isUnsigned ? 'secret_unreadable' : faultOf(heard)
    const { durationMs, status, answer } = heard
    const attempt = { attemptedAt, durationMs, status, fault, answer: answer === '' ? null : answer }
    if (fault === null) {
      health.failures = 0
      health.hasSucceeded = true
      outcomes.push({ position: delivery.position, state: 'delivered', counts: true, dueInSeconds: null, attempt })
    } else {
      outcomes.push({
        position: delivery.position,
        ...failed(delivery, heard, begunIn),
        attempt,
      })
    }
  }
  return {
    send,
    skip({ position }: DueDelivery) {
      outcomes.push({ position, state: 'skipped', counts: false, dueInSeconds: null, attempt: null })
    },
    stopChanged() {
      isStopped = true
      hasChanged = true
    },
    isStopped: () => isStopped,
    ended: (): Sent => ({ outcomes, health, isGone: hasGone, hasChanged }),
  }
}

/**
 * Sends the deliveries of a batch, which are in the order of their positions, and answers with what came of those that
 * were tried. After a failure of an ordered webhook, or a pause, the others are left as they are; so they are when the
 * webhook may not be sent to any more. `isEnding`: nothing more is begun.
 */
export const sendBatch = async (
  app: App,
  outgoing: Outgoing,
  { hook, holder, batch }: { hook: HeldWebhook; holder: string; batch: DueDelivery[] },
  isEnding: () => boolean,
): Promise<Sent> => {
  const portions = createPortions(app, holder, hook, batch)
  const sending = createSending(app, outgoing, hook)
  const left = batch.entries()
  const faults: unknown[] = []
  const portionAt = async (index: number): Promise<Portion | null> => {
    try {
      return await portions.at(index)
    } catch (error) {
      faults.push(error)
      return null
    }
  }
  const sendInTurn = async (): Promise<void> => {
    for (const [index, delivery] of left) {
      const portion = await portionAt(index)
      if (portion === null) sending.stopChanged()
      if (portion === null || sending.isStopped() || isEnding()) return
      const body = delivery.is_taken_back ? undefined : portion.bodies.get(delivery.position)
      if (body === undefined) sending.skip(delivery)
      else await sending.send(delivery, body, portion)
      if (sending.isStopped() || isEnding()) return
    }
  }
  await Promise.all(Array.from({ length: hook.is_ordered ? 1 : sentAtOnce }, sendInTurn))
  const sent = sending.ended()
  // What went out before a fault of the database is settled first, or it would come again.
  if (faults.length > 0 && sent.outcomes.length === 0) throw faults[0]
  return sent
}
