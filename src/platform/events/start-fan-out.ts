import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { createBell } from '../bell.ts'
import type { Log } from '../log.ts'
import { batchSize, type Follower, fanOutRound } from './fan-out.ts'
import { BatchRefused, faultOf } from './fan-out-faults.ts'
import { type Apart, createTenantsApart, mayEnd, type Patience } from './tenants-apart.ts'

const pollMs = 250
/** The time between two rounds that are not full. A round costs five round trips and a commit, however small it is. */
const gatherMs = 50
const databasePauseMs = 1_000
/** How long a lane for tenants apart sleeps when there are none; it is woken when there are. */
const idleMs = 60_000

/** How many connections a fan-out uses at the same time: its shared lane, and two for tenants apart. */
export const fanOutConnections = 3

const patience: Patience = {
  statementMs: 2_000,
  aloneMs: undefined,
  aloneTries: 3,
  alonePauseMs: 5_000,
  apartMs: 60_000,
  gatherMs,
}

/** A fan-out that runs until it is stopped. */
export interface FanOut {
  /** Looks for new events now instead of at the next poll. */
  nudge(): void
  /** Ends after the current batches. */
  stop(): Promise<void>
}

/**
 * Starts the fan-out. Its shared lane takes events of all tenants in one batch. When a follower fails on a batch, or
 * the batch is slow, its tenants go on apart from each other, on other connections: first those that have done nothing
 * wrong by themselves, in a lane of their own, which is soon empty. A tenant that fails by itself has its batches
 * halved, and stays apart for a minute. An event that fails alone gets its position without consequences and is logged,
 * so one bad event does not delay the others; an event that takes too long alone gets three tries, because a busy
 * database is not its fault. When the database is at fault, the events wait. `onHandedOn` is called after the commit of
 * each batch.
 */
export const startFanOut = (
  pool: Pool,
  followers: Follower[],
  log: Log,
  { onHandedOn = () => {}, ...given }: Partial<Omit<Patience, 'gatherMs'>> & { onHandedOn?: () => void } = {},
): FanOut => {
  const { statementMs, aloneMs, ...others }: Patience = { ...patience, ...given }
  const apart = createTenantsApart({ statementMs, aloneMs, ...others })
  const news = createBell()
  const arrivals = [createBell(), createBell()] as const
  let isStopped = false

  const setApart = (shares: Map<number, number>): void => {
    apart.add(shares)
    for (const bell of arrivals) bell.ring()
  }

  /** Handles an error of a round: waits when the database is at fault, else hands the refusal on. */
  const onError = async (error: unknown, onRefusal: (refusal: BatchRefused) => void): Promise<void> => {
    if (error instanceof BatchRefused && faultOf(error) !== 'database') {
      onRefusal(error)
      return
    }
    const cause = error instanceof BatchRefused ? error.cause : error
    if (faultOf(error) === 'event') log.error({ error: cause }, 'the fan-out failed')
    else log.warn({ error: cause }, 'the fan-out waits for the database')
    await sleep(databasePauseMs)
  }

  const sharedRound = async (): Promise<'nothing' | 'some' | 'more'> => {
    const startedAt = performance.now()
    try {
      const { shares, count, isMore } = await fanOutRound(pool, followers, {
        limit: batchSize,
        except: apart.ids(),
        statementMs,
      })
      if (count > 0) onHandedOn()
      if (performance.now() - startedAt > statementMs / 2) setApart(shares)
      if (isMore) return 'more'
      return count > 0 ? 'some' : 'nothing'
    } catch (error) {
      let isRefused = false
      await onError(error, ({ cause, shares }) => {
        isRefused = true
        log.warn({ error: cause, tenants: shares.size }, 'a batch of events was refused; its tenants go on apart')
        setApart(shares)
      })
      return isRefused ? 'more' : 'nothing'
    }
  }

  const shared = async (): Promise<void> => {
    while (!isStopped) {
      news.hush()
      const found = await sharedRound()
      const lastRoundAt = performance.now()
      if (isStopped) return
      if (found === 'more') continue
      if (found === 'nothing') await news.pause(pollMs)
      await sleep(Math.max(0, lastRoundAt + gatherMs - performance.now()))
    }
  }

  const roundApart = async (tenant: Apart): Promise<void> => {
    const { tenantId, limit } = tenant
    const startedAt = performance.now()
    try {
      const handled = await fanOutRound(pool, followers, {
        limit,
        only: tenantId,
        statementMs: tenant.isAlone() ? aloneMs : statementMs,
        mayEnd(refusal) {
          if (!tenant.isAlone() || !mayEnd(tenant, refusal)) return false
          log.error({ error: refusal.cause, tenantId }, 'a follower failed on an event: nothing follows from it')
          return true
        },
      })
      if (handled.count > 0) onHandedOn()
      tenant.succeeded(handled, performance.now() - startedAt)
    } catch (error) {
      await onError(error, (refusal) => {
        log.warn({ error: refusal.cause, tenantId, limit }, 'events of a tenant were refused; trying half of them')
        tenant.failed(refusal)
      })
    }
  }

  const lane = async (hasFailed: boolean): Promise<void> => {
    const arrival = arrivals[hasFailed ? 1 : 0]
    while (!isStopped) {
      arrival.hush()
      const tenant = apart.next(hasFailed)
      if (tenant === null) await arrival.pause(apart.ids().length > 0 ? gatherMs : idleMs)
      else await roundApart(tenant)
    }
  }

  const ended = Promise.all([shared(), lane(false), lane(true)])
  return {
    nudge: news.ring,
    async stop() {
      isStopped = true
      for (const bell of [news, ...arrivals]) bell.ring()
      await ended
    },
  }
}
