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

type Field = 'subject' | 'text'

/** A fault as the error of its member. The message begins with the place, as editors count. */
const errorAt = (source: Source, field: Field, { code, message, at }: TemplateFault): FieldError => {
  const { line, column } = placeOf(source[field], at)
  return { field, message: `has a fault in line ${line}, column ${column}: ${message}`, code }
}

const unknown = (name: string, known: Variable[], at: number): TemplateFault => {
  const meant = nearestName(
    name,
    known.map((variable) => variable.name),
  )
  const hint = meant === null ? '' : `; did you mean ${meant}?`
  return new TemplateFault('unknown_variable', `there is no variable ${name}${hint}`, at)
}

/** Says with the first fault of an unknown name which names there are, and not again. */
const withNames = (errors: FieldError[], known: Variable[]): FieldError[] => {
  const first = errors.find(({ code }) => code === 'unknown_variable')
  const names = known.map(({ name }) => name).join(', ')
  return errors.map((error) =>
    error === first
      ? { ...error, message: `${error.message}${error.message.endsWith('?') ? '' : '.'} The names are: ${names}` }
      : error,
  )
}

/** Whether a block stands on its line with nothing but conditions beside it. */
const standsAlone = (source: string, at: number): boolean => {
  const start = source.lastIndexOf('\n', at - 1) + 1
  const end = source.indexOf('\n', at)
  const line = source.slice(start, end < 0 ? source.length : end)
  return /^\{\{\s*[a-z_]+\s*\}\}$/.test(line.replaceAll(/\{\{\s*[#^/]\s*[a-z_]+\s*\}\}/g, '').trim())
}

/** What is wrong with the use of one variable. */
const faultOf = (node: Exclude<Node, { kind: 'text' }>, source: Source, field: Field, known: Variable[]) => {
  const { name, at, kind } = node
  const variable = known.find((each) => each.name === name)
  if (variable === undefined) return unknown(name, known, at)
  if (kind === 'condition') return null
  if (variable.kind === 'condition')
    return new TemplateFault('condition_shown', `${name} is for conditions: {{#${name}}} … {{/${name}}}`, at)
  if (variable.kind !== 'block') return null
  if (field === 'subject') return new TemplateFault('block_misplaced', `${name} is for the text`, at)
  if (standsAlone(source.text, at)) return null
  return new TemplateFault('block_misplaced', `${name} needs a line of its own`, at)
}

const faultsOf = (nodes: Node[], source: Source, field: Field, known: Variable[]): TemplateFault[] =>
  nodes.flatMap((node) => {
    if (node.kind === 'text') return []
    const fault = faultOf(node, source, field, known)
    const inside = node.kind === 'condition' ? faultsOf(node.nodes, source, field, known) : []
    return fault === null ? inside : [fault, ...inside]
  })

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

const errorsOf = (template: TemplateName, source: Source, field: Field, known: Variable[]): FieldError[] => {
  try {
    const nodes = parseTemplate(source[field], field === 'subject' ? subjectAtMost : textAtMost)
    return [
      ...faultsOf(nodes, source, field, known).map((fault) => errorAt(source, field, fault)),
      ...needs(template, field)
        .filter(([name]) => !isAlwaysThere(nodes, name))
        .map(([name, why]) => needed(field, name, why)),
    ]
  } catch (error) {
    if (error instanceof TemplateFault) return [errorAt(source, field, error)]
    throw error
  }
}

/** What is wrong with a template, by member and place: faults of its tags, wrong variables, and what it must have. */
export const checkSource = (template: TemplateName, source: Source): FieldError[] => {
  const known = variablesOf(template, 'en')
  const errors = [...errorsOf(template, source, 'subject', known), ...errorsOf(template, source, 'text', known)]
  return withNames(errors, known)
}

/** Whether mail programs may show the mails of a ticket as several threads because of this subject. */
export const splitsThread = (template: TemplateName, { subject }: Source): boolean =>
  isAboutTicket(template) && subject !== builtInSource(template, 'en').subject
