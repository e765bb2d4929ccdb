import type { Pool } from 'pg'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { exec, many, sql, type Tx } from '../db/sql.ts'
import { transaction } from '../db/transaction.ts'
import type { Log } from '../log.ts'
import { createGathering } from './gathering.ts'
import { addBits, addNumbers, createNumberSet, estimate, type NumberSet, writeBits } from './number-set.ts'
import { hasEnded, isIdle, openWindow, quotaExceeded, type Window, windowSeconds } from './quota-window.ts'

/** A quota of different things that somebody is shown within a day. */
interface DistinctQuota {
  quota: string
  /** Whose quota. Short, because it is a part of a key. */
  who: string
  /** How many different things within a day; 0 switches the quota off. */
  limit: number
  /** Called once within the day, when more than half is used, in the transaction that notes the call. */
  notice: (tx: Tx, count: number) => Promise<void>
}

/** Counts different things, approximately. */
export interface DistinctQuotas {
  /**
   * Does `work` while the quota is not used up, and counts what its result shows. What was shown before counts nothing.
   * @throws AppError `quota_exceeded`, also when the result would go past the quota; what `work` throws.
   */
  show<T>(quota: DistinctQuota, work: () => Promise<T>, numbersIn: (result: T) => number[]): Promise<T>
  /** Stores what was counted since the last second. */
  close(): Promise<void>
}

interface Tally extends Window {
  set: NumberSet
  isStored: boolean
  isNoticed: boolean
  quota: DistinctQuota
}

const Seen = z.object({ key: z.string(), seen: z.string(), is_noticed: z.boolean(), seconds_left: z.number() })

const find = (pool: Pool, keys: string[]): Promise<z.output<typeof Seen>[]> =>
  many(
    pool,
    Seen,
    sql`select d.key, d.seen::text as seen, d.is_noticed,
          extract(epoch from d.window_ends_at - clock_timestamp())::float8 as seconds_left
        from distinct_counts d where d.key = any (${keys}::text[]) and d.window_ends_at > clock_timestamp()`,
  )

const Merged = z.object({ key: z.string(), count: z.int(), is_noticed: z.boolean(), seconds_left: z.number() })

/** Adds the bits of many sets in one statement. Answers with how many bits are set over all processes. */
const merge = (pool: Pool, sets: Map<string, string>): Promise<z.output<typeof Merged>[]> =>
  many(
    pool,
    Merged,
    sql`insert into distinct_counts as d (key, seen, window_ends_at)
        select c.key, ('x' || c.seen)::bit(16384), now() + make_interval(secs => ${windowSeconds})
        from unnest(${[...sets.keys()]}::text[], ${[...sets.values()]}::text[]) as c (key, seen)
        order by c.key
        on conflict (key) do update set
          seen = case when d.window_ends_at <= now() then excluded.seen else d.seen | excluded.seen end,
          is_noticed = d.window_ends_at > now() and d.is_noticed,
          window_ends_at = case when d.window_ends_at <= now() then excluded.window_ends_at else d.window_ends_at end
        returning d.key, bit_count(d.seen) as count, d.is_noticed,
          extract(epoch from d.window_ends_at - clock_timestamp())::float8 as seconds_left`,
  )

/** Notes that somebody was told. Answers with 0 when another process has noted it. */
const markNoticed = (tx: Tx, key: string): Promise<number> =>
  exec(tx, sql`update distinct_counts d set is_noticed = true where d.key = ${key} and not d.is_noticed`)

const keyOf = ({ quota, who }: DistinctQuota): string => `${quota} ${who}`

type Tallies = Map<string, Tally>

const isPastHalf = ({ set, quota }: Tally): boolean => estimate(set) > quota.limit / 2

/** Adds the bits that other processes have stored. */
const takeOver = async (pool: Pool, tallies: Tallies, keys: string[]): Promise<void> => {
  if (keys.length === 0) return
  for (const { key, seen } of await find(pool, keys)) {
    const tally = tallies.get(key)
    if (tally !== undefined) addBits(tally.set, seen)
  }
}

/** Stores the counts that have changed, and takes over what other processes have stored. */
const store = async (pool: Pool, tallies: Tallies): Promise<void> => {
  const changed = [...tallies].filter(([, { isStored }]) => !isStored)
  if (changed.length === 0) return
  const counts = new Map(changed.map(([key, { set }]) => [key, set.count]))
  for (const [, tally] of changed) tally.isStored = true
  const stored = await merge(pool, new Map(changed.map(([key, { set }]) => [key, writeBits(set)]))).catch((error) => {
    for (const [, tally] of changed) tally.isStored = false
    throw error
  })
  for (const { key, is_noticed, seconds_left } of stored) {
    const tally = tallies.get(key)
    if (tally === undefined) continue
    tally.isNoticed ||= is_noticed
    tally.endsAt = openWindow(seconds_left).endsAt
  }
  const isMore = ({ key, count }: z.output<typeof Merged>): boolean => count > (counts.get(key) ?? 0)
  await takeOver(
    pool,
    tallies,
    stored.filter(isMore).map(({ key }) => key),
  )
}

/** Gives notice, unless another process has. This is rare, because each count is noticed once a day. */
const giveNotice = async (pool: Pool, key: string, tally: Tally): Promise<void> => {
  await transaction(pool, async (tx) => {
    if ((await markNoticed(tx, key)) > 0) await tally.quota.notice(tx, estimate(tally.set))
  })
  tally.isNoticed = true
}

/** The count of a quota in its present window. A count that is not in memory is read. */
const tallyOf = async (pool: Pool, tallies: Tallies, quota: DistinctQuota): Promise<Tally> => {
  const key = keyOf(quota)
  const [row] = tallies.has(key) ? [] : await find(pool, [key])
  const known = tallies.get(key)
  if (known !== undefined && !hasEnded(known)) return Object.assign(known, { quota })
  const set = createNumberSet()
  if (row !== undefined) addBits(set, row.seen)
  const isNoticed = row?.is_noticed ?? false
  const tally = { set, quota, isStored: true, isNoticed, ...openWindow(row?.seconds_left) }
  tallies.set(key, tally)
  return tally
}

/**
 * Counts in memory, and once a second merges what is new with the counts of the other processes in PostgreSQL. `seed`
 * must be secret, and the same in all processes.
 */
export const createDistinctQuotas = (pool: Pool, clock: Clock, log: Log, seed: number): DistinctQuotas => {
  const tallies: Tallies = new Map()
  const gathering = createGathering(log, async () => {
    for (const [key, tally] of tallies) {
      if (hasEnded(tally) || (tally.isStored && isIdle(tally))) tallies.delete(key)
    }
    await store(pool, tallies)
    const due = [...tallies].filter(([, tally]) => !tally.isNoticed && isPastHalf(tally))
    await Promise.all(due.map(([key, tally]) => giveNotice(pool, key, tally)))
  })
  return {
    async show(quota, work, numbersIn) {
      if (quota.limit === 0) return work()
      const refuse = (tally: Tally): never => {
        throw quotaExceeded(clock, quota, tally)
      }
      gathering.begin()
      const before = await tallyOf(pool, tallies, quota)
      if (estimate(before.set) >= quota.limit) refuse(before)
      const result = await work()
      const tally = await tallyOf(pool, tallies, quota)
      if (addNumbers(tally.set, numbersIn(result), seed)) {
        tally.isStored = false
        tally.usedAt = performance.now()
      }
      if (estimate(tally.set) > quota.limit) refuse(tally)
      return result
    },
    close: () => gathering.close(),
  }
}
