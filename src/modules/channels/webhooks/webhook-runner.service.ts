import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../../platform/app-context.ts'
import { createBell } from '../../../platform/bell.ts'
import type { Runner } from '../../../platform/module.ts'
import { createOutgoing, type Outgoing } from '../../../platform/outgoing/outgoing.ts'
import { disableWebhook } from './disable-webhook.queries.ts'
import { hastenDeliveries, hastenedAtOnce, listDueDeliveries } from './due-deliveries.queries.ts'
import { renewSome } from './renew-deliveries.queries.ts'
import { resendSome } from './resend.queries.ts'
import { type Sent, sendBatch } from './send-deliveries.service.ts'
import { settleDeliveries } from './settle-deliveries.queries.ts'
import {
  claimWebhooks,
  findHeld,
  freeWebhooksOfTheDead,
  type HeldWebhook,
  releaseUnheld,
  releaseWebhook,
} from './webhook-claims.queries.ts'
import { failingHours, probedFrom } from './webhook-schedule.ts'

/** How many webhooks are sent to at once. Each takes one place, however slow it is. */
const placesAtOnce = 50
const batchSize = 200
const pollMs = 250
const databasePauseMs = 500
const freeingMs = 5_000
/** After this time a webhook with more to send makes room for another one that waits. */
const turnMs = 10_000
/** How often a failed settlement is tried again, before the webhook is given back as it is. */
const settleTries = 20
const lookMs = 20

const nameOf = ({ tenant_id, webhook_number }: Pick<HeldWebhook, 'tenant_id' | 'webhook_number'>): string =>
  `${tenant_id} ${webhook_number}`

/** Writes what came of a batch, again and again while the database is away: otherwise all would be sent twice. */
const settle = async ({ pool, log }: App, hook: HeldWebhook, sent: Sent): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      await settleDeliveries(pool, hook, sent.outcomes, sent.health)
      return
    } catch (error) {
      if (tries >= settleTries) throw error
      log.warn({ error }, 'the outcomes of deliveries could not be written')
      await sleep(databasePauseMs)
    }
  }
}

/** After a webhook was down, hastens all that was put off, in steps, so that no statement takes long. */
const hastenAll = async (pool: App['pool'], hook: HeldWebhook): Promise<void> => {
  while ((await hastenDeliveries(pool, hook, hastenedAtOnce)) === hastenedAtOnce);
}

/** Draws the consequences of a batch for the webhook. Answers whether it may be sent to any further. */
const judge = async ({ pool }: App, hook: HeldWebhook, { health, isGone }: Sent): Promise<boolean> => {
  if (isGone) await disableWebhook(pool, hook, 'gone', { beginnings: hook.beginnings })
  else if (health.failures > 0 && !health.hasSucceeded && hook.is_failing_long) {
    await disableWebhook(pool, hook, 'failing', { beginnings: hook.beginnings })
  } else if (health.hasSucceeded && hook.failures >= probedFrom) await hastenAll(pool, hook)
  return !isGone && health.pauseSeconds === null
}

/** Sends one batch of a webhook. Answers whether there may be more to send now. */
const sendOnce = async (
  app: App,
  outgoing: Outgoing,
  { hook, holder }: { hook: HeldWebhook; holder: string },
  isEnding: () => boolean,
): Promise<boolean> => {
  // Nothing is sent before all has begun anew: else an attempt that was used up before would count now.
  if (hook.is_renewing) {
    await renewSome(app.pool, hook)
    return true
  }
  if (hook.is_resending) await resendSome(app.pool, hook)
  const limit = hook.failures >= probedFrom ? 1 : batchSize
  const listed = await listDueDeliveries(app.pool, hook, limit)
  const firstUndue = listed.findIndex((delivery) => !delivery.is_due)
  const batch = firstUndue === -1 ? listed : listed.slice(0, firstUndue)
  if (batch.length === 0) return hook.is_resending
  const sent = await sendBatch(app, outgoing, { hook, holder, batch }, isEnding)
  await settle(app, hook, sent)
  const isGood = await judge(app, hook, sent)
  // What it is now is read next, such as that its owner is gone.
  if (sent.hasChanged) return true
  const isSettledWhole = sent.outcomes.length === batch.length
  const isGoingOn = isGood && (isSettledWhole || !hook.is_ordered)
  // When fewer were listed than were asked for, no more wait. One that was written since then makes the webhook due
  // again when it is given back.
  return isGoingOn && (listed.length === limit || hook.is_resending)
}

/**
 * Starts what sends to webhooks: it claims those that are due, sends to each what waits, in batches, and gives it back.
 * `holder` is the id of this process.
 */
export const startWebhookRunner = (app: App, holder: string): Runner => {
  const { pool, log, config } = app
  const outgoing = createOutgoing(config)
  const bell = createBell()
  const inHand = new Set<string>()
  let isStopped = false
  let freedAt = Number.NEGATIVE_INFINITY

  const drain = async (claimed: HeldWebhook): Promise<void> => {
    const endsAt = performance.now() + turnMs
    for (let hook: HeldWebhook | null = claimed; hook !== null && !isStopped; ) {
      if (!hook.owner_is_active) {
        await disableWebhook(pool, hook, 'owner_gone')
        return
      }
      const isEnding = (): boolean => isStopped || performance.now() > endsAt
      const isMore = await sendOnce(app, outgoing, { hook, holder }, isEnding)
      if (!isMore || isEnding()) return
      hook = await findHeld(pool, hook, holder, failingHours)
    }
  }
  const handle = async (hook: HeldWebhook): Promise<void> => {
    try {
      await drain(hook)
    } catch (error) {
      log.error({ error, webhook: hook.webhook_id, tenant_id: hook.tenant_id }, 'a webhook could not be sent to')
      // What is broken is not tried again at once.
      await sleep(databasePauseMs)
    } finally {
      await releaseWebhook(pool, hook, holder).catch((error) =>
        log.warn({ error }, 'a webhook could not be given back, and is later'),
      )
      inHand.delete(nameOf(hook))
      bell.ring()
    }
  }
  const free = async (): Promise<void> => {
    if (performance.now() - freedAt < freeingMs) return
    await releaseUnheld(pool, holder, [...inHand])
    await freeWebhooksOfTheDead(pool)
    freedAt = performance.now()
  }
  const claimSome = async (): Promise<number> => {
    try {
      await free()
      const hooks = await claimWebhooks(pool, holder, placesAtOnce - inHand.size, failingHours)
      for (const hook of hooks) {
        inHand.add(nameOf(hook))
        void handle(hook)
      }
      return hooks.length
    } catch (error) {
      log.warn({ error }, 'webhooks could not be claimed')
      await sleep(databasePauseMs)
      return 0
    }
  }
  const claim = async (): Promise<void> => {
    while (!isStopped) {
      bell.hush()
      if (inHand.size >= placesAtOnce || (await claimSome()) === 0) await bell.pause(pollMs)
    }
  }
  const untilHandled = async (limitMs: number): Promise<void> => {
    for (const endsAt = performance.now() + limitMs; inHand.size > 0 && performance.now() < endsAt; )
      await sleep(lookMs)
  }

  const claiming = claim()
  return {
    nudge: bell.ring,
    async stop(graceMs) {
      isStopped = true
      bell.ring()
      await claiming
      await untilHandled(graceMs)
      await outgoing.close()
      await untilHandled(2_000)
    },
  }
}
