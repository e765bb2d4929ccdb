import { catalogue } from './catalogue.svelte.ts'
import { eventNames, typeInWords } from './event-names.ts'

const names = catalogue(eventNames)

/** What a type of event is called. A newer program may have types that this page does not know. */
export const nameOfEvent = (type: string): string => {
  const known: Record<string, string> = names()
  return Object.hasOwn(known, type) ? (known[type] ?? type) : typeInWords(type)
}
