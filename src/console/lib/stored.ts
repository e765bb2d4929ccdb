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

/** Keeps what somebody has typed, with the time, so that it has an end. */
export const keepTyped = (place: string, typed: object | null): void =>
  writeStored(place, typed === null ? null : { ...typed, at: new Date().toISOString() })

/** What somebody has typed, as it was kept; null for nothing. */
export const readTyped = (place: string): object | null => {
  const kept = readStored(place)
  if (typeof kept !== 'object' || kept === null) return null
  const { at: _, ...typed } = kept as { at?: unknown }
  return typed
}

/** The names in this browser that begin so. */
export const storedNames = (beginning: string): string[] => {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(beginning))
  } catch {
    return []
  }
}

/** What was typed is kept so long, at most: over a long weekend. */
const keptDays = 4

/**
 * Forgets what people have typed in this browser and never sent, whoever they are, so that it is not for ever readable
 * on a machine that others use. Names that begin so are those of texts; a text without a time is older than all.
 */
export const forgetOld = (beginning: string, now = Date.now()): void => {
  for (const name of storedNames(beginning)) {
    const kept = readStored(name)
    if (typeof kept !== 'object' || kept === null) continue
    const at = 'at' in kept && typeof kept.at === 'string' ? Date.parse(kept.at) : 0
    if (!(now - at < keptDays * 86_400_000)) writeStored(name, null)
  }
}
