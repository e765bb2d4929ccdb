/** Where somebody is typing a mention: the place of the `@`, and the word behind it up to the caret. */
export interface Mentioning {
  at: number
  word: string
}

/** An `@` that begins a word, and what was typed behind it. An `@` within a word is that of an address. */
const typed = /(?:^|[\s(,;:!?"'])@(?<word>[\p{L}\p{N}._-]{0,40})$/u

/** The mention at the caret, or null. */
export const mentioningAt = (text: string, caret: number): Mentioning | null => {
  const word = typed.exec(text.slice(Math.max(0, caret - 60), caret))?.groups?.word
  return word === undefined ? null : { at: caret - word.length - 1, word }
}

/** The text with the mention of somebody in place of what was typed, and where the caret stands then. */
export const withMention = (
  text: string,
  { at, word }: Mentioning,
  accountId: string,
): { text: string; caret: number } => {
  const rest = text.slice(at + 1 + word.length)
  const mention = `@${accountId}${/^\s/.test(rest) ? '' : ' '}`
  return { text: text.slice(0, at) + mention + rest, caret: at + mention.length }
}
