import { shownName } from './shown-name.ts'

/** What the screens that are there call themselves: a ticket stands after the list that it is beside. */
const names = new Map<object, string>()
// What is read of state while a component goes is its value of before, so the names are none.
let changed = $state.raw({})

/** What the title of the page has: the screen, and in front how much is unread. */
export const title = $state({
  unread: 0,
  get screen(): string {
    return (changed && [...names.values()].at(-1)) ?? ''
  },
})

/** Names the screen in the title of the page, as long as the component is there. Of two the inner one names it. */
export const useTitle = (name: () => string): void => {
  const by = {}
  // Before the parts of the component are made, so that theirs come after it.
  $effect.pre(() => {
    names.set(by, name())
    changed = {}
  })
  $effect(() => () => {
    names.delete(by)
    changed = {}
  })
}

/** The title as the browser shows it: `(3) Sign in · Harbour Works`. `desk`: the name of the organisation. */
export const wholeTitle = (screen: string, unread: number, desk: string): string =>
  (unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : '') + shownName(screen === '' ? desk : `${screen} · ${desk}`)
