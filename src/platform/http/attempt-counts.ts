import { z } from 'zod'
import type { App } from '../app-context.ts'
import { exec, many, sql } from '../db/sql.ts'

/** How long a window of the limits is, in seconds. */
export const windowSeconds = 60

/**
 * How long an attempt waits until attempts before it have ended, and how often it looks whether they have elsewhere.
 */
const waitMs = 5_000
const lookMs = 500

const Count = z.object({
  key: z.string(),
  /** Attempts that failed, or all of a counter of attempts. */
  hits: z.int(),
  under_way: z.int(),
  /** Whether this attempt is among those that may fail. */
  has_room: z.boolean(),
  window_ends_at: z.string(),
  seconds_left: z.number(),
})

/** A counter after an attempt was added to it. */
export type Count = z.output<typeof Count> & Counter

/** A counter to add to. */
export interface Counter {
  key: string
  /** `failures`: the attempt counts only if it fails. `attempts`: it counts now. */
  counts: 'failures' | 'attempts'
}

/**
 * Adds one attempt to each counter. A counter of failures gives room to as many attempts as may still fail: those that
 * failed and those that are under way are together at most the limit. So of many attempts at once no more can fail. The
 * rows are locked in the order of their keys, here and in `settle`.
 */
const add = async (app: App, limit: number, counters: Counter[]): Promise<Count[]> => {
  const keys = counters.map(({ key }) => key)
  const held = counters.map(({ counts }) => (counts === 'failures' ? 1 : 0))
  const rows = await many(
    app.pool,
    Count,
    sql`insert into rate_limits as r (key, hits, under_way, window_ends_at)
        select c.key, 1 - c.held, c.held, now() + make_interval(secs => ${windowSeconds})
        from unnest(${keys}::text[], ${held}::integer[]) as c (key, held)
        order by c.key
        on conflict (key) do update set
          hits = case when r.window_ends_at <= now() then 0 else r.hits end + excluded.hits,
          under_way = case when r.window_ends_at <= now() then 0 else r.under_way end
            + case when r.window_ends_at <= now() or r.hits + r.under_way < ${limit} then excluded.under_way else 0 end,
          has_room = r.window_ends_at <= now() or r.hits + r.under_way < ${limit},
          window_ends_at = case when r.window_ends_at <= now() then excluded.window_ends_at else r.window_ends_at end
        returning r.key, r.hits, r.under_way, r.has_room, r.window_ends_at::text as window_ends_at,
          extract(epoch from r.window_ends_at - clock_timestamp())::float8 as seconds_left`,
  )
  return counters.map(({ key, counts }) => {
    const row = rows.find((each) => each.key === key)
    if (row === undefined) throw new Error('a counter was not counted')
    return { ...row, counts }
  })
}

/** Gives back the room that an attempt took. A window that has ended meanwhile stays as it is. */
const settle = (app: App, counts: Count[], failed: boolean): Promise<number> =>
  exec(
    app.pool,
    sql`with locked as (
          select r.key, c.held
          from unnest(${counts.map(({ key }) => key)}::text[], ${counts.map(({ has_room }) => (has_room ? 1 : 0))}::integer[],
            ${counts.map(({ window_ends_at }) => window_ends_at)}::text[]) as c (key, held, window_ends_at)
          join rate_limits r on r.key = c.key and r.window_ends_at = c.window_ends_at::timestamptz
          order by r.key
          for update of r)
        update rate_limits r set hits = r.hits + ${failed ? 1 : 0}, under_way = greatest(0, r.under_way - l.held)
        from locked l where r.key = l.key`,
  )

/** Attempts that wait until another attempt of the same counter has ended. */
const createWaits = () => {
  const waiting = new Map<string, Set<() => void>>()
  return {
    /** Waits until `wakeOne` is called for the key, or for half a second, because other processes wake nobody here. */
    until: (key: string): Promise<void> =>
      new Promise((resolve) => {
        const line = waiting.get(key) ?? new Set()
        waiting.set(key, line)
        const end = (): void => {
          clearTimeout(timer)
          line.delete(end)
          if (line.size === 0) waiting.delete(key)
          resolve()
        }
        const timer = setTimeout(end, lookMs).unref()
        line.add(end)
      }),
    wakeOne(key: string): void {
      const [first] = waiting.get(key) ?? []
      first?.()
    },
  }
}

/** Counters of attempts that hold over all processes. */
export interface AttemptCounts {
  /**
   * Adds an attempt to counters. While others that may still succeed take all the room of one, the attempt waits, for
   * five seconds at most. So people who sign in at the same moment do not refuse each other.
   */
  enter(counters: Counter[]): Promise<Count[]>
  /** Ends an attempt. */
  leave(counts: Count[], failed: boolean): Promise<void>
}

/** Makes the counters of failures, each with the same limit. */
export const createAttemptCounts = (app: App, limit: number): AttemptCounts => {
  const waits = createWaits()
  /** Whether only attempts that are under way are in the way. */
  const isBusy = ({ counts, has_room, hits }: Count): boolean => counts === 'failures' && !has_room && hits < limit
  return {
    async enter(counters) {
      const counts = new Map((await add(app, limit, counters)).map((count) => [count.key, count]))
      const deadline = performance.now() + waitMs
      for (;;) {
        const busy = [...counts.values()].filter(isBusy)
        const [first] = busy
        if (first === undefined || performance.now() > deadline) return [...counts.values()]
        await waits.until(first.key)
        for (const count of await add(app, limit, busy)) {
          counts.set(count.key, count)
          // Who was woken and takes no room wakes the next.
          if (!count.has_room) waits.wakeOne(count.key)
        }
      }
    },
    async leave(counts, failed) {
      const held = counts.filter((count) => count.counts === 'failures')
      if (held.length === 0) return
      try {
        await settle(app, held, failed)
      } catch (error) {
        // What was done stays done. The room is free again when the window ends.
        app.log.warn({ error }, 'the end of an attempt could not be counted')
      }
      for (const { key } of held) waits.wakeOne(key)
    },
  }
}
