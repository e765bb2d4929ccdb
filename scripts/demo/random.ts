/** Numbers in [0, 1) that are the same in every run, so that every demo looks the same. */
export type Random = () => number

/** A small generator (mulberry32); good enough to spread tickets over a calendar. */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const chance = (random: Random, probability: number): boolean => random() < probability

export const between = (random: Random, from: number, to: number): number => from + random() * (to - from)

/** How long work takes: mostly near the median, sometimes three or four times as long. */
export const around = (random: Random, median: number): number => {
  const bell = random() + random() + random() + random() - 2
  return median * Math.exp(bell * 1.1)
}

export const pick = <T>(random: Random, options: readonly T[]): T => {
  const option = options[Math.floor(random() * options.length)]
  if (option === undefined) throw new Error('nothing to pick from')
  return option
}

export const shuffled = <T>(random: Random, items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
