import { setTimeout as sleep } from 'node:timers/promises'

/** A few lanes for each key, so that a slow key cannot take all workers. */
export interface Lanes {
  /**
   * Waits a moment for a free lane and does `work` in the lane. The lane is free again when `work` is over, however it
   * ended. Answers with the answer of `work`, or with null when no lane became free. After one caller has waited in
   * vain, further callers get null at once, until a lane becomes free.
   */
  run<T>(key: string, work: () => Promise<T>): Promise<T | null>
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
    async run(key, work) {
      const until = performance.now() + patienceMs
      while ((taken.get(key) ?? 0) >= width) {
        if (performance.now() >= until) stuck.add(key)
        if (stuck.has(key)) return null
        await turn(key, until)
      }
      taken.set(key, (taken.get(key) ?? 0) + 1)
      try {
        return await work()
      } finally {
        leave(key)
      }
    },
  }
}
