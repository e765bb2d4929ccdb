import type { Problem } from '../api/calls.ts'
import { catalogue } from './catalogue.svelte.ts'
import { waitSentence } from './wait-words.ts'

/** What people read for the codes of refusals. A code that is not here has the words of the API. */
const sentences = catalogue({
  en: {
    offline: 'The helpdesk cannot be reached. What you typed stays here; try again in a moment.',
    unknown: 'Something went wrong here. Try again in a moment.',
    invalid_credentials: 'That name and password do not match.',
    unavailable: 'The helpdesk has no connection to its database right now. Try again in a moment.',
    internal_error: 'Something went wrong here. Try again; if it stays so, tell the people who run this desk.',
  },
  de: {
    offline: 'Der Helpdesk ist nicht zu erreichen. Was Sie geschrieben haben, bleibt hier; versuchen Sie es gleich noch einmal.',
    unknown: 'Hier ist etwas schiefgegangen. Versuchen Sie es gleich noch einmal.',
    invalid_credentials: 'Dieser Name und dieses Passwort passen nicht zusammen.',
    unavailable: 'Der Helpdesk hat gerade keine Verbindung zu seiner Datenbank. Versuchen Sie es gleich noch einmal.',
    internal_error: 'Hier ist etwas schiefgegangen. Wenn es so bleibt, sagen Sie es den Leuten, die den Helpdesk betreiben.',
  },
})

/** A sentence for people: by the code, else what the API says. */
export const sentenceOf = (problem: Problem): string => {
  const known: Record<string, string> = sentences()
  return waitSentence(problem) ?? known[problem.code] ?? (problem.detail || problem.title || sentences().unknown)
}

/** What is wrong with a field, or null. The API names a field as its member. */
export const wrongOf = (problem: Problem | null, field: string): string | null =>
  problem?.errors.find((error) => error.field === field)?.message ?? null

/** Puts the focus on the first field of a form that was refused. */
export const focusFirstWrong = (form: HTMLElement): void => {
  queueMicrotask(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
}
