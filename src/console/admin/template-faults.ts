import type { Problem } from '../api/calls.ts'
import type { words } from './mail-templates.words.ts'

type Words = ReturnType<typeof words>

/** A sentence about one fault of a template, with its place; null for a fault of another kind. */
const sentenceOf = ({ code, message }: Problem['errors'][number], w: Words): string | null => {
  const [, line, column] = /line (\d+), column (\d+)/.exec(message) ?? []
  const place = line === undefined || column === undefined ? '' : w.at(line, column)
  if (code === 'template_syntax') return `${place}${w.faults.template_syntax}`
  if (code === 'variable_needed') return w.faults.variable_needed(/\{\{(\w+)\}\}/.exec(message)?.[1] ?? '')
  const [, after = ''] = /column \d+: (.*)$/s.exec(message) ?? []
  if (code === 'unknown_variable') {
    const [, name = '', , meant] = /^there is no variable (\w+)(; did you mean (\w+)\?)?/.exec(after) ?? []
    return `${place}${w.faults.unknown_variable(name)}${meant === undefined ? '' : ` ${w.faults.meant(meant)}`}`
  }
  const [name = ''] = /^\w+/.exec(after) ?? []
  if (code === 'condition_shown' || code === 'block_misplaced') return `${place}${w.faults[code](name)}`
  return null
}

/**
 * What stands at the subject and at the text of a template that was refused. `others`: what every form says of its
 * fields.
 */
export const templateFaults = (
  problem: Problem | null,
  others: Record<string, string>,
  w: Words,
): Record<string, string> => {
  const wrong = { ...others }
  for (const error of [...(problem?.errors ?? [])].reverse()) {
    const sentence = sentenceOf(error, w)
    if (sentence !== null) wrong[error.field] = sentence
  }
  return wrong
}
