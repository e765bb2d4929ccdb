import type { Name, Outcome } from './merge-actions.ts'

interface Said {
  text: string
  isInternal: boolean
}

export interface TicketState {
  customer: Name
  category: string
  technician: Name | null
  status: string
  mergedInto: number | null
  /** Whether the merge of this ticket reopened its target. */
  reopened: boolean
  /** Who watches the ticket; true: because of its merge. */
  watchers: Map<Name, boolean>
  said: Said[]
}

export const isOpen = (status: string): boolean => status !== 'resolved' && status !== 'closed'
export const done: Outcome = [200, '']
export const refused = (code: string): Outcome => [422, code]
export const forbidden: Outcome = [403, 'forbidden']
export const unseen: Outcome = [404, 'ticket_not_found']
