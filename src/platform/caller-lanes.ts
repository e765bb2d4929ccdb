/** What waits for a place in the lane of its caller. */
interface Lane {
  underWay: number
  waiting: (() => void)[]
}

/** Does work in the lane of a caller. @throws what `refusal` makes when too much of this caller waits already. */
export type InLane = <T>(caller: string, work: () => Promise<T>) => Promise<T>

/**
 * Makes lanes: of each caller at most `atOnce` pieces of work are under way, and at most `waiting` more wait, in their
 * order. So in a queue that all callers share, nobody waits for more than a few pieces of another one.
 */
export const createLanes = (bounds: { atOnce: number; waiting: number; refusal: () => Error }): InLane => {
  const { atOnce, waiting, refusal } = bounds
  const lanes = new Map<string, Lane>()
  return async (caller, work) => {
    const lane = lanes.get(caller) ?? { underWay: 0, waiting: [] }
    lanes.set(caller, lane)
    if (lane.underWay < atOnce) lane.underWay += 1
    else if (lane.waiting.length >= waiting) throw refusal()
    else await new Promise<void>((resolve) => lane.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = lane.waiting.shift()
      if (next === undefined) lane.underWay -= 1
      else next()
      if (lane.underWay === 0) lanes.delete(caller)
    }
  }
}
