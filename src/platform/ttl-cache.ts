/** Keeps loaded values for a short time. */
export interface TtlCache<Value> {
  /**
   * The kept value, or else the result of `load`. Calls of one key at the same time share a `load`; when it fails, each
   * of them loads for itself. A value is not kept when `clear` was called during its `load`, and calls after `clear` do
   * not share that `load`.
   */
  get(key: string, load: () => Promise<Value>): Promise<Value>
  clear(): void
}

/** A cache that keeps each value for `ms` milliseconds. It drops all values when it has `max` of them. */
export const createTtlCache = <Value>(ms: number, max = 10_000): TtlCache<Value> => {
  const values = new Map<string, { value: Value; until: number }>()
  const loads = new Map<string, Promise<Value>>()
  let generation = 0

  const loadAndKeep = async (key: string, load: () => Promise<Value>): Promise<Value> => {
    const before = generation
    const value = await load()
    if (before === generation) {
      if (values.size >= max) values.clear()
      values.set(key, { value, until: performance.now() + ms })
    }
    return value
  }
  const loadFirst = async (key: string, load: () => Promise<Value>): Promise<Value> => {
    const loading = loadAndKeep(key, load)
    loads.set(key, loading)
    try {
      return await loading
    } finally {
      if (loads.get(key) === loading) loads.delete(key)
    }
  }
  return {
    async get(key, load) {
      const known = values.get(key)
      if (known !== undefined && known.until > performance.now()) return known.value
      const loading = loads.get(key)
      return loading === undefined ? loadFirst(key, load) : loading.catch(() => loadAndKeep(key, load))
    },
    clear() {
      generation += 1
      values.clear()
      loads.clear()
    },
  }
}

/** A cache whose `clear` clears another one, too. */
export const clearingToo = <Value>(cache: TtlCache<Value>, ...others: { clear(): void }[]): TtlCache<Value> => ({
  get: cache.get,
  clear() {
    cache.clear()
    for (const other of others) other.clear()
  },
})
