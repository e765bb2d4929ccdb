import type { Problem } from '../api/calls.ts'
import { type ProblemWords, translated } from './problem-translation.svelte.ts'
import { problemWords as english } from './problem-words.en.ts'
import { waitSentence } from './wait-words.ts'

const present = (): ProblemWords => translated() ?? english

/** A sentence for people about a problem. */
export const sentenceOf = (problem: Problem): string => {
  const { sentences } = present()
  const known = waitSentence(problem) ?? sentences[problem.code]
  if (known !== undefined) return known
  return problem.detail || problem.title || sentences.unknown || ''
}

/** A sentence for people about something odd that succeeded. */
export const warningSentence = ({ code, detail }: { code: string; detail: string }): string =>
  present().warnings[code] ?? detail

/** What is wrong with a field, as a sentence; null when nothing is. The API names a field as its member. */
export const wrongOf = (problem: Problem | null, field: string): string | null => {
  const error = problem?.errors.find((wrong) => wrong.field === field)
  if (!error) return null
  const known = present().fields[error.code ?? '']
  if (known === undefined) return `${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`
  // The bound stands in the message of the API: `must be at most 200 characters`.
  const number = /\d[\d,]*/.exec(error.message)?.[0]
  return number === undefined ? known.replace(/ \(.*?\)/, '') : known.replace('#', number)
}

/** Puts the focus on the first field of a form that was refused. */
export const focusFirstWrong = (form: HTMLElement): void => {
  setTimeout(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
