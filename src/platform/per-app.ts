import type { App } from './app-context.ts'

/** What each application has one of: made at its first use, and gone with the application. */
export const perApp = <T>(make: (app: App) => T): ((app: App) => T) => {
  const made = new WeakMap<App, T>()
  return (app) => {
    const known = made.get(app)
    if (known !== undefined) return known
    const fresh = make(app)
    made.set(app, fresh)
    return fresh
  }
}
