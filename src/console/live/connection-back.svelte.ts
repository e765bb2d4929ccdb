import { untrack } from 'svelte'
import { live } from './live.svelte.ts'

/**
 * Calls the function when the connection is there, or there again, as long as the component is: to read what could not
 * be read. It is called soon after the page was opened, too, so ask first whether something failed. What was missed in
 * a gap comes by itself (`live.onCatchUp`).
 */
export const whenBack = (run: () => void): void => {
  let wasGone = false
  $effect(() => {
    const isThere = live.state === 'live'
    if (isThere && wasGone) untrack(run)
    wasGone = !isThere
  })
}
