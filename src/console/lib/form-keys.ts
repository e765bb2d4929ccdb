import { newKey, type Problem } from '../api/calls.ts'

/** A short mark of a text, by which a form knows that it sends the same again. It is no secret and protects none. */
const markOf = (text: string): string => {
  let mark = 0x811c9dc5
  for (const char of text) mark = Math.imul(mark ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return (mark >>> 0).toString(36)
}

/**
 * The key under which a form sends: the same one until its answer came, also after the page was loaded again, and
 * another one for other values. `values` has no secret.
 */
export const keyFor = (place: string, values: unknown): string => {
  const mark = markOf(JSON.stringify(values))
  try {
    const [keptMark, kept] = (sessionStorage.getItem(place) ?? '').split(' ')
    if (keptMark === mark && kept) return kept
    const key = newKey()
    sessionStorage.setItem(place, `${mark} ${key}`)
    return key
  } catch {
    return newKey()
  }
}

/** Forgets the key of a form, whose answer has come. */
export const forgetKey = (place: string): void => {
  try {
    sessionStorage.removeItem(place)
  } catch {
    // Without storage nothing was kept.
  }
}

/** Whether the program has not said what became of a request: the same key makes it once. */
export const isOpen = ({ code, status }: Problem): boolean => code === 'offline' || status >= 500
