import type { App } from '../../../platform/app-context.ts'
import type { Outgoing } from '../../../platform/outgoing/outgoing.ts'
import { createPortions, type Portion } from './delivery-portions.service.ts'
import { findDeliverySpans } from './delivery-spans.service.ts'
import type { DueDelivery } from './due-deliveries.queries.ts'
import { type Posted, postMessage } from './post-message.service.ts'
import type { DeliveryOutcome, Health } from './settle-deliveries.queries.ts'
import type { HeldWebhook } from './webhook-claims.queries.ts'
import { messageIdOf } from './webhook-message-ids.ts'
import { delayAfter, headDelay, probeDelay, probedFrom, putOffBy } from './webhook-schedule.ts'
import { seesPositions } from './webhooks.policy.ts'

/** How many messages are on their way to one webhook at once, unless it is ordered. */
const sentAtOnce = 4

/** Whether the receiver refused what the message says. The others say that it is not there, or has too much to do. */
const isAboutMessage = ({ attempt: { status } }: Posted): boolean =>
  status !== null && status >= 300 && status < 500 && ![408, 425, 429].includes(status)

/** A webhook that has gone for good says so. */
const saysGone = ({ attempt: { status } }: Posted): boolean => status === 410

/** What came of a batch. */
export interface Sent {
  outcomes: DeliveryOutcome[]
  health: Health
  /** Whether the receiver said that it has gone for good. */
  isGone: boolean
  /** Whether the webhook changed meanwhile, so that it must be read again before anything more is sent to it. */
  hasChanged: boolean
}

/** How a webhook fares while a batch is sent. */
interface Course {
  hook: HeldWebhook
  health: Health
  /** Goes up with each failure that counts: those whose sending began before it are of the same fault, and count once. */
  round: number
  isGone: boolean
  isStopped: boolean
}

/** Notes a failure of a message whose sending began in a round. The receiver puts off for so many seconds. */
const noteFailure = (
  course: Course,
  posted: Posted,
  { begunIn, putOff }: { begunIn: number; putOff: number },
): void => {
  const { hook, health } = course
  if (begunIn === course.round) {
    health.failures += 1
    course.round += 1
  }
  health.hasFailed = true
  const pause = Math.max(putOff, health.failures >= probedFrom ? probeDelay(health.failures) : 0)
  if (pause > 0) health.pauseSeconds = Math.max(pause, health.pauseSeconds ?? 0)
  course.isGone ||= saysGone(posted)
  course.isStopped ||= pause > 0 || hook.is_ordered || saysGone(posted)
}

/**
 * What becomes of a message whose failure is noted. `isHeldUp`: the webhook was probed, or sends in order; then a
 * failure says nothing about the message, unless it is refused.
 */
const fateOf = (
  { hook, health }: Course,
  delivery: DueDelivery,
  posted: Posted,
  { isHeldUp, putOff }: { isHeldUp: boolean; putOff: number },
): Pick<DeliveryOutcome, 'state' | 'counts' | 'dueInSeconds'> => {
  if (saysGone(posted)) return { state: 'waiting', counts: false, dueInSeconds: null }
  if (isHeldUp && !isAboutMessage(posted)) {
    const delay = Math.max(headDelay(health.failures, Math.random()), putOff)
    return { state: 'waiting', counts: false, dueInSeconds: hook.is_ordered ? delay : null }
  }
  const delay = delayAfter(delivery.attempts + 1, Math.random())
  if (delay === null) return { state: 'failed', counts: true, dueInSeconds: null }
  return { state: 'waiting', counts: true, dueInSeconds: Math.max(delay, putOff) }
}

/** Sends messages of one webhook, and notes what comes of each. */
const createSending = (app: App, outgoing: Outgoing, hook: HeldWebhook, traceparents: Map<number, string>) => {
  const outcomes: DeliveryOutcome[] = []
  const health: Health = { failures: hook.failures, hasSucceeded: false, hasFailed: false, pauseSeconds: null }
  const course: Course = { hook, health, round: 0, isGone: false, isStopped: false }
  let hasChanged = false

  const idOf = ({ epoch, position }: DueDelivery, { tenant_id, webhook_number, owner_role }: HeldWebhook): string => {
    const message = { tenantId: tenant_id, webhookNumber: webhook_number, epoch, position }
    return messageIdOf(app.secrets, message, seesPositions(owner_role))
  }
  const send = async (delivery: DueDelivery, body: string, { hook: now, keys }: Portion): Promise<void> => {
    const begunIn = course.round
    const { position } = delivery
    const message = { id: idOf(delivery, now), body, traceparent: traceparents.get(position) }
    const posted = await postMessage(app, outgoing, { ...now, keys }, message)
    const { attempt, retryAfter } = posted
    if (attempt.fault === null) {
      health.failures = 0
      health.hasSucceeded = true
      outcomes.push({ position, state: 'delivered', counts: true, dueInSeconds: null, attempt })
      return
    }
    const isHeldUp = health.failures >= probedFrom || hook.is_ordered
    const putOff = putOffBy(retryAfter, app.clock.now())
    noteFailure(course, posted, { begunIn, putOff })
    outcomes.push({ position, ...fateOf(course, delivery, posted, { isHeldUp, putOff }), attempt })
  }
  return {
    send,
    skip({ position }: DueDelivery) {
      outcomes.push({ position, state: 'skipped', counts: false, dueInSeconds: null, attempt: null })
    },
    stopChanged() {
      course.isStopped = true
      hasChanged = true
    },
    isStopped: () => course.isStopped,
    ended: (): Sent => ({ outcomes, health, isGone: course.isGone, hasChanged }),
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
  const sending = createSending(app, outgoing, hook, await findDeliverySpans(app, hook, batch))
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
