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

/** The usual language of the tenant, for a browser whose languages the console does not speak. */
const ofTenant = $state({ language: 'en' as 'en' | 'de' })

/** The first language of the browser that the console speaks. */
const ofBrowser = (): 'en' | 'de' | null => {
  const known = navigator.languages.map((tag) => /^(?:de|en)\b/i.exec(tag)?.[0].toLowerCase()).find(Boolean)
  return known === 'de' || known === 'en' ? known : null
}

/** The language of the console: that which the person chose, else one of the browser, else that of the tenant. */
export const language = (): 'en' | 'de' => preferences.language ?? ofBrowser() ?? ofTenant.language

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

/** Follows the tenant where neither the person nor the browser says a language. */
export const followTenant = (usual: 'en' | 'de' | null): void => {
  if (usual === null) return
  ofTenant.language = usual
  show()
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
