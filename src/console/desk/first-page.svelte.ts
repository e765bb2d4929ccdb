import { answerOf, api, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'
import { openStatuses } from '../tickets/scales.ts'

type Counts = components['schemas']['TicketCounts']['counts']

/** How many days the first page looks back, today with them. */
export const pastDays = 14

/** Counts again while things happen, but not more often than this. */
const pauseMs = 10_000

/** A day that is counted by itself, with the list behind it. */
export interface CountedDay {
  day: string
  created: number
  resolved: number
}

/** The numbers of the first page, which follow what happens. `zone`: in which days begin and end. */
export const firstPageOf = (zone: string) => {
  let open = $state.raw<Counts | null>(null)
  let past = $state.raw<Counts | null>(null)
  let problem = $state.raw<Problem | null>(null)
  let more = $state.raw<readonly string[]>([])

  const read = async (): Promise<void> => {
    const by = ['status', 'priority', 'category', 'technician'] as const
    const [now, days] = await Promise.all([
      answerOf(api.GET('/tickets/counts', { params: { query: { by: [...by], status: [...openStatuses] } } })),
      answerOf(
        api.GET('/tickets/counts', {
          params: { query: { by: ['raised_day', 'resolved_day'], last_days: pastDays, zone } },
        }),
      ),
    ])
    problem = now.ok ? (days.ok ? null : days.problem) : now.problem
    if (now.ok) [open, more] = [now.data.counts, now.data.more]
    if (days.ok) past = days.data.counts
  }

  return {
    get open() {
      return open
    },
    get problem() {
      return problem
    },
    /** What has more groups than are counted. */
    get more() {
      return more
    },
    get days(): CountedDay[] | null {
      if (past === null) return null
      const resolved = new Map((past.resolved_day ?? []).map(({ value, count }) => [value, count]))
      return (past.raised_day ?? []).map(({ value, count }) => ({
        day: value,
        created: count,
        resolved: resolved.get(value) ?? 0,
      }))
    },
    read,
    /** Reads now, and again while things happen. */
    follow(): () => void {
      let timer: ReturnType<typeof setTimeout> | undefined
      const soon = (): void => {
        timer ??= setTimeout(() => {
          timer = undefined
          void read()
        }, pauseMs)
      }
      void read()
      const ends = [live.on((event) => event.type.startsWith('ticket.') && soon()), live.onCatchUp(soon)]
      return () => {
        clearTimeout(timer)
        for (const end of ends) end()
      }
    },
  }
}

/** The list behind the tickets that were created, or resolved, on some days. */
export const listOfDays = (time: 'raised' | 'resolved', from: string, to: string, zone: string): string =>
  `/tickets?${new URLSearchParams({
    view: 'all',
    status: 'any',
    sort: `-${time}_date`,
    [`${time}_from`]: from,
    [`${time}_to`]: to,
    zone,
  })}`

/** The list behind the open tickets of a group. */
export const listOf = (name: 'status' | 'priority' | 'technician' | 'category', value: string): string =>
  `/tickets?${new URLSearchParams({ view: 'all', [name]: value })}`
