import type { KeyObject } from 'node:crypto'
import type { App } from '../../../platform/app-context.ts'
import type { SealingKeys } from '../../../platform/sealed-texts.ts'
import type { DueDelivery } from './due-deliveries.queries.ts'
import { bodiesOf, spanAtMost } from './webhook-bodies.service.ts'
import { findHeld, type HeldWebhook } from './webhook-claims.queries.ts'
import { failingHours } from './webhook-schedule.ts'
import { openWebhookSecret, signingKeys } from './webhook-secrets.ts'

/** How long what was read of a webhook and its messages counts for a message that begins, in milliseconds. */
const freshMs = 1_000
/** A portion has so many deliveries at first, and again when the one before became too old. */
const portionAtLeast = 8
/** Each portion that was sent in time makes the next one twice as large, up to this. */
const portionAtMost = 64

/** The keys that sign for a webhook now, the newest first. Empty when the secrets cannot be opened. */
export const signingKeysOf = (
  keys: SealingKeys,
  hook: Pick<HeldWebhook, 'tenant_id' | 'webhook_number' | 'secret' | 'previous_secret'>,
): KeyObject[] =>
  signingKeys(
    [hook.secret, hook.previous_secret].flatMap((sealed) => {
      const opened = sealed === null ? null : openWebhookSecret(keys, hook.tenant_id, hook.webhook_number, sealed)
      return opened ?? []
    }),
  )

/** The webhook as it is, the keys that sign for it, and the bodies of some deliveries by their positions. */
export interface Portion {
  hook: HeldWebhook
  keys: KeyObject[]
  bodies: Map<number, string>
}

/** What was read for the deliveries of a batch before number `to`, begun at `readAt`. */
interface Reading {
  to: number
  readAt: number
  portion: Promise<Portion | null>
}

/**
 * Whether a batch that began with a webhook as it was `before` may go on with the webhook as it is `now`. A batch is of
 * one beginning, and either keeps the order or does not.
 */
const isStillGood = (now: HeldWebhook | null, before: HeldWebhook): now is HeldWebhook =>
  now?.owner_is_active === true && now.is_ordered === before.is_ordered && now.beginnings === before.beginnings

/**
 * Reads what a batch of deliveries needs, a few at a time, because a batch may take minutes: somebody may delete the
 * webhook meanwhile, change its address, or take rights from its owner. `hook` was read just now.
 */
export const createPortions = (app: App, holder: string, hook: HeldWebhook, batch: DueDelivery[]) => {
  const keysOf = (now: HeldWebhook): KeyObject[] => signingKeysOf(app.secrets.sealing, now)
  let known = { hook, keys: keysOf(hook) }
  let size = portionAtLeast
  let reading: Reading | null = null

  const lookAgain = async (): Promise<boolean> => {
    const now = await findHeld(app.pool, hook, holder, failingHours)
    if (!isStillGood(now, hook)) return false
    const isSigned = now.secret === known.hook.secret && now.previous_secret === known.hook.previous_secret
    known = { hook: now, keys: isSigned ? known.keys : keysOf(now) }
    return true
  }
  const read = async (from: number, to: number, isFirst: boolean): Promise<Portion | null> => {
    if (!isFirst && !(await lookAgain())) return null
    const { hook: now, keys } = known
    const positions = batch.slice(from, to).map(({ position }) => position)
    return { hook: now, keys, bodies: await bodiesOf(app, now, positions) }
  }
  /** Where a portion that begins with delivery number `from` ends. */
  const endOf = (from: number): number => {
    const most = batch.slice(from, from + size)
    const far = most.findIndex(({ position }) => position >= (most[0]?.position ?? 0) + spanAtMost)
    return from + (far === -1 ? most.length : far)
  }
  return {
    /**
     * What delivery number `index` of the batch needs, read a second ago at most; null when nothing may be sent to the
     * webhook any more, as it is. Deliveries are asked for in their order.
     */
    at(index: number): Promise<Portion | null> {
      const now = performance.now()
      const isFresh = reading === null || now - reading.readAt <= freshMs
      if (reading !== null && isFresh && index < reading.to) return reading.portion
      const isFirst = reading === null
      size = isFresh && !isFirst ? Math.min(size * 2, portionAtMost) : portionAtLeast
      const to = endOf(index)
      reading = { to, readAt: now, portion: read(index, to, isFirst) }
      return reading.portion
    },
  }
}
