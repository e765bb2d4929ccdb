import type { Fact, FramedLetter, LetterBlock } from './letter.ts'

const columns = 78

const isWide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** How many columns a character takes in a font of fixed width. An estimate, because terminals differ as well. */
const columnsOf = (character: string): number => {
  if (character === '\t') return 8
  if (character >= ' ' && character <= '~') return 1
  if (/[\p{M}\p{Cf}]/u.test(character)) return 0
  return isWide.test(character) ? 2 : 1
}

const widthOf = (characters: string[]): number => characters.reduce((sum, character) => sum + columnsOf(character), 0)

/**
 * Breaks a line into lines of at most `width` columns: at spaces, or inside a word that is longer than a line. Long
 * lines of users are not left to mail programs, because these would put the rest of a line at the margin, like words of
 * ours.
 * @internal Exported for its test.
 */
export const fold = (line: string, width: number): string[] => {
  const folded: string[] = []
  let row: string[] = []
  let rowWidth = 0
  let breakAt = 0
  const push = (length: number): void => {
    folded.push(row.slice(0, length).join('').trimEnd())
    row = row.slice(length)
    rowWidth = widthOf(row)
    breakAt = 0
  }
  for (const character of line) {
    const isSpace = /\s/.test(character)
    if (row.length > 0 && rowWidth + columnsOf(character) > width) {
      push(isSpace || breakAt === 0 ? row.length : breakAt)
      if (isSpace) continue
    }
    row.push(character)
    rowWidth += columnsOf(character)
    if (isSpace) breakAt = row.length
  }
  push(row.length)
  return folded
}

const factLines = (facts: Fact[]): string => {
  const labelWidth = Math.max(...facts.map(({ label }) => label.length)) + 1
  const indent = labelWidth + 3
  return facts
    .map(({ label, value }) => {
      const [first = '', ...rest] = fold(value, columns - indent)
      return [`  ${`${label}:`.padEnd(labelWidth)} ${first}`, ...rest.map((row) => ' '.repeat(indent) + row)].join('\n')
    })
    .join('\n')
}

const quoted = (text: string): string =>
  text
    .split('\n')
    .flatMap((line) => fold(line, columns - 2))
    .map((row) => `> ${row}`.trimEnd())
    .join('\n')

/** A line of its own for each line of the paragraph, broken at spaces. */
const wrapped = (paragraph: string): string =>
  paragraph
    .split('\n')
    .flatMap((line) => fold(line, columns))
    .join('\n')

const closingLines = ({ closing }: FramedLetter): string[] => {
  if (closing === null) return []
  const { text, links } = closing
  return [wrapped(text), ...links.flatMap(({ label, url }) => [wrapped(`${label}:`), url])]
}

const textsOf = (block: LetterBlock): string[] => {
  if (block.kind === 'heading' || block.kind === 'paragraph') return [wrapped(block.text)]
  if (block.kind === 'facts')
    return block.facts.length === 0
      ? []
      : [[factLines(block.facts), ...(block.url === null ? [] : [block.url])].join('\n')]
  if (block.kind === 'quote') return [`${block.label}:`, quoted(block.text)]
  // The link stands on a line of its own and is never broken.
  return [`${block.label}:\n${block.url}`]
}

export const toPlainText = (letter: FramedLetter): string =>
  [
    ...letter.blocks.flatMap(textsOf),
    ...(letter.layout.signature === null ? [] : [wrapped(letter.layout.signature)]),
    // The mark of a signature (RFC 3676, 4.3): mail programs leave out what follows it when they quote.
    ['-- ', wrapped(letter.sender), wrapped(letter.footer), ...closingLines(letter), ''].join('\n'),
  ].join('\n\n')
