import { setTimeout as sleep } from 'node:timers/promises'

/**
 * The outcome of `work`, when it comes within `limitMs`. The work itself goes on, because a promise cannot be ended.
 * @throws the error of the work; Error when the work takes too long.
 */
export const inTime = async <T>(work: Promise<T>, limitMs: number): Promise<T> => {
  const done = new AbortController()
  const late = sleep(limitMs, undefined, { signal: done.signal }).then(
    () => Promise.reject(new Error(`it has not ended within ${limitMs / 1_000} s`)),
    () => new Promise<never>(() => {}),
  )
  return Promise.race([work, late]).finally(() => done.abort())
}
