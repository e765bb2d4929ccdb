import type { Worker } from 'node:cluster'

/** Gives out places that are few, such as those of open streams, by a key such as an account. */
export interface Places {
  /**
   * Takes a place, unless `atMost` of the key are taken in all processes of the program. Answers with the function that
   * gives it back, or null.
   */
  take(key: string, atMost: number): Promise<(() => void) | null>
}

/** Counts things by their keys. A key that is counted down to nothing is forgotten. */
interface Counts {
  of(key: string): number
  add(key: string, change: 1 | -1): void
  keys(): Iterable<[key: string, count: number]>
}

const createCounts = (): Counts => {
  const counts = new Map<string, number>()
  return {
    of: (key) => counts.get(key) ?? 0,
    add(key, change) {
      const count = (counts.get(key) ?? 0) + change
      if (count > 0) counts.set(key, count)
      else counts.delete(key)
    },
    keys: () => [...counts],
  }
}

/** A function that does something the first time only. */
export const once = (act: () => void): (() => void) => {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}

/** The places of a program with one process. */
export const createPlaces = (): Places => {
  const counts = createCounts()
  return {
    async take(key, atMost) {
      if (counts.of(key) >= atMost) return null
      counts.add(key, 1)
      return once(() => counts.add(key, -1))
    },
  }
}

/** The places that the children of a primary have taken. */
export interface PlacesOfAll {
  /** Takes a place for a child. Answers whether there was one. */
  take(child: Worker, key: string, atMost: number): boolean
  giveBack(child: Worker, key: string): void
  /** Gives back all places of a child that has ended. */
  forget(child: Worker): void
}

/** Counts in the primary. A place is taken by one message and given back by another, so no two take the last one. */
export const createPlacesOfAll = (): PlacesOfAll => {
  const all = createCounts()
  const byChild = new Map<Worker, Counts>()
  return {
    take(child, key, atMost) {
      if (all.of(key) >= atMost || child.isDead()) return false
      const own = byChild.get(child) ?? createCounts()
      byChild.set(child, own)
      own.add(key, 1)
      all.add(key, 1)
      return true
    },
    giveBack(child, key) {
      const own = byChild.get(child)
      if (own === undefined || own.of(key) === 0) return
      own.add(key, -1)
      all.add(key, -1)
    },
    forget(child) {
      for (const [key, count] of byChild.get(child)?.keys() ?? []) {
        for (let left = count; left > 0; left -= 1) all.add(key, -1)
      }
      byChild.delete(child)
    },
  }
}
