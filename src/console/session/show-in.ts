import { prefer, preferences } from '../lib/preferences.svelte.ts'

/** Shows the console in the language of a person's account, unless this browser was told another one. */
export const showIn = (language: string | null): void => {
  if (preferences.language !== null) return
  if (language === 'en' || language === 'de') prefer({ language })
}
