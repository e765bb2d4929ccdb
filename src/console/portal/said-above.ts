import type { Problem } from '../api/calls.ts'
import { live } from '../live/live.svelte.ts'

/** Whether a problem stands at the top of the page already: that there is no connection is said once. */
export const isSaidAbove = ({ code }: Problem): boolean => code === 'offline' && live.state === 'offline'
