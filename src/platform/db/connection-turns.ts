import { AsyncLocalStorage } from 'node:async_hooks'
import { AppError } from '../errors.ts'
import { outOfSpan } from '../tracing/spans.ts'

/** How many connections may be held at once, and how many requests may wait for one. */
interface Bounds {
  atOnce: number
  waiting: number
}

/** Requests that share a number of connections, such as those of an account, or of all accounts of a tenant. */
interface Group {
  key: string
  bounds: Bounds
}

/** Calls `leave` when the client has gone away. Answers with a function that forgets `leave`. */
export type WhenGone = (leave: () => void) => () => void

/** Those who wait, each as the function that gives them the turn. */
type Line = Set<() => void>

/** The turns of a group. */
interface Queue {
  held: number
  /** How many requests share one of the turns. */
  sharing: number
  /** Requests that had a turn before. They go first, because work has been done for them. */
  begun: Line
  /** Requests that will share one turn. */
  sharers: Line
  fresh: Line
}

/** The turns at the connections of a pool. */
export interface Turns {
  /** By the key of the group. A group that holds no turn has no entry. */
  queues: Map<string, Queue>
  account: Bounds
  tenant: Bounds
  /** How long a request waits for a turn. */
  waitMs: number
}

/** The work of one request, or work that requests share. */
interface Work {
  turns: Turns
  groups: [Group, ...Group[]]
  whenGone: WhenGone
  hasBegun: boolean
  /** True: it waits with the requests that have not begun, because a next run of it may follow each run. */
  isShared: boolean
}

/**
 * The turns at a pool of so many connections. An account holds at most four connections at once; 200 more of its
 * requests wait, for ten seconds at most. All accounts of a tenant together leave two connections of the pool to
 * others, or one of a small pool.
 */
export const createTurns = (connections: number, more: Partial<Bounds & { waitMs: number }> = {}): Turns => {
  const { waiting = 200, waitMs = 10_000 } = more
  const ofTenant = Math.max(1, connections - (connections < 10 ? 1 : 2))
  return {
    queues: new Map(),
    account: { atOnce: more.atOnce ?? Math.min(4, ofTenant), waiting },
    // Each account waits here with no more requests than it has turns.
    tenant: { atOnce: ofTenant, waiting: Number.POSITIVE_INFINITY },
    waitMs,
  }
}

const working = new AsyncLocalStorage<Work | undefined>()

/** Who makes a request: the address for a caller who is not signed in. */
export type TurnTaker = { address: string } | { tenant: string; accountId: string }

const groupOfTenant = ({ tenant: bounds }: Turns, tenant: string): Group => ({ key: `tenant ${tenant}`, bounds })

const groupsOf = (turns: Turns, taker: TurnTaker): [Group, ...Group[]] =>
  'address' in taker
    ? [{ key: `address ${taker.address}`, bounds: turns.account }]
    : [{ key: `account ${taker.tenant} ${taker.accountId}`, bounds: turns.account }, groupOfTenant(turns, taker.tenant)]

/**
 * Runs the work of a request. Every connection that the work takes from a pool waits for a turn of the caller. So the
 * requests of one account wait in the program and do not take all connections from the others.
 */
export const inTurn = <T>(turns: Turns, taker: TurnTaker, whenGone: WhenGone, run: () => T): T =>
  working.run({ turns, groups: groupsOf(turns, taker), whenGone, hasBegun: false, isShared: false }, run)

/**
 * Runs work that requests of a tenant share (`shareTurn`). Each connection that the work takes waits for a turn of the
 * tenant, because the requests hold those of their accounts, and waits in one line with the requests of the tenant. So
 * the accounts of a tenant, each with work of its own, do not take all connections from the others.
 */
export const inTurnOfTenant = <T>(turns: Turns, tenant: string, run: () => T): T =>
  working.run(
    { turns, groups: [groupOfTenant(turns, tenant)], whenGone: () => () => {}, hasBegun: true, isShared: true },
    run,
  )

const withoutTurn = <T>(run: () => T): T => working.run(undefined, run)

/** Runs work that belongs to no request alone, nor to its span. It takes connections without a turn. */
export const outOfTurn = <T>(run: () => T): T => outOfSpan(() => withoutTurn(run))

/** The key of who makes the request that is being worked on: the account or the address; of no request, the program. */
export const workingFor = (): string => working.getStore()?.groups[0].key ?? 'program'

/** How many requests wait for a turn, in all groups. */
export const waitingForTurns = ({ queues }: Turns): number =>
  [...queues.values()].reduce((sum, { begun, sharers, fresh }) => sum + begun.size + sharers.size + fresh.size, 0)

