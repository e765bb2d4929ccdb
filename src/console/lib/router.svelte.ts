import { basePath, link } from './base.ts'

export { link }

/** What a screen keeps in the history beside its address, such as the row that was chosen. */
type Kept = Record<string, unknown>

const pathNow = (): string => {
  const { pathname } = location
  const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length - 1) : pathname
  return path.length > 1 ? path.replace(/\/+$/, '') : path
}

/** Where the console is. Reading it in a component makes the component follow. */
export const router = $state({
  path: pathNow(),
  search: location.search,
  kept: (history.state ?? {}) as Kept,
  get query(): URLSearchParams {
    return new URLSearchParams(this.search)
  },
})

/** The address of the screen, for `next` after the sign-in: path and query. */
export const hereNow = (): string => router.path + router.search

let hasMoved = false
/** Whether somebody has gone to another screen since the page was loaded: then the focus has to go along. */
export const wasMoved = (): boolean => hasMoved

const look = (): void => {
  hasMoved ||= pathNow() !== router.path
  router.path = pathNow()
  router.search = location.search
  router.kept = (history.state ?? {}) as Kept
}

/**
 * Goes to a path of the console, such as `/tickets/TKT0001?view=mine`. `replace`: without a new step in the history.
 */
export const go = (path: string, { replace = false, state = {} }: { replace?: boolean; state?: Kept } = {}): void => {
  if (replace) history.replaceState(state, '', link(path))
  else {
    history.pushState(state, '', link(path))
    steps++
  }
  look()
}

/** How many steps this tab has made within the console. */
let steps = 0

/** Goes back, or to `otherwise` where the tab began on this screen. */
export const goBack = (otherwise: string): void => {
  if (steps > 0) history.back()
  else go(otherwise)
}

/** Changes parameters of the address and stays on the screen; null takes one away. */
export const setQuery = (changes: Record<string, string | null>, { replace = true } = {}): void => {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name)
    else query.set(name, value)
  }
  const search = query.size === 0 ? '' : `?${query}`
  go(router.path + search, { replace, state: { ...router.kept } })
}

/** Keeps something with the present entry of the history, so that going back finds it. */
export const keep = (state: Kept): void => {
  history.replaceState({ ...history.state, ...state }, '')
}

/** A click on a link within the console changes the screen without loading the page again. */
const onClick = (event: MouseEvent): void => {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  ) {
    return
  }
  const anchor = (event.target as Element | null)?.closest?.('a[href]')
  if (!(anchor instanceof HTMLAnchorElement) || anchor.target !== '' || anchor.hasAttribute('download')) return
  const { origin, pathname, search, hash } = anchor
  if (origin !== location.origin || !pathname.startsWith(basePath)) return
  const path = pathname.slice(basePath.length - 1)
  // What is below `/t` is another desk, whose page has a session of its own.
  if (/^\/(?:api|unsubscribe|t)(?:\/|$)/.test(path)) return
  if (hash !== '' && path === router.path && search === router.search) return
  event.preventDefault()
  go(path + search)
}

/** Begins to follow clicks and the buttons of the browser. */
export const startRouter = (): void => {
  addEventListener('popstate', look)
  document.addEventListener('click', onClick)
}
