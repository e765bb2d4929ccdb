import { untrack } from 'svelte'
import type { KnownTicket } from '../live/tickets.svelte.ts'
import type { Properties } from './properties.svelte.ts'

/**
 * The ticket as it was when a question was opened, so that a change of somebody else meanwhile is met and not passed
 * over. Whoever has seen both values of a conflict, and goes back to the question, chooses from the present value.
 */
export const readAtOpening = (properties: Properties, known: () => KnownTicket): { readonly now: KnownTicket } => {
  let read = $state.raw(untrack(known))
  let hadConflict = false
  $effect(() => {
    const hasConflict = properties.state.conflict !== null
    if (hadConflict && !hasConflict) read = untrack(known)
    hadConflict = hasConflict
  })
  return {
    get now() {
      return read
    },
  }
}
