/** A pause that can be cut short. A ring before the pause begins counts as well. */
export interface Bell {
  ring(): void
  /** Forgets the rings so far. */
  hush(): void
  pause(ms: number): Promise<void>
}

/** Makes a bell. It aborts nothing, because an `AbortError` with its stack costs more than most of what rings. */
export const createBell = (): Bell => {
  let isRung = false
  let wake = (): void => {}
  return {
    ring() {
      isRung = true
      wake()
    },
    hush() {
      isRung = false
    },
    async pause(ms) {
      if (isRung) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
  }
}
