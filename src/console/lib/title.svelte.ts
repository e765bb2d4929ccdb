import { untrack } from 'svelte'
import { shownName } from './shown-name.ts'

/** What the title of the page has: the screen, and in front how much is unread. */
export const title = $state({ screen: '', unread: 0 })

/** Names the screen in the title of the page, as long as the component is there. */
export const useTitle = (name: () => string): void => {
  $effect(() => {
    const own = name()
    title.screen = own
    return () => {
      // The next screen may have named itself already.
      if (untrack(() => title.screen) === own) title.screen = ''
    }
  })
}

/** The title as the browser shows it: `(3) Sign in · Counterdesk`. */
export const wholeTitle = (screen: string, unread: number): string =>
  (unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : '') +
  (screen === '' ? 'Counterdesk' : `${shownName(screen)} · Counterdesk`)
