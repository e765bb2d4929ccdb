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

/** Names by account, as the mentions of one text are shown. */
export type MentionNames = Readonly<Record<string, string>>

/** How an account is shown behind the `@`: by name, and with its number where two people have the same name. */
const labelOf = (accountId: string, names: MentionNames): string => {
  const name = names[accountId] ?? accountId
  const isShared = Object.entries(names).some(
    ([id, other]) => id !== accountId && other.toLowerCase() === name.toLowerCase(),
  )
  return isShared ? `${name} (${accountId})` : name
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/** The accounts that a text mentions by their numbers. */
export const mentionedIds = (text: string): string[] => [
  ...new Set([...text.matchAll(/(?<![\p{L}\p{N}_@.+/-])@(TEC\d{4,18})(?![\p{L}\p{N}_@])/gu)].map(([, id]) => id ?? '')),
]

/** A text as people read it: with names where it has numbers, as far as the names are known. */
export const shownText = (text: string, names: MentionNames): string =>
  text.replaceAll(/(?<![\p{L}\p{N}_@.+/-])@(TEC\d{4,18})(?![\p{L}\p{N}_@])/gu, (whole, id: string) =>
    names[id] === undefined ? whole : `@${labelOf(id, names)}`,
  )

/** A text as it is kept and sent: with numbers where a field shows names. The longest name counts. */
export const writtenText = (shown: string, names: MentionNames): string => {
  const labels = Object.keys(names)
    .map((id) => ({ id, label: labelOf(id, names) }))
    .sort((one, two) => two.label.length - one.label.length)
  if (labels.length === 0) return shown
  const found = new RegExp(
    `(?<![\\p{L}\\p{N}_@.+/-])@(?:${labels.map(({ label }) => escaped(label)).join('|')})(?![\\p{L}\\p{N}_@])`,
    'gu',
  )
  const idOf = new Map(labels.map(({ id, label }) => [`@${label}`, id]))
  return shown.replaceAll(found, (mention) => `@${idOf.get(mention) ?? mention.slice(1)}`)
}
