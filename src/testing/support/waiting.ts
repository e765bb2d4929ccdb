import { setTimeout as sleep } from 'node:timers/promises'

const patienceMs = 30_000

/**
 * Waits until a condition holds. Looks every 20 ms, for at most 30 seconds.
 * @throws Error that names what was waited for.
 */
export const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(20)) {
    if (await holds()) return
  }
  throw new Error(`waited in vain until ${what}`)
}
