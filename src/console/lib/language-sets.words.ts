import { catalogue } from './catalogue.svelte.ts'

/** What an organisation may speak, its usual language first, by the codes of the languages. */
export const words = catalogue({
  en: { en: 'English', de: 'German', 'en,de': 'English, then German', 'de,en': 'German, then English' },
  de: { en: 'Englisch', de: 'Deutsch', 'en,de': 'Englisch, dann Deutsch', 'de,en': 'Deutsch, dann Englisch' },
})
