import type { Problem } from '../api/calls.ts'
import { forPeople } from './for-people.ts'
import { type ProblemWords, translated } from './problem-translation.svelte.ts'
import { problemWords as english } from './problem-words.en.ts'
import { waitSentence } from './wait-words.ts'

const present = (): ProblemWords => translated() ?? english

/** A sentence for people about a problem. */
export const sentenceOf = (problem: Problem): string => {
  const { sentences } = present()
  const known = waitSentence(problem) ?? sentences[problem.code]
  if (known !== undefined) return known
  return forPeople(problem.detail, problem.title) || sentences.unknown || ''
}

/** A sentence for people about something odd that succeeded. */
export const warningSentence = ({ code, detail }: { code: string; detail: string }): string =>
  present().warnings[code] ?? forPeople(detail, '')

const noField = 'That is not possible here.'

/** What is wrong with a field, as a sentence; null when nothing is. The API names a field as its member. */
export const wrongOf = (problem: Problem | null, field: string): string | null => {
  const error = problem?.errors.find((wrong) => wrong.field === field)
  if (!error) return null
  const known = present().fields[error.code ?? '']
  if (known === undefined)
    return forPeople(`${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`, noField)
  // What is allowed stands in the message of the API: `must be at most 200 characters`, or a list after a colon.
  const number = /\d(?:[\d,]*\d)?(?:, \d+)*/.exec(error.message)?.[0]
  const list = /: (.+)$/.exec(error.message)?.[1]
  const [place, allowed] = known.includes('…') ? ['…', list] : ['#', number]
  return allowed === undefined ? known.replace(/ \(.*?\)/, '') : known.replace(place, () => allowed)
}

/** Puts the focus on the first field of a form that was refused. */
export const focusFirstWrong = (form: HTMLElement): void => {
  setTimeout(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
