import type { RequestHandler } from 'express'
import { type AugmentedRequest, type IncrementResponse, rateLimit, type Store } from 'express-rate-limit'
import { z } from 'zod'
import type { App } from '../app-context.ts'
import { systemClock } from '../clock.ts'
import { exec, many, sql } from '../db/sql.ts'
import { AppError } from '../errors.ts'
import type { CleanUp } from '../jobs/clean-up.ts'
import { perApp } from '../per-app.ts'
import { windowSeconds } from './attempt-counts.ts'
import { addressKey } from './client-address.ts'
import { contextOf, type Principal } from './request-context.ts'

const windowMs = windowSeconds * 1_000

const Hits = z.object({ key: z.string(), hits: z.int(), seconds_left: z.number() })

/**
 * Adds to many counters in one statement and reads their totals over all processes. The end of a window is given as the
 * seconds from now, because the clocks of this machine and of the database may differ. They count from
 * `clock_timestamp()`: `now()` is the start of this statement, which may have waited for a later statement that began
 * the window.
 */
const addHits = (app: App, counts: Map<string, number>): Promise<z.output<typeof Hits>[]> =>
  many(
    app.pool,
    Hits,
    sql`insert into rate_limits as r (key, hits, window_ends_at)
        select c.key, c.hits, now() + make_interval(secs => ${windowSeconds})
        from unnest(${[...counts.keys()]}::text[], ${[...counts.values()]}::integer[]) as c (key, hits)
        order by c.key
        on conflict (key) do update set
          hits = case when r.window_ends_at <= now() then excluded.hits else r.hits + excluded.hits end,
          window_ends_at = case when r.window_ends_at <= now() then excluded.window_ends_at else r.window_ends_at end
        returning r.key, r.hits, extract(epoch from r.window_ends_at - clock_timestamp())::float8 as seconds_left`,
  )

interface Tally {
  total: number
  pending: number
  /** In the time of `performance.now()`, which a change of the clock does not move. */
  endsAt: number
}

// express-rate-limit subtracts the time of the machine from the end of a window, so both times come from the clock of
// the machine.
const momentIn = (ms: number): Date => new Date(systemClock.now() + ms)
const secondsUntil = (moment: Date): number => (moment.getTime() - systemClock.now()) / 1_000

/**
 * Counts in memory. Once a second it adds the new requests to the counters in PostgreSQL and takes over their totals.
 * So a request costs no round trip, and the limit holds over all processes, except for the requests of the last second.
 */
const gatheringStore = (app: App, prefix: string): Store & { shutdown: () => void } => {
  const tallies = new Map<string, Tally>()
  /** What could not be stored is stored the next time. */
  const takeBack = (counts: Map<string, number>, error: unknown): never => {
    for (const [key, count] of counts) {
      const tally = tallies.get(key.slice(prefix.length))
      if (tally) tally.pending += count
    }
    throw error
  }
  const gather = async (): Promise<void> => {
    const counts = new Map<string, number>()
    const now = performance.now()
    for (const [client, tally] of tallies) {
      if (tally.pending > 0) counts.set(`${prefix}${client}`, tally.pending)
      else if (tally.endsAt <= now) tallies.delete(client)
      tally.pending = 0
    }
    if (counts.size === 0) return
    for (const row of await addHits(app, counts).catch((error) => takeBack(counts, error))) {
      const tally = tallies.get(row.key.slice(prefix.length))
      if (tally === undefined) continue
      tally.total = row.hits + tally.pending
      tally.endsAt = performance.now() + row.seconds_left * 1_000
    }
  }
  const timer = setInterval(() => {
    gather().catch((error: unknown) => app.log.debug({ error }, 'the request counts could not be stored this time'))
  }, 1_000).unref()
  return {
    prefix,
    increment(client): IncrementResponse {
      const now = performance.now()
      let tally = tallies.get(client)
      if (tally === undefined || tally.endsAt <= now) {
        tally = { total: 0, pending: tally?.pending ?? 0, endsAt: now + windowMs }
        tallies.set(client, tally)
      }
      tally.total += 1
      tally.pending += 1
      return { totalHits: tally.total, resetTime: momentIn(tally.endsAt - now) }
    },
    decrement() {},
    resetKey() {},
    shutdown: () => clearInterval(timer),
  }
}

/** The whole second that is nearest to a moment, so that all refusals of a window say the same. */
const wholeSecondIn = (seconds: number): string =>
  new Date(Math.round(systemClock.now() / 1_000 + seconds) * 1_000).toISOString()

/**
 * The refusal of one request too many: which limit it is, and when the window ends. `also` follows in the detail. The
 * moment is for people, and may differ from the clock of the database; programs take `Retry-After`.
 */
export const tooMany = (
  exceeded: 'requests' | 'address' | 'account',
  secondsLeft: number,
  what = 'Too many requests',
  also = '',
): AppError => {
  const seconds = Math.max(1, Math.ceil(secondsLeft))
  return new AppError('rate_limited', {
    detail: `${what}; try again in ${seconds} s.${also}`,
    extra: { exceeded, ends_at: wholeSecondIn(secondsLeft) },
    headers: { 'Retry-After': String(seconds) },
  })
}

const off: RequestHandler = (_req, _res, next) => next()

/**
 * The limit of all requests: per account, or per address before the sign-in. 0 switches it off. Every step of an
 * application that has this limit counts together.
 */
export const requestLimit = perApp((app): RequestHandler => createRequestLimit(app))

/** What a caller is counted by. Each API token counts for itself, so that a program does not lock out its person. */
const nameOf = ({ tenantId, accountId, token }: Principal): string =>
  token === null ? `${tenantId} ${accountId}` : `${tenantId} token ${token.tokenId}`

const createRequestLimit = (app: App): RequestHandler => {
  const limit = app.config.RATE_LIMIT_REQUESTS_PER_MINUTE
  if (limit === 0) return off
  return rateLimit({
    windowMs,
    limit,
    identifier: 'requests',
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    store: gatheringStore(app, 'requests '),
    keyGenerator: (req, res) => {
      const { principal } = contextOf(res)
      return principal === null ? addressKey(req) : nameOf(principal)
    },
    handler: (req, _res, next) => {
      const { resetTime } = (req as Partial<AugmentedRequest>).rateLimit ?? {}
      next(tooMany('requests', resetTime === undefined ? 0 : secondsUntil(resetTime)))
    },
    validate: false,
  })
}

/** The limit of requests, for requests whose path fits the pattern. */
export const requestLimitAt =
  (paths: RegExp) =>
  (app: App): RequestHandler => {
    const limit = requestLimit(app)
    return (req, res, next) => (paths.test(req.path) ? limit(req, res, next) : next())
  }

/** Deletes windows that ended more than five minutes ago. */
export const windowCleanUp: CleanUp = {
  name: 'rate_limits',
  batch: 5_000,
  step: (app, limit) =>
    exec(
      app.pool,
      sql`delete from rate_limits r where r.ctid = any (array(
            select o.ctid from rate_limits o
            where o.window_ends_at < now() - interval '5 minutes' limit ${limit} for update skip locked))`,
    ),
}
