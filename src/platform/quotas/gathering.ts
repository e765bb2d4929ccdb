import { outOfTurn } from '../db/connection-turns.ts'
import type { Log } from '../log.ts'

const everyMs = 1_000

/** Work that is done once a second, one at a time. */
export interface Gathering {
  /** Begins to gather, at the first call. */
  begin(): void
  /** Gathers a last time. */
  close(): Promise<void>
}

/** Gathers what was counted in memory. What cannot be stored is kept and stored the next time. */
export const createGathering = (log: Log, gather: () => Promise<void>): Gathering => {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | null = null
  const gatherOnce = (): Promise<void> => {
    running ??= gather()
      .catch((error: unknown) => log.warn({ error }, 'the quotas could not be stored this time'))
      .finally(() => {
        running = null
      })
    return running
  }
  return {
    begin() {
      // The first request begins it, and what it gathers is that of all requests.
      timer ??= outOfTurn(() => setInterval(() => void gatherOnce(), everyMs).unref())
    },
    async close() {
      if (timer === undefined) return
      clearInterval(timer)
      await running
      await gatherOnce()
    },
  }
}
