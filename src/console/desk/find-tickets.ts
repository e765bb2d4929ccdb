import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'

export type FoundTicket = components['schemas']['ListedTicket']

/** Tickets by number or words; without any, those that changed last. `more`: other filters of the list. */
export const findTickets = async (typed: string, more: { customer_id?: string } = {}): Promise<FoundTicket[]> => {
  const order = typed === '' ? { sort: '-updated_at' as const } : { q: typed }
  const answer = await answerOf(api.GET('/tickets', { params: { query: { limit: 12, ...order, ...more } } }))
  return answer.ok ? answer.data.tickets : []
}
