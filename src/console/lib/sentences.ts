/** Keeps a name or value apart from the sentence: its direction is its own, and the page shows it as a value. */
export const value = (text: string): string => `\u2068${text.replaceAll(/[\u2066-\u2069\u202a-\u202e]/g, '')}\u2069`

/** A part of a sentence: `isValue` for a name or value between isolates. */
export interface SentencePart {
  text: string
  isValue: boolean
}

/** The parts of a sentence of a catalogue, to show its names and values as such. */
export const partsOf = (sentence: string): SentencePart[] =>
  sentence
    .split(/\u2068([^\u2069]*)\u2069/)
    .map((text, index) => ({ text, isValue: index % 2 === 1 }))
    .filter(({ text }) => text !== '')
