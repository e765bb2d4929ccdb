/** What is kept under a name in this browser; null for nothing. */
export const readStored = (place: string): unknown => {
  try {
    return JSON.parse(localStorage.getItem(place) ?? 'null')
  } catch {
    return null
  }
}

/** Keeps something under a name in this browser; null removes it. */
export const writeStored = (place: string, value: unknown): void => {
  try {
    if (value === null) localStorage.removeItem(place)
    else localStorage.setItem(place, JSON.stringify(value))
  } catch {
    // The store of the browser is full or switched off. The server gets the text all the same.
  }
}

/** The names in this browser that begin so. */
export const storedNames = (beginning: string): string[] => {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(beginning))
  } catch {
    return []
  }
}
