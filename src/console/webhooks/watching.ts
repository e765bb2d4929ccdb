import { live } from '../live/live.svelte.ts'

/** How long after news a webhook is read again: its delivery takes a moment. */
const afterMs = 2_000
const everyMs = 15_000

/**
 * Reads again soon after something happened in the desk, because each event is sent to webhooks, and now and then while
 * the page is seen, because a receiver may come back at any time. Answers with what ends it.
 */
export const watchDeliveries = (read: () => void): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      read()
    }, afterMs)
  }
  const often = setInterval(() => {
    if (document.visibilityState === 'visible') read()
  }, everyMs)
  const ends = [live.on(soon), live.onCatchUp(read)]
  return () => {
    clearTimeout(timer)
    clearInterval(often)
    for (const end of ends) end()
  }
}
