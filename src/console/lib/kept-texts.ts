import type { KeptText } from './draft-rules.ts'
import { session } from './session.svelte.ts'
import { readStored } from './stored.ts'

/** The place of a text of the person who is signed in, so that nobody else at this machine gets it. */
export const placeOf = (...names: string[]): string =>
  ['counterdesk', session.me?.tenant, session.me?.id, ...names].join(' ')

/** The text that is kept under a name; null for nothing. */
export const readKept = (place: string): KeptText | null => {
  const kept = readStored(place)
  if (kept === null || typeof kept !== 'object' || !('text' in kept) || !('base' in kept)) return null
  return typeof kept.text === 'string' && typeof kept.base === 'number' ? { text: kept.text, base: kept.base } : null
}
