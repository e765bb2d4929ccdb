import type { Pool } from 'pg'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { many, sql } from '../db/sql.ts'
import type { Log } from '../log.ts'
import { createGathering } from './gathering.ts'
import { hasEnded, isIdle, openWindow, quotaExceeded, type Window, windowSeconds } from './quota-window.ts'

/** What a request uses of a quota. */
export interface Charge {
  /** The name of the quota, as the refusal says it. */
  quota: string
  /** Whose quota. Short, because it is a part of a key: an account, an address, or a hash. */
  who: string
  /** The same in words, for the refusal; left out for the caller's own account. */
  whose?: string
  /** How much may be used within a day; 0 switches the quota off. */
  limit: number
  amount: number
}

/** Counts what is used of quotas. */
export interface Quotas {
  /**
   * Does `work` when no charge goes past its quota. Work that fails uses nothing; nor does work whose result `isFree`.
   * @throws AppError `quota_exceeded`; what `work` throws.
   */
  spend<T>(charges: Charge[], work: () => Promise<T>, isFree?: (result: T) => boolean): Promise<T>
  /** Stores what was counted since the last second. */
  close(): Promise<void>
}

interface Tally extends Window {
  used: number
  /** What of it is not stored yet. Negative when more was given back than used. */
  pending: number
}

const Used = z.object({ key: z.string(), used: z.int(), seconds_left: z.number() })
type Used = z.output<typeof Used>

const find = (pool: Pool, keys: string[]): Promise<Used[]> =>
  many(
    pool,
    Used,
    sql`select q.key, q.used, extract(epoch from q.window_ends_at - clock_timestamp())::float8 as seconds_left
        from quota_counts q where q.key = any (${keys}::text[]) and q.window_ends_at > clock_timestamp()`,
  )

/** Adds to many counts in one statement and reads their totals over all processes. */
const add = (pool: Pool, counts: Map<string, number>): Promise<Used[]> =>
  many(
    pool,
    Used,
    sql`insert into quota_counts as q (key, used, window_ends_at)
        select c.key, greatest(0, c.used), now() + make_interval(secs => ${windowSeconds})
        from unnest(${[...counts.keys()]}::text[], ${[...counts.values()]}::bigint[]) as c (key, used)
        order by c.key
        on conflict (key) do update set
          used = case when q.window_ends_at <= now() then excluded.used else greatest(0, q.used + excluded.used) end,
          window_ends_at = case when q.window_ends_at <= now() then excluded.window_ends_at else q.window_ends_at end
        returning q.key, q.used, extract(epoch from q.window_ends_at - clock_timestamp())::float8 as seconds_left`,
  )

const keyOf = ({ quota, who }: Charge): string => `${quota} ${who}`

type Tallies = Map<string, Tally>

/** Reads the counts that are not in memory. */
const load = async (pool: Pool, tallies: Tallies, keys: string[]): Promise<void> => {
  const unknown = keys.filter((key) => !tallies.has(key))
  if (unknown.length === 0) return
  for (const { key, used, seconds_left } of await find(pool, unknown)) {
    if (!tallies.has(key)) tallies.set(key, { used, pending: 0, ...openWindow(seconds_left) })
  }
}

/** The count of a key in its present window. */
const tallyOf = (tallies: Tallies, key: string): Tally => {
  const known = tallies.get(key)
  if (known !== undefined && !hasEnded(known)) return known
  const tally = { used: 0, pending: 0, ...openWindow() }
  tallies.set(key, tally)
  return tally
}

/** Forgets what is idle, stores what is new, and takes over the totals of all processes. */
const gather = async (pool: Pool, tallies: Tallies): Promise<void> => {
  for (const [key, tally] of tallies) {
    if (hasEnded(tally) || (tally.pending === 0 && isIdle(tally))) tallies.delete(key)
  }
  const changed = [...tallies].filter(([, { pending }]) => pending !== 0)
  if (changed.length === 0) return
  const counts = new Map(changed.map(([key, { pending }]) => [key, pending]))
  const totals = new Map((await add(pool, counts)).map((total) => [total.key, total]))
  for (const [key, tally] of changed) {
    const total = totals.get(key)
    if (total === undefined) continue
    tally.pending -= counts.get(key) ?? 0
    tally.used = total.used + tally.pending
    tally.endsAt = openWindow(total.seconds_left).endsAt
  }
}

const change = (tally: Tally, amount: number): void => {
  tally.used += amount
  tally.pending += amount
  tally.usedAt = performance.now()
}

/**
 * Counts in memory, as the limit of requests does: once a second what is new is added to PostgreSQL, and the totals of
 * all processes are taken over. A count that this process does not know yet is read first, so a restart forgets
 * nothing.
 */
export const createQuotas = (pool: Pool, clock: Clock, log: Log): Quotas => {
  const tallies: Tallies = new Map()
  const gathering = createGathering(log, () => gather(pool, tallies))
  /** Counts all charges or none. Answers with the function that gives them back. */
  const take = async (charges: Charge[]): Promise<() => void> => {
    gathering.begin()
    await load(pool, tallies, charges.map(keyOf))
    const taken = charges.map((charge) => ({ ...charge, tally: tallyOf(tallies, keyOf(charge)) }))
    for (const { tally, ...charge } of taken) {
      if (tally.used + charge.amount > charge.limit) throw quotaExceeded(clock, charge, tally)
    }
    for (const { tally, amount } of taken) change(tally, amount)
    return () => {
      for (const { tally, amount } of taken) change(tally, -amount)
    }
  }
  return {
    async spend(charges, work, isFree = () => false) {
      const counted = charges.filter(({ limit }) => limit > 0)
      if (counted.length === 0) return work()
      const giveBack = await take(counted)
      let isSpent = false
      try {
        const result = await work()
        isSpent = !isFree(result)
        return result
      } finally {
        if (!isSpent) giveBack()
      }
    },
    close: () => gathering.close(),
  }
}
