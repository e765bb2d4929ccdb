import type { KeptText } from './draft-rules.ts'
import { session } from './session.svelte.ts'

/** The place of a text of the person who is signed in, so that nobody else at this machine gets it. */
export const placeOf = (...names: string[]): string =>
  ['counterdesk', session.me?.tenant, session.me?.id, ...names].join(' ')

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

/** The text that is kept under a name; null for nothing. */
export const readKept = (place: string): KeptText | null => {
  const kept = readStored(place)
  if (kept === null || typeof kept !== 'object' || !('text' in kept) || !('base' in kept)) return null
  return typeof kept.text === 'string' && typeof kept.base === 'number' ? { text: kept.text, base: kept.base } : null
}
