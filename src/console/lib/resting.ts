const restMs = 1_000
/** Somebody who types on and on is interrupted in the end. */
const atMostMs = 20_000

let typedAt = 0

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until nobody types: what comes over the page takes the focus, and the next words would go into it unseen. */
export const whenRested = async (): Promise<void> => {
  const until = Date.now() + atMostMs
  for (let rest = 0; rest < restMs && Date.now() < until; rest = Date.now() - typedAt) {
    await sleep(Math.min(restMs, Math.max(0, typedAt + restMs - Date.now())))
  }
}

/** Begins to look at the keys. */
export const startResting = (): void => {
  const note = (): void => {
    typedAt = Date.now()
  }
  addEventListener('keydown', note, { capture: true })
  addEventListener('input', note, { capture: true })
}
