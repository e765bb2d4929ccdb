import Mustache from 'mustache'

/** The subject and the text of a mail, in the language of templates: mustache(5) with variables and conditions only. */
export interface Source {
  subject: string
  text: string
}

/** What the variables of a template stand for. A condition is met by a text that is not empty, and by `true`. */
export type Values = Record<string, string | boolean | null>

/** A part of a template. `at`: where it begins. */
export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'value'; name: string; at: number }
  | { kind: 'condition'; name: string; isNegated: boolean; nodes: Node[]; at: number }

/** The longest subject and text of a template, in characters. */
export const subjectAtMost = 200
export const textAtMost = 10_000

/** How many tags a template has at most, and how deep its conditions are. */
const tagsAtMost = 500
const depthAtMost = 10

/** What is wrong with a template, and where: `at` counts the characters before it. */
export class TemplateFault extends Error {
  readonly code: string
  readonly at: number

  constructor(code: string, message: string, at: number) {
    super(message)
    this.name = 'TemplateFault'
    this.code = code
    this.at = at
  }
}

const syntax = (message: string, at: number): TemplateFault => new TemplateFault('template_syntax', message, at)

/** A name of ours: nothing of JavaScript's objects can be asked for, as values are looked up as own members only. */
const isName = (name: string): boolean => /^[a-z][a-z_]{0,39}$/.test(name)

/** What the tags of mustache(5) are called that no template may have. */
const refused: Record<string, string> = {
  '>': 'a template cannot include another one',
  '&': 'two braces are enough: nothing is left unescaped',
  '!': 'a comment is not possible here',
}

type Token = [type: string, value: string, start: number, end: number, inside?: Token[], ...rest: unknown[]]

/** The name in a tag. @throws TemplateFault when it is none. */
const nameIn = ([, value, start]: Token): string => {
  if (isName(value)) return value
  const shown = value.length > 40 ? `${value.slice(0, 39)}…` : value
  throw syntax(`“${shown}” is no variable: a name has small letters and _ only, and there are no filters`, start)
}

const nodeOf = (token: Token, depth: number): Node => {
  const [type, value, at, , inside = []] = token
  if (type === 'text') return { kind: 'text', text: value }
  if (type === 'name') return { kind: 'value', name: nameIn(token), at }
  if (type !== '#' && type !== '^') throw syntax(refused[type] ?? 'this tag is not known here', at)
  if (depth >= depthAtMost) throw syntax(`conditions can be ${depthAtMost} deep at most`, at)
  const nodes = inside.map((each) => nodeOf(each, depth + 1))
  return { kind: 'condition', name: nameIn(token), isNegated: type === '^', nodes, at }
}

/** A writer of its own, which keeps no parsed template. */
const writer = new Mustache.Writer()
Object.assign(writer, { templateCache: undefined })

const tokensOf = (source: string): Token[] => {
  try {
    return writer.parse(source, ['{{', '}}']) as unknown as Token[]
  } catch (error) {
    const said = error instanceof Error ? error.message : ''
    const [, name] = /^Un(?:closed|opened) section "(.*)" at/s.exec(said) ?? []
    const at = Number(/ at (\d+)$/.exec(said)?.[1] ?? source.length)
    if (name === undefined) throw syntax('a tag is not closed with }}', source.lastIndexOf('{{', at))
    const shown = name.slice(0, 40)
    throw syntax(
      said.startsWith('Unopened') ? `{{/${shown}}} closes nothing` : `{{#${shown}}} is not closed before this`,
      at,
    )
  }
}

/**
 * Reads a template. Only variables and conditions are taken, so a template runs nothing and repeats nothing: what comes
 * out is at most as long as the template and the values of its tags, which `MailRoom` bounds. @throws TemplateFault.
 */
export const parseTemplate = (source: string, max: number): Node[] => {
  if (source.length > max) throw syntax(`a template has ${max} characters at most`, max)
  const odd = /\{\{\s*=/.exec(source)
  if (odd !== null) throw syntax('the braces of tags cannot be changed', odd.index)
  const tags = source.split('{{').length - 1
  if (tags > tagsAtMost) throw syntax(`a template has ${tagsAtMost} tags at most`, 0)
  return tokensOf(source).map((token) => nodeOf(token, 0))
}

/** The place of a character, as editors count: lines and columns from 1. */
export const placeOf = (source: string, at: number): { line: number; column: number } => {
  const before = source.slice(0, at).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
