/** Where the browser names no country that speaks the language: the day before the month, and 24 hours. */
const usual = { en: 'en-GB', de: 'de-DE' }

/** The first tag of the browser in a language, such as `en-US`; else the usual one. */
export const tagFor = (language: 'en' | 'de', tags: readonly string[]): string =>
  tags.find((tag) => new RegExp(`^${language}\\b`, 'i').test(tag)) ?? usual[language]
