import { answerOf, api } from '../api/calls.ts'
import { title } from '../lib/title.svelte.ts'
import { live } from './live.svelte.ts'

interface Count {
  unread: number
  unread_is_exact: boolean
}

/** How many notifications are unread. `arrived` grows when there may be new ones. */
export const unread = $state({ count: 0, isExact: true, arrived: 0 })

/** The number as people read it; empty for none. */
export const unreadText = (): string =>
  unread.count === 0 ? '' : !unread.isExact || unread.count > 99 ? '99+' : String(unread.count)

/** Takes a number that the program told. */
export const takeUnread = (count: Count): void => {
  if (count.unread > unread.count) unread.arrived++
  unread.count = count.unread
  unread.isExact = count.unread_is_exact
  title.unread = count.unread
}

const read = async (): Promise<void> => {
  const answer = await answerOf(api.GET('/notifications', { params: { query: { limit: 1, unread: true } } }))
  if (answer.ok) takeUnread(answer.data)
}

/** Follows how many are unread, from after the first screen on. */
export const startUnread = (): (() => void) => {
  const timer = setTimeout(() => void read(), 600)
  const ends = [live.onPassing<Count>('notifications.unread', takeUnread), live.onCatchUp(() => void read())]
  return () => {
    clearTimeout(timer)
    for (const end of ends) end()
    takeUnread({ unread: 0, unread_is_exact: true })
  }
}
