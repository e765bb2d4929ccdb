const windowMs = 250
/** How many mails a connection to the mail server may have waiting at most. */
const atMostEach = 20
const atLeastEach = 2

/** How many mails a process may have in hand. */
export interface Pace {
  settled(count: number): void
  /** How many more mails fit into the hand. */
  room(inHand: number): number
}

/**
 * Makes a pace: as many mails in hand as were settled in the last quarter of a second, and two for each connection. So
 * claims are large when the mail server is fast, and no mail waits in hand for long when the mail server is slow.
 */
export const createPace = (connections: number): Pace => {
  let window = 0
  let before = 0
  let current = 0
  const turn = (): void => {
    const now = Math.floor(performance.now() / windowMs)
    if (now === window) return
    before = now === window + 1 ? current : 0
    current = 0
    window = now
  }
  return {
    settled(count) {
      turn()
      current += count
    },
    room(inHand) {
      turn()
      const wanted = Math.max(before, current) + atLeastEach * connections
      return Math.max(0, Math.min(wanted, atMostEach * connections) - inHand)
    },
  }
}
