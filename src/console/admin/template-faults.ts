import type { Problem } from '../api/calls.ts'
import type { words } from './mail-templates.words.ts'

type Words = ReturnType<typeof words>

/** A sentence about one fault of a template, with its place; null for a fault of another kind. */
const sentenceOf = ({ code, message }: Problem['errors'][number], w: Words): string | null => {
  const [, line, column] = /line (\d+), column (\d+)/.exec(message) ?? []
  const place = line === undefined || column === undefined ? '' : w.at(line, column)
  if (code === 'template_syntax' || code === 'mail_too_long') return `${place}${w.faults[code]}`
  if (code === 'variable_needed') return w.faults.variable_needed(/\{\{(\w+)\}\}/.exec(message)?.[1] ?? '')
  const [, after = ''] = /column \d+: (.*)$/s.exec(message) ?? []
  if (code === 'unknown_variable') {
    const [, name = '', , meant] = /^there is no variable (\w+)(; did you mean (\w+)\?)?/.exec(after) ?? []
    return `${place}${w.faults.unknown_variable(name)}${meant === undefined ? '' : ` ${w.faults.meant(meant)}`}`
  }
  const [name = ''] = /^\w+/.exec(after) ?? []
  if (code === 'condition_shown' || code === 'block_misplaced' || code === 'block_repeated')
    return `${place}${w.faults[code](name)}`
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

/** A fault in what is typed: the line that it is in, and what of it is wrong. `at`: the characters before it. */
export interface FaultPlace {
  field: 'subject' | 'text'
  at: number
  before: string
  wrong: string
  after: string
  sentence: string
}

/** So many faults are shown at once. */
const shownAtMost = 10

const placeOf = (error: Problem['errors'][number], typed: string, w: Words): Omit<FaultPlace, 'field'>[] => {
  const [, line, column] = /line (\d+), column (\d+)/.exec(error.message) ?? []
  const sentence = sentenceOf(error, w)
  const lines = typed.split('\n')
  const found = line === undefined ? undefined : lines[Number(line) - 1]
  if (found === undefined || column === undefined || sentence === null) return []
  const start = Number(column) - 1
  const [wrong = ''] = /^\{\{\{?[^{}]*\}{0,3}|^.?/su.exec(found.slice(start)) ?? []
  const at = lines.slice(0, Number(line) - 1).join('\n').length + (line === '1' ? 0 : 1) + start
  return [{ at, before: found.slice(0, start), wrong, after: found.slice(start + wrong.length), sentence }]
}

/** Where the faults are in what is typed, in their order. */
export const placesOf = (problem: Problem | null, typed: { subject: string; text: string }, w: Words): FaultPlace[] =>
  (['subject', 'text'] as const)
    .flatMap((field) =>
      (problem?.errors ?? [])
        .filter((error) => error.field === field)
        .flatMap((error) => placeOf(error, typed[field], w).map((place) => ({ field, ...place }))),
    )
    .slice(0, shownAtMost)
