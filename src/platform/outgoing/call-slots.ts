/** Bounds how many calls of one kind run at once. Others wait in the order in which they came. */
export interface CallSlots {
  /** Runs a call when one of the slots of its key is free. */
  run<Result>(key: string, call: () => Promise<Result>): Promise<Result>
  /** @internal How many keys take memory now, for its test. */
  keys(): number
}

/** Makes slots: `atOnce` for each key. A key takes memory only while a call of it runs. */
export const createCallSlots = (atOnce: number): CallSlots => {
  const taken = new Map<string, { running: number; waiting: (() => void)[] }>()
  return {
    keys: () => taken.size,
    async run(key, call) {
      const own = taken.get(key) ?? { running: 0, waiting: [] }
      taken.set(key, own)
      // Whoever ends hands the slot on, so the number stays.
      if (own.running >= atOnce) await new Promise<void>((resolve) => own.waiting.push(resolve))
      else own.running += 1
      try {
        return await call()
      } finally {
        const next = own.waiting.shift()
        if (next !== undefined) next()
        else {
          own.running -= 1
          if (own.running === 0) taken.delete(key)
        }
      }
    },
  }
}
