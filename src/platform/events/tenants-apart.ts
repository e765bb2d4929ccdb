import { batchSize, type Handled } from './fan-out.ts'
import { type BatchRefused, faultOf } from './fan-out-faults.ts'

/** How patient a fan-out is; times in milliseconds. */
export interface Patience {
  /** How long a statement may take for a batch of several events. A batch that takes half of that is slow. */
  statementMs: number
  /** How long a statement may take for an event alone; by default as long as the pool allows. */
  aloneMs: number | undefined
  /** After how many timeouts alone an event gets its position without consequences. */
  aloneTries: number
  /** The pause after an event has failed alone, because the database may be busy. */
  alonePauseMs: number
  /** How long a tenant stays apart after its last refused or slow batch. */
  apartMs: number
  /** The pause before a tenant of which nothing waited is looked at again. */
  gatherMs: number
}

/** A tenant that is worked on apart from the others. */
export interface Apart {
  tenantId: number
  limit: number
  /** It failed, or was slow, by itself. A tenant that was only in a refused batch with others has not. */
  hasFailed: boolean
  isAlone(): boolean
  /** A round is over that took `ms`. */
  succeeded(handled: Handled, ms: number): void
  /** A batch was refused, and not through a fault of the database. */
  failed(refusal: BatchRefused): void
  /** Counts that an event took too long alone. True: it has its last try behind it. */
  isLastTry(eventId: number): boolean
}

/** The tenants that are worked on apart. */
export interface TenantsApart {
  /** Takes the tenants of a batch that was refused or slow, each with the number of its events there. */
  add(shares: Map<number, number>): void
  ids(): number[]
  /** The tenant whose turn it is: among those that have failed by themselves, or those that have not. */
  next(hasFailed: boolean): Apart | null
}

interface State {
  limit: number
  hasFailed: boolean
  /** Up to when the tenant stays apart, and up to when it is left alone. */
  apartUntil: number
  restUntil: number
  alone: { eventId: number; tries: number } | null
}

const half = (count: number): number => Math.max(1, Math.floor(count / 2))

/** Makes the record of tenants that are worked on apart. Empty at first. */
export const createTenantsApart = (patience: Patience): TenantsApart => {
  const states = new Map<number, State>()

  const fail = (state: State, count: number, restMs = 0): void => {
    const now = performance.now()
    state.limit = half(count)
    state.hasFailed = true
    state.apartUntil = now + patience.apartMs
    state.restUntil = now + restMs
  }

  const view = (tenantId: number, state: State): Apart => ({
    tenantId,
    limit: state.limit,
    hasFailed: state.hasFailed,
    isAlone: () => state.limit === 1,
    succeeded({ count, isMore }, ms) {
      if (count > 1 && ms > patience.statementMs / 2) {
        fail(state, count)
        return
      }
      const now = performance.now()
      state.limit = Math.min(batchSize, state.limit * 2)
      state.restUntil = isMore ? now : now + patience.gatherMs
      if (now >= state.apartUntil) states.delete(tenantId)
    },
    failed(refusal) {
      const count = refusal.shares.get(tenantId) ?? 1
      fail(state, count, state.limit === 1 ? patience.alonePauseMs : 0)
    },
    isLastTry(eventId) {
      const tries = state.alone?.eventId === eventId ? state.alone.tries + 1 : 1
      state.alone = { eventId, tries }
      return tries >= patience.aloneTries
    },
  })

  return {
    add(shares) {
      for (const [tenantId, count] of shares) {
        if (states.has(tenantId)) continue
        const state = { limit: count, hasFailed: false, apartUntil: 0, restUntil: 0, alone: null }
        if (shares.size === 1) fail(state, count)
        states.set(tenantId, state)
      }
    },
    ids: () => [...states.keys()],
    next(hasFailed) {
      const now = performance.now()
      for (const [tenantId, state] of states) {
        if (state.hasFailed !== hasFailed || state.restUntil > now) continue
        // To the end, so that the tenants take turns.
        states.delete(tenantId)
        states.set(tenantId, state)
        return view(tenantId, state)
      }
      return null
    },
  }
}

/** Whether an event that was refused alone gets its position without consequences. */
export const mayEnd = (tenant: Apart, refusal: BatchRefused): boolean => {
  const fault = faultOf(refusal)
  if (fault === 'event') return true
  return fault === 'exhausted' && refusal.eventId !== null && tenant.isLastTry(refusal.eventId)
}
