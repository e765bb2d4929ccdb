import type { App } from '../../src/platform/app-context.ts'

/** Hashes each password once, because all people of the demo share one, and hashing it 25 times would take seconds. */
export const hashingOnce = (app: App): App => {
  const known = new Map<string, Promise<string>>()
  const hash = (password: string): Promise<string> => {
    const hashed = known.get(password) ?? app.passwords.hash(password)
    known.set(password, hashed)
    return hashed
  }
  return { ...app, passwords: { ...app.passwords, hash } }
}
