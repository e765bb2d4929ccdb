import { setTimeout as sleep } from 'node:timers/promises'

/** A pause that can be cut short. A ring before the pause begins counts as well. */
export interface Bell {
  ring(): void
  /** Forgets the rings so far. */
  hush(): void
  pause(ms: number): Promise<void>
}

/** Makes a bell. */
export const createBell = (): Bell => {
  let isRung = false
  let wake = new AbortController()
  return {
    ring() {
      isRung = true
      wake.abort()
    },
    hush() {
      isRung = false
    },
    async pause(ms) {
      if (isRung) return
      wake = new AbortController()
      await sleep(ms, undefined, { signal: wake.signal }).catch(() => {})
    },
  }
}
