/** What an organisation may speak, its usual language first. */
export const languageSets = ['en,de', 'de,en', 'en', 'de'] as const
export type LanguageSet = (typeof languageSets)[number]

/** The set that a text names; null for another text. */
export const languageSetOf = (text: string): LanguageSet | null => languageSets.find((set) => set === text) ?? null

/** The languages of a set, as the API takes them. */
export const languagesOf = (set: LanguageSet): ('de' | 'en')[] =>
  set.split(',').map((one) => (one === 'de' ? 'de' : 'en'))