const queueOf = ({ queues }: Turns, key: string): Queue => {
  const known = queues.get(key)
  if (known) return known
  const made = {
    held: 0,
    sharing: 0,
    begun: new Set<() => void>(),
    sharers: new Set<() => void>(),
    fresh: new Set<() => void>(),
  }
  queues.set(key, made)
  return made
}

/**
 * Ends a turn and gives it on: to a request that has begun, or else to all requests that will share it, or else to the
 * request that has waited longest.
 */
const endTurn = ({ queues }: Turns, key: string, queue: Queue): void => {
  const [begun] = queue.begun
  const [fresh] = queue.fresh
  if (begun !== undefined) begun()
  else if (queue.sharers.size > 0) for (const join of queue.sharers) join()
  else if (fresh !== undefined) fresh()
  else {
    queue.held -= 1
    if (queue.held === 0) queues.delete(key)
  }
}

/** 429 says that nothing was done, so a request that has begun gets 503 instead. */
const refusal = (hasBegun: boolean): AppError =>
  hasBegun
    ? new AppError('unavailable', { detail: 'The request had to wait for too long; try again.' })
    : new AppError('too_many_at_once', {
        detail: 'Too many of your requests are waiting; send fewer at once, and try again.',
        headers: { 'Retry-After': '2' },
      })

/**
 * Waits in a line until `endTurn` gives the turn. `until` is in the time of `performance.now()`.
 * @throws AppError of `refusal`, when the wait is too long or the client is gone.
 */
const waitIn = (line: Line, until: number, { whenGone, hasBegun }: Work, onTurn = (): void => {}): Promise<void> =>
  new Promise((resolve, reject) => {
    let forget = (): void => {}
    const stop = (): void => {
      line.delete(take)
      clearTimeout(timer)
      forget()
    }
    const take = (): void => {
      stop()
      onTurn()
      resolve()
    }
    const leave = (): void => {
      stop()
      reject(refusal(hasBegun))
    }
    const timer = setTimeout(leave, until - performance.now())
    line.add(take)
    forget = whenGone(leave)
  })

/** Takes a turn at once when one is free. @throws AppError `too_many_at_once` when too many wait already. */
const takeFree = (queue: Queue, { atOnce, waiting }: Bounds, hasBegun: boolean): boolean => {
  if (queue.held < atOnce) {
    queue.held += 1
    return true
  }
  // All requests that will share a turn count as one.
  if (!hasBegun && queue.fresh.size + Math.min(1, queue.sharers.size) >= waiting) throw refusal(false)
  return false
}

/** Takes a turn of each group, in order, before `until`. Answers with the function that ends them. */
const takeOf = async (work: Work, until: number, [group, ...others]: Group[]): Promise<() => void> => {
  if (group === undefined) return () => {}
  const { turns, hasBegun, isShared } = work
  const { key, bounds } = group
  const queue = queueOf(turns, key)
  const line = hasBegun && !isShared ? queue.begun : queue.fresh
  if (!takeFree(queue, bounds, hasBegun)) await waitIn(line, until, work)
  try {
    const endOthers = await takeOf(work, until, others)
    return () => {
      endOthers()
      endTurn(turns, key, queue)
    }
  } catch (error) {
    endTurn(turns, key, queue)
    throw error
  }
}

/**
 * Takes a turn at a connection for the request that is being worked on. Answers with the function that ends the turn.
 * @throws AppError `too_many_at_once` when 200 requests of the caller wait already, when the turn does not come within
 * ten seconds, and when the client has gone away; `unavailable` in its place when the request has had a turn before.
 */
export const takeTurn = async (): Promise<() => void> => {
  const work = working.getStore()
  if (work === undefined) return () => {}
  const end = await takeOf(work, performance.now() + work.turns.waitMs, work.groups)
  work.hasBegun = true
  return end
}

/**
 * Runs work that shares a connection with other requests, outside of any turn. All such requests of a caller hold one
 * turn together, as long as one of them runs. Work that answers with null did nothing, so its request has not begun.
 * @throws AppError `too_many_at_once`, as `takeTurn` does.
 */
export const shareTurn = async <T>(run: () => Promise<T>): Promise<T> => {
  const work = working.getStore()
  if (work === undefined) return run()
  const { turns, hasBegun, groups } = work
  const [{ key, bounds }] = groups
  const queue = queueOf(turns, key)
  const join = (): void => {
    queue.sharing += 1
  }
  const canJoin = queue.sharing > 0 || (queue.sharers.size === 0 && takeFree(queue, bounds, hasBegun))
  if (canJoin) join()
  else await waitIn(queue.sharers, performance.now() + turns.waitMs, work, join)
  work.hasBegun = true
  try {
    const result = await withoutTurn(run)
    if (result === null) work.hasBegun = hasBegun
    return result
  } finally {
    queue.sharing -= 1
    if (queue.sharing === 0) endTurn(turns, key, queue)
  }
}
