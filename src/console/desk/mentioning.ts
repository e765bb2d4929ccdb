import { fold } from '../lib/fold.ts'
import { shownName } from '../lib/shown-name.ts'

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

/** The text with the mention of somebody in place of what was typed, and where the caret stands then: behind a blank. */
export const withMention = (
  text: string,
  { at, word }: Mentioning,
  accountId: string,
): { text: string; caret: number } => {
  const rest = text.slice(at + 1 + word.length)
  const mention = `@${accountId}`
  const blank = rest.startsWith(' ') ? '' : ' '
  return { text: text.slice(0, at) + mention + blank + rest, caret: at + mention.length + 1 }
}

/** Names by account, as the mentions of one text are shown. */
export type MentionNames = Readonly<Record<string, string>>

const hidden = /\p{Default_Ignorable_Code_Point}/gu

/** What people see of a name. Two names that look alike are the same here. */
const lookOf = (name: string): string =>
  fold(name)
    .replaceAll(hidden, '')
    .replaceAll(/[\s()]/g, '')

/** Whether a name would turn the text that it stands in, end the mention, or look like a number. */
const isOdd = (name: string): boolean =>
  name !== shownName(name).trim() || lookOf(name) === '' || /@|tec\d/.test(lookOf(name))

/**
 * How accounts are shown behind the `@`: by name; with their number where one name looks like another, or begins it; by
 * the number alone where the name is an odd one. So no label is another one, or begins it.
 */
const labelsOf = (names: MentionNames): ReadonlyMap<string, string> => {
  const known = Object.entries(names)
    .filter(([, name]) => !isOdd(name))
    .map(([id, name]) => ({ id, name, look: lookOf(name) }))
    .sort((one, two) => (one.look < two.look ? -1 : 1))
  // In this order those that begin with a name stand right behind it.
  let root: string | null = null
  return new Map(
    known.map(({ id, name, look }, at) => {
      const begins = root !== null && look.startsWith(root)
      if (!begins) root = look
      const isShared = begins || (known[at + 1]?.look.startsWith(look) ?? false)
      if (!isShared && name.search(hidden) === -1) return [id, name]
      return [id, `${name.replaceAll(/[()]/g, '')} (${id})`]
    }),
  )
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')

const numbered = /(?<![\p{L}\p{N}_@.+/-])@(TEC\d{4,18})(?![\p{L}\p{N}_@])/gu

/** The accounts that a text mentions by their numbers. */
export const mentionedIds = (text: string): string[] => [
  ...new Set([...text.matchAll(numbered)].map(([, id]) => id ?? '')),
]

/** A text as people read it: with names where it has numbers, as far as the names are known. */
export const shownText = (text: string, names: MentionNames): string => {
  const labels = labelsOf(names)
  return text.replaceAll(numbered, (_, id: string) => `@${labels.get(id) ?? id}`)
}

/** A text as it is kept and sent: with numbers where a field shows names. */
export const writtenText = (shown: string, names: MentionNames): string => {
  const labels = [...labelsOf(names)]
  if (labels.length === 0) return shown
  const found = new RegExp(
    `(?<![\\p{L}\\p{N}_@.+/-])@(?:${labels.map(([, label]) => escaped(label)).join('|')})(?![\\p{L}\\p{N}_@])`,
    'gu',
  )
  const idOf = new Map(labels.map(([id, label]) => [`@${label}`, id]))
  return shown.replaceAll(found, (mention) => `@${idOf.get(mention) ?? mention.slice(1)}`)
}

/** A text as a field shows it, and where the caret stands in it that stood at a place of the same text shown before. */
export const shownAgain = (
  { shown, names: before }: { shown: string; names: MentionNames },
  caret: number,
  names: MentionNames,
): { shown: string; caret: number } => {
  const again = (text: string): string => shownText(writtenText(text, before), names)
  return { shown: again(shown), caret: again(shown.slice(0, caret)).length }
}
