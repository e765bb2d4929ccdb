import { catalogue } from '../lib/catalogue.svelte.ts'
import { value } from '../lib/sentences.ts'

export const words = catalogue({
  en: {
    writes: (name: string) => `${value(name)} is replying`,
    areWriting: (one: string, two: string) => `${value(one)} and ${value(two)} are replying`,
    manyWrite: (count: number) => `${count} people are replying`,
    here: (name: string) => `${value(name)} is here`,
    areHere: (one: string, two: string) => `${value(one)} and ${value(two)} are here`,
    manyHere: (count: number) => `${count} people are here`,
  },
  de: {
    writes: (name: string) => `${value(name)} antwortet gerade`,
    areWriting: (one: string, two: string) => `${value(one)} und ${value(two)} antworten gerade`,
    manyWrite: (count: number) => `${count} Personen antworten gerade`,
    here: (name: string) => `${value(name)} ist hier`,
    areHere: (one: string, two: string) => `${value(one)} und ${value(two)} sind hier`,
    manyHere: (count: number) => `${count} Personen sind hier`,
  },
})
