import { type BlockName, blockNames, type Filling, type LetterBlock } from './letter.ts'
import type { MailRoom } from './mail-room.ts'
import type { Node, Values } from './template-source.ts'
import { TemplateFault } from './template-source.ts'
import { hasWithheld } from './withheld-mark.ts'

/** A piece of a line: words of the template, or the text of a variable. */
type Piece = { words: string } | { shown: string } | { block: BlockName }

const isBlock = (name: string): name is BlockName => (blockNames as readonly string[]).includes(name)

/** The value of a variable. Only own members count, so `constructor` is no variable. @throws TemplateFault. */
const lookUp = (values: Values, name: string, at: number): string | boolean | null => {
  if (!Object.hasOwn(values, name)) throw new TemplateFault('unknown_variable', `there is no variable ${name}`, at)
  return values[name] ?? null
}

/** Whether a condition is met. A text that is left out is as one that is not there. */
const isThere = (value: string | boolean | null): boolean =>
  typeof value === 'string' ? value !== '' && !hasWithheld(value) : value === true

/** Whether a block has something to show. */
const isFilled = ({ facts, groups = [], quote, action }: Filling, name: BlockName): boolean =>
  ({ facts: facts.length > 0, list: groups.length > 0, quote: quote !== null, link: action !== null })[name]

/** The parts of a letter that a block stands for. */
const blocksOf = ({ facts, groups = [], quote, action }: Filling, name: BlockName): LetterBlock[] => {
  if (name === 'facts') return facts.length === 0 ? [] : [{ kind: 'facts', facts, url: null }]
  if (name === 'list') return groups.map((group) => ({ kind: 'facts', ...group }))
  if (name === 'quote') return quote === null ? [] : [{ kind: 'quote', ...quote }]
  return action === null ? [] : [{ kind: 'action', ...action }]
}

/** The piece that a tag makes, which takes its room. @throws TemplateFault. */
const pieceOf = ({ name, at }: { name: string; at: number }, filling: Filling, room: MailRoom): Piece => {
  if (isBlock(name)) {
    room.take(blocksOf(filling, name), at)
    return { block: name }
  }
  const value = lookUp(filling.values, name, at)
  const shown = typeof value === 'string' ? value : ''
  room.take(shown, at)
  return { shown }
}

const piecesOf = (nodes: Node[], filling: Filling, room: MailRoom): Piece[] =>
  nodes.flatMap((node): Piece[] => {
    if (node.kind === 'text') return [{ words: node.text }]
    if (node.kind === 'value') return [pieceOf(node, filling, room)]
    const { name, at } = node
    const isMet = isBlock(name) ? isFilled(filling, name) : isThere(lookUp(filling.values, name, at))
    return isMet === node.isNegated ? [] : piecesOf(node.nodes, filling, room)
  })

/** The lines of a template. Only its own words break lines, never the text of a variable. */
const linesOf = (pieces: Piece[]): Piece[][] => {
  const lines: Piece[][] = [[]]
  for (const piece of pieces) {
    if (!('words' in piece)) {
      lines.at(-1)?.push(piece)
      continue
    }
    const [first = '', ...rest] = piece.words.split('\n')
    lines.at(-1)?.push({ words: first })
    for (const words of rest) lines.push([{ words }])
  }
  return lines
}

const textOf = (line: Piece[]): string =>
  line
    .map((piece) => ('words' in piece ? piece.words : 'shown' in piece ? piece.shown : ''))
    .join('')
    .trim()

/** The one line that a template of a subject makes. @throws TemplateFault. */
export const composeSubject = (nodes: Node[], filling: Filling, room: MailRoom): string =>
  textOf(piecesOf(nodes, filling, room))

/**
 * What a template makes of the facts of a mail. Blank lines part paragraphs. A line that begins with `# ` is a heading,
 * and a block, such as `{{facts}}`, stands by itself. What is empty leaves nothing behind.
 * @throws TemplateFault for a variable that there is not, and when the room is full.
 */
export const composeBlocks = (nodes: Node[], filling: Filling, room: MailRoom): LetterBlock[] => {
  const blocks: LetterBlock[] = []
  let paragraph: string[] = []
  const end = (): void => {
    if (paragraph.length > 0) blocks.push({ kind: 'paragraph', text: paragraph.join('\n') })
    paragraph = []
  }
  for (const line of linesOf(piecesOf(nodes, filling, room))) {
    const [first] = line
    const text = textOf(line)
    const named = line.flatMap((piece) => ('block' in piece ? [piece.block] : []))
    const isHeading = first !== undefined && 'words' in first && first.words.startsWith('# ')
    if (named.length > 0 || isHeading || text === '') end()
    if (isHeading && text !== '#') blocks.push({ kind: 'heading', text: text.slice(2).trim() })
    else if (text !== '' && !isHeading) paragraph.push(text)
    if (named.length > 0) end()
    blocks.push(...named.flatMap((name) => blocksOf(filling, name)))
  }
  end()
  return blocks
}
