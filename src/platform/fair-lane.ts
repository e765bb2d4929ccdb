/** Does work of a caller when its turn comes. */
export type InFairLane = <T>(caller: string, work: () => Promise<T>) => Promise<T>

/**
 * Makes one lane for all callers: at most `atOnce` pieces of work are under way. A caller never has the last place, if
 * there are several, so whoever has nothing under way finds a place at once or waits for few. A free place goes to the
 * callers in turn, and not to the piece of work that has waited longest.
 */
export const createFairLane = (atOnce: number): InFairLane => {
  const ofCaller = Math.max(1, atOnce - 1)
  const underWay = new Map<string, number>()
  /** By caller, those who are next come first. */
  const waiting = new Map<string, (() => void)[]>()
  let all = 0
  const isFree = (caller: string): boolean => all < atOnce && (underWay.get(caller) ?? 0) < ofCaller
  const take = (caller: string, by: number): void => {
    all += by
    const left = (underWay.get(caller) ?? 0) + by
    if (left > 0) underWay.set(caller, left)
    else underWay.delete(caller)
  }
  const giveOn = (): void => {
    const [caller, line] = [...waiting].find(([one]) => isFree(one)) ?? []
    if (caller === undefined || line === undefined) return
    const [begin, ...others] = line
    waiting.delete(caller)
    if (others.length > 0) waiting.set(caller, others)
    take(caller, 1)
    begin?.()
  }
  return async (caller, work) => {
    if (isFree(caller)) take(caller, 1)
    else {
      await new Promise<void>((resolve) => {
        waiting.set(caller, [...(waiting.get(caller) ?? []), resolve])
      })
    }
    try {
      return await work()
    } finally {
      take(caller, -1)
      giveOn()
    }
  }
}
