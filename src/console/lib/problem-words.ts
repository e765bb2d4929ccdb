import type { Problem } from '../api/calls.ts'
import { type ProblemWords, translated } from './problem-translation.svelte.ts'
import { waitSentence } from './wait-words.ts'

/**
 * English: only where the API's own sentence would not help a person who never saw the API. All other problems say what
 * the API says.
 */
const english: ProblemWords = {
  sentences: {
    offline: 'The helpdesk cannot be reached. What you typed stays here; try again in a moment.',
    broken_answer: 'Something between here and the helpdesk answered in its place. Try again in a moment.',
    waited_long: 'It waited longer than a day, so look at it before it goes.',
    unknown: 'Something went wrong here. Try again in a moment.',
    invalid_credentials: 'That name and password do not match.',
    unavailable: 'The helpdesk cannot work right now. Try again in a moment.',
    internal: 'Something went wrong here. Try again; if it stays so, tell the people who run this desk.',
    rate_limited: 'That was too often in a short time. Wait a moment, then try again.',
    too_many_at_once: 'The helpdesk is busy with what you asked before. Try again in a moment.',
    request_in_progress: 'What you sent is being done already.',
    already_resolved: 'Somebody has resolved this ticket meanwhile, with another summary. Read it first.',
    stale_version: 'Somebody has changed this since you read it.',
    request_too_slow: 'The connection was too slow. Try again.',
    attachment_unavailable:
      'A file of this message is not kept any more. Change the message, and choose the file again.',
    storage_unavailable: 'Files cannot be kept right now. Try again in a moment.',
  },
  warnings: {
    category_without_technicians: 'No technician works on this category, so an admin has to assign the ticket.',
    draft_kept: 'What you have begun to write stays, so the text that was taken back is only in the history.',
  },
  fields: { missing: 'Fill this in.', common_password: 'This is one of the most common passwords.' },
}

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
