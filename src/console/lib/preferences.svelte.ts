import { tagFor } from './language-tag.ts'

/** What a person chose for this browser. */
export interface Preferences {
  theme: 'system' | 'light' | 'dark'
  density: 'cosy' | 'compact'
  /** Null: as the browser. */
  language: 'en' | 'de' | null
  /** Whether single keys do something (WCAG 2.2, 2.1.4). */
  singleKeys: boolean
}

/** The same name is read by `public/first-paint.js`, before this module is there. */
const place = 'counterdesk.preferences'

const usual: Preferences = { theme: 'system', density: 'cosy', language: null, singleKeys: true }

const read = (): Preferences => {
  try {
    return { ...usual, ...JSON.parse(localStorage.getItem(place) ?? '{}') }
  } catch {
    return { ...usual }
  }
}

/** The preferences of this browser. Change them with `prefer`. */
export const preferences: Preferences = $state(read())

/** The language of the console. */
export const language = (): 'en' | 'de' => preferences.language ?? (/^de\b/i.test(navigator.language) ? 'de' : 'en')

/** The tag by which times and numbers are written: the way of the reader's country, in the language of the console. */
export const languageTag = (): string => tagFor(language(), navigator.languages)

const show = (): void => {
  const root = document.documentElement
  if (preferences.theme === 'system') delete root.dataset.theme
  else root.dataset.theme = preferences.theme
  if (preferences.density === 'compact') root.dataset.density = 'compact'
  else delete root.dataset.density
  root.lang = language()
}

/** Changes preferences, shows them at once and keeps them for the next visit. */
export const prefer = (changes: Partial<Preferences>): void => {
  Object.assign(preferences, changes)
  show()
  try {
    localStorage.setItem(place, JSON.stringify(preferences))
  } catch {
    // Without storage they last as long as the page.
  }
}

/** Follows the preferences that another tab of the browser changes. */
export const startPreferences = (): void => {
  show()
  addEventListener('storage', ({ key }) => {
    if (key !== place) return
    Object.assign(preferences, read())
    show()
  })
}
