import type { FieldError } from '../../../platform/errors.ts'
import { builtInSource, isAboutTicket, templates } from '../outgoing-mail/templates/template-list.ts'
import type { TemplateName } from '../outgoing-mail/templates/template-names.ts'
import {
  type Node,
  parseTemplate,
  placeOf,
  type Source,
  subjectAtMost,
  TemplateFault,
  textAtMost,
} from '../outgoing-mail/templates/template-source.ts'
import { nearestName } from './nearest-name.ts'
import { type Variable, variablesOf } from './template-variables.ts'

const fields = ['subject', 'text'] as const
type Field = (typeof fields)[number]

/** A fault as the error of its member. The message begins with the place, as editors count. */
export const errorAt = (source: Source, field: Field, { code, message, at }: TemplateFault): FieldError => {
  const { line, column } = placeOf(source[field], at)
  return { field, message: `has a fault in line ${line}, column ${column}: ${message}`, code }
}

/** So many faults are told at once. The rest of a text is not looked at. */
const faultsAtMost = 10

/** How often a block may stand in a text: as for the one and the other case of a condition. */
const blockAtMost = 2

/** What the check of one member knows. `blocks`: how often each block has stood in it so far. */
interface Check {
  source: Source
  field: Field
  known: Variable[]
  blocks: Map<string, number>
}

/** A name that is no variable. */
class UnknownName extends TemplateFault {
  readonly variable: string

  constructor(name: string, at: number) {
    super('unknown_variable', `there is no variable ${name}`, at)
    this.variable = name
  }
}

/** What an unknown name may have meant, and which names there are. Only the first such fault says so. */
const hintFor = (name: string, known: Variable[]): string => {
  const names = known.map((variable) => variable.name)
  const meant = nearestName(name, names)
  return `${meant === null ? '.' : `; did you mean ${meant}?`} The names are: ${names.join(', ')}`
}

/** Whether a block stands on its line with nothing but conditions beside it. */
const standsAlone = (source: string, at: number): boolean => {
  const start = source.lastIndexOf('\n', at - 1) + 1
  const end = source.indexOf('\n', at)
  const line = source.slice(start, end < 0 ? source.length : end)
  return /^\{\{\s*[a-z_]+\s*\}\}$/.test(line.replaceAll(/\{\{\s*[#^/]\s*[a-z_]+\s*\}\}/g, '').trim())
}

/** What is wrong with the place of a block. */
const faultOfBlock = (name: string, at: number, { source, field, blocks }: Check): TemplateFault | null => {
  if (field === 'subject') return new TemplateFault('block_misplaced', `${name} is for the text`, at)
  const times = (blocks.get(name) ?? 0) + 1
  blocks.set(name, times)
  if (times > blockAtMost)
    return new TemplateFault('block_repeated', `${name} stands here more than twice; leave it out here`, at)
  if (standsAlone(source.text, at)) return null
  return new TemplateFault('block_misplaced', `${name} needs a line of its own`, at)
}

/** What is wrong with the use of one variable. */
const faultOf = ({ name, at, kind }: Exclude<Node, { kind: 'text' }>, check: Check): TemplateFault | null => {
  const variable = check.known.find((each) => each.name === name)
  if (variable === undefined) return new UnknownName(name, at)
  if (kind === 'condition') return null
  if (variable.kind === 'condition')
    return new TemplateFault('condition_shown', `${name} is for conditions: {{#${name}}} … {{/${name}}}`, at)
  return variable.kind === 'block' ? faultOfBlock(name, at, check) : null
}

/** The faults of a member, in the order of its tags. Who has enough of them takes no more. */
function* faultsOf(nodes: Node[], check: Check): Generator<TemplateFault> {
  for (const node of nodes) {
    if (node.kind === 'text') continue
    const fault = faultOf(node, check)
    if (fault !== null) yield fault
    if (node.kind === 'condition') yield* faultsOf(node.nodes, check)
  }
}

const firstFaultsOf = (nodes: Node[], check: Check): TemplateFault[] => {
  const faults: TemplateFault[] = []
  for (const fault of faultsOf(nodes, check)) if (faults.push(fault) === faultsAtMost) break
  return faults
}

/** Whether a variable is always shown: no condition may leave it out. */
const isAlwaysThere = (nodes: Node[], name: string): boolean =>
  nodes.some((node) => node.kind === 'value' && node.name === name)

const needed = (field: Field, name: string, why: string): FieldError => ({
  field,
  message: `must have {{${name}}} outside of conditions: ${why}`,
  code: 'variable_needed',
})

/** The names that a member must have, whatever else it says. */
const needs = (template: TemplateName, field: Field): [name: string, why: string][] => {
  if (field === 'subject') return isAboutTicket(template) ? [['ticket_id', 'people find the mail by it']] : []
  return templates[template].needsLink ? [['link', 'without it the mail is of no use']] : []
}

/** What is wrong with one member, and what it lacks. */
interface Found {
  field: Field
  faults: TemplateFault[]
  lacks: FieldError[]
}

const foundIn = (template: TemplateName, source: Source, field: Field, known: Variable[]): Found => {
  try {
    const nodes = parseTemplate(source[field], field === 'subject' ? subjectAtMost : textAtMost)
    const lacks = needs(template, field)
      .filter(([name]) => !isAlwaysThere(nodes, name))
      .map(([name, why]) => needed(field, name, why))
    return { field, faults: firstFaultsOf(nodes, { source, field, known, blocks: new Map() }), lacks }
  } catch (error) {
    if (error instanceof TemplateFault) return { field, faults: [error], lacks: [] }
    throw error
  }
}

/**
 * What is wrong with a template, by member and place: faults of its tags, at most 10 of a member, wrong variables, and
 * what it must have.
 */
export const checkSource = (template: TemplateName, source: Source): FieldError[] => {
  const known = variablesOf(template, 'en')
  const found = fields.map((field) => foundIn(template, source, field, known))
  const first = found.flatMap(({ faults }) => faults).find((fault) => fault instanceof UnknownName)
  return found.flatMap(({ field, faults, lacks }) => [
    ...faults.map((fault) => {
      const error = errorAt(source, field, fault)
      return fault === first ? { ...error, message: `${error.message}${hintFor(first.variable, known)}` } : error
    }),
    ...lacks,
  ])
}

/** Whether mail programs may show the mails of a ticket as several threads because of this subject. */
export const splitsThread = (template: TemplateName, { subject }: Source): boolean =>
  isAboutTicket(template) && subject !== builtInSource(template, 'en').subject
