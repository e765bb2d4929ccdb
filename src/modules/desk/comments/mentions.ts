import { withCanonicalId } from '../../../platform/schemas.ts'

/** What no mention is looked for in: blocks and spans of code, and lines that quote somebody. */
const code = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g
const quotes = /^[ \t]*>.*$/gm

/** An `@` that begins a word, and the word. An `@` within a word is that of an address. */
const mention = /(?<![\p{L}\p{N}_@.+/-])@(?<name>[\p{L}\p{N}][\p{L}\p{N}._-]*)(?<next>@?)/gu

const canonical = withCanonicalId(['TEC', 'CUS'])

/**
 * The names that a text mentions, each once, in order: `@TEC0001`, `@tec1`, or `@` and a sign-in name. Nobody is
 * mentioned in code, in quoted lines, and by an e-mail address.
 */
export const mentionsIn = (text: string): string[] => {
  const prose = text.replace(code, ' ').replace(quotes, ' ')
  const names = [...prose.matchAll(mention)].flatMap(({ groups }) =>
    groups?.next === '' && groups.name !== undefined ? [canonical(groups.name.replace(/[._-]+$/, ''))] : [],
  )
  return [...new Set(names)]
}

/** Whether a name can only be meant as the number of an account. All other words may be just words. */
export const isNumberOfAccount = (name: string): boolean => /^(?:TEC|CUS)\d+$/.test(name)
