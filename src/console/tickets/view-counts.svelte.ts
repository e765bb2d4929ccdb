import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'
import { openStatuses } from '../tickets/scales.ts'
import type { View } from './queue-query.ts'

export type ViewCount = components['schemas']['ViewCount']

let counts = $state.raw<Partial<Record<View, ViewCount>>>({})

/** The open tickets of each list of the staff; undefined until they are counted. */
export const openIn = (view: View): ViewCount | undefined => counts[view]

/** A count as it is written: `12`, or `10,000+`. */
export const countText = ({ count, at_least }: { count: number; at_least: boolean }, language: string): string =>
  `${count.toLocaleString(language)}${at_least ? '+' : ''}`

const count = async (): Promise<void> => {
  const query = { by: ['view' as const], status: [...openStatuses] }
  const answer = await answerOf(api.GET('/tickets/counts', { params: { query } }))
  if (answer.ok) counts = Object.fromEntries((answer.data.counts.view ?? []).map((entry) => [entry.value, entry]))
}

/** Many changes at once are counted once. */
const pauseMs = 1_500

/** Counts now, and again whenever something happened to tickets, until the returned function is called. */
export const followCounts = (): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      void count()
    }, pauseMs)
  }
  void count()
  const ends = [
    live.on((event) => {
      if (event.type.startsWith('ticket.')) soon()
    }),
    live.onCatchUp(soon),
  ]
  return () => {
    clearTimeout(timer)
    counts = {}
    for (const end of ends) end()
  }
}
