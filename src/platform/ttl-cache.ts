/** Keeps loaded values for a short time. */
export interface TtlCache<Value> {
  /** The kept value, or else the result of `load`. A value is not kept when `clear` was called during its `load`. */
  get(key: string, load: () => Promise<Value>): Promise<Value>
  clear(): void
}

/** A cache that keeps each value for `ms` milliseconds. It drops all values when it has `max` of them. */
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
