/** Remembers what was loaded for a moment. */
export interface TtlCache<Value> {
  /** The remembered value, or what `load` gives now. A value loaded across a `clear` is given but not remembered. */
  get(key: string, load: () => Promise<Value>): Promise<Value>
  clear(): void
}

/** A cache whose values live `ms` milliseconds; it starts over when it holds `max` of them. */
export const createTtlCache = <Value>(ms: number, max = 10_000): TtlCache<Value> => {
  const values = new Map<string, { value: Value; until: number }>()
  let generation = 0
  return {
    async get(key, load) {
      const known = values.get(key)
      if (known !== undefined && known.until > performance.now()) return known.value
      const before = generation
      const value = await load()
      if (before === generation) {
        if (values.size >= max) values.clear()
        values.set(key, { value, until: performance.now() + ms })
      }
      return value
    },
    clear() {
      generation += 1
      values.clear()
    },
  }
}
