import { setTimeout as sleep } from 'node:timers/promises'

/** A few lanes for each key, so that a slow key cannot take all workers. */
export interface Lanes {
  /**
   * Waits a moment for a free lane. Answers with a function that leaves the lane, or null when no lane became free.
   * After a caller has waited and got no lane, further callers get null at once, until a lane becomes free.
   */
  enter(key: string): Promise<(() => void) | null>
}

/** Makes `width` lanes for each key. A caller waits `patienceMs` for a lane. */
export const createLanes = (width: number, patienceMs: number): Lanes => {
  const taken = new Map<string, number>()
  const waiting = new Map<string, Set<() => void>>()
  const stuck = new Set<string>()

  const leave = (key: string): void => {
    const left = (taken.get(key) ?? 1) - 1
    if (left === 0) taken.delete(key)
    else taken.set(key, left)
    stuck.delete(key)
    const [next] = waiting.get(key) ?? []
    next?.()
  }
  const turn = async (key: string, until: number): Promise<void> => {
    const queue = waiting.get(key) ?? new Set()
    waiting.set(key, queue)
    const over = new AbortController()
    const wake = (): void => {
      queue.delete(wake)
      over.abort()
    }
    queue.add(wake)
    await sleep(until - performance.now(), undefined, { signal: over.signal }).catch(() => {})
    queue.delete(wake)
    if (queue.size === 0) waiting.delete(key)
  }

  return {
    async enter(key) {
      const until = performance.now() + patienceMs
      while ((taken.get(key) ?? 0) >= width) {
        if (performance.now() >= until) stuck.add(key)
        if (stuck.has(key)) return null
        await turn(key, until)
      }
      taken.set(key, (taken.get(key) ?? 0) + 1)
      return () => leave(key)
    },
  }
}
