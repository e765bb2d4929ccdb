import { nameHere } from '../lib/base.ts'
import { router, setQuery } from '../lib/router.svelte.ts'

/** The paths that mails link to with a token. */
const linkPaths = ['/password/reset', '/invitation', '/email/confirm', '/registration/confirm']

const keyOf = (path: string): string => nameHere(`counterdesk.link ${path}`)

/** The tokens of this page, for browsers without storage. */
const held = new Map<string, string>()

/**
 * Takes the token of a mailed link out of the address at once, so that no history, no picture of the screen and no
 * `Referer` has it. A reload finds it again in this tab, until the link is used.
 */
export const hideLinkToken = (): void => {
  const token = router.query.get('token')
  if (token === null || !linkPaths.includes(router.path)) return
  held.set(router.path, token)
  try {
    sessionStorage.setItem(keyOf(router.path), token)
  } catch {
    // Then a reload needs the mail again.
  }
  setQuery({ token: null })
}

/** The token with which a screen was opened; empty without one. */
export const linkTokenOf = (path: string): string => {
  try {
    return held.get(path) ?? sessionStorage.getItem(keyOf(path)) ?? ''
  } catch {
    return ''
  }
}

/** The link is used up, or over. */
export const forgetLinkToken = (path: string): void => {
  held.delete(path)
  try {
    sessionStorage.removeItem(keyOf(path))
  } catch {
    // Nothing was kept.
  }
}
