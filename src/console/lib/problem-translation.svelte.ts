import { language } from './preferences.svelte.ts'

/** Sentences by the code of a problem, of what is odd about a success, and of a field. */
export interface ProblemWords {
  sentences: Record<string, string>
  warnings: Record<string, string>
  fields: Record<string, string>
}

let german = $state.raw<ProblemWords | null>(null)

/** The words of the reader's language; null for English, and until they have arrived. */
export const translated = (): ProblemWords | null => (language() === 'de' ? german : null)

/**
 * Loads the words of the reader's language, a part of the program of their own. They are loaded before they are needed,
 * because the first problem may be that the program is not reached.
 */
export const startProblemWords = (): void => {
  $effect.root(() => {
    $effect(() => {
      if (language() !== 'de' || german) return
      // Until a part that is missing is there again, problems are told in English.
      void import('./problem-words.de.ts')
        .then((loaded) => {
          german = loaded.problemWords
        })
        .catch(() => {})
    })
  })
}
