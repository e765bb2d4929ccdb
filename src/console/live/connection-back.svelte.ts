import { untrack } from 'svelte'
import { live } from './live.svelte.ts'

/** Calls the function when the connection is there again, as long as the component is. */
export const whenBack = (run: () => void): void => {
  let wasGone = false
  $effect(() => {
    const isThere = live.state === 'live'
    if (isThere && wasGone) untrack(run)
    wasGone = !isThere
  })
}
