import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { TicketPages } from './ticket-pages.svelte.ts'

type Status = components['schemas']['TicketStatus']
type Count = components['schemas']['StatusCount']

export const views = ['open', 'solved', 'all'] as const
export type View = (typeof views)[number]

export const viewOf = (text: string | null): View => views.find((view) => view === text) ?? 'open'

const withUs: Status[] = ['new', 'assigned', 'in_progress']
const statusesOf: Record<View, readonly Status[]> = {
  open: [...withUs, 'waiting'],
  solved: ['resolved', 'closed'],
  all: [...withUs, 'waiting', 'resolved', 'closed'],
}

/** A part of the list with a heading. */
export interface Group {
  name: 'yourTurn' | 'withUs' | null
  pages: TicketPages
}

/** The parts of a view. `q`: words that the tickets have. */
export const groupsOf = (view: View, q: string): Group[] => {
  const common = { sort: '-updated_at', ...(q === '' ? {} : { q }) } as const
  if (view === 'all') return [{ name: null, pages: new TicketPages(common) }]
  if (view === 'solved') {
    return [{ name: null, pages: new TicketPages({ ...common, status: [...statusesOf.solved] }) }]
  }
  return [
    { name: 'yourTurn', pages: new TicketPages({ ...common, status: ['waiting'] }) },
    { name: 'withUs', pages: new TicketPages({ ...common, status: withUs }) },
  ]
}

/** How many tickets of some statuses there are, as people read it. */
export const countOf = (counts: readonly Count[] | null, statuses: readonly Status[]): string => {
  if (counts === null) return ''
  const found = counts.filter(({ value }) => statuses.includes(value))
  const sum = found.reduce((total, { count }) => total + count, 0)
  return found.some(({ at_least }) => at_least) ? `${sum}+` : String(sum)
}

export const countOfView = (counts: readonly Count[] | null, view: View): string => countOf(counts, statusesOf[view])

/** How many tickets of each status there are; null when the answer does not come. */
export const readCounts = async (q: string): Promise<Count[] | null> => {
  const query = q === '' ? {} : { q }
  const answer = await answerOf(api.GET('/tickets/counts', { params: { query } }))
  return answer.ok ? (answer.data.counts.status ?? null) : null
}
