import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'

/** A quota is counted from the first use, for one day. */
export const windowSeconds = 86_400

/** How long an unused count stays in memory. The database has it. */
const idleMs = 600_000

/** A window of time as this process knows it. The times are those of `performance.now()`. */
export interface Window {
  endsAt: number
  /** When the count last grew. */
  usedAt: number
}

/** A window that begins now, or one of the database that has this much time left. */
export const openWindow = (secondsLeft = windowSeconds): Window => {
  const now = performance.now()
  return { endsAt: now + secondsLeft * 1_000, usedAt: now }
}

export const hasEnded = ({ endsAt }: Window): boolean => endsAt <= performance.now()

/** Whether a count may be forgotten in memory: its window has ended, or nothing was counted for a while. */
export const isIdle = (window: Window): boolean => hasEnded(window) || window.usedAt + idleMs <= performance.now()

/** The refusal of a request that would go past a quota. It says which quota, whose, and when its day is over. */
export const quotaExceeded = (
  clock: Clock,
  { quota, limit, whose }: { quota: string; limit: number; whose?: string },
  { endsAt }: Window,
): AppError => {
  const msLeft = Math.max(1_000, endsAt - performance.now())
  const endsAtTime = new Date(clock.now() + msLeft).toISOString()
  return new AppError('quota_exceeded', {
    detail: `The quota "${quota}" of ${limit} within 24 hours${whose === undefined ? '' : ` for ${whose}`} is used up until ${endsAtTime}.`,
    extra: { quota, limit, ends_at: endsAtTime },
    headers: { 'Retry-After': String(Math.ceil(msLeft / 1_000)) },
  })
}
