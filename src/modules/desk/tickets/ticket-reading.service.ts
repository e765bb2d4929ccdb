import type { App } from '../../../platform/app-context.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { readWithinQuota } from '../../identity/accounts/quotas.service.ts'

/** A call that shows tickets. */
interface Reading {
  app: App
  actor: User
  requestId: string
}

interface WithId {
  ticket_id: string
}

/**
 * Reads tickets for a request, and counts those that the answer shows. An answer about one ticket, such as its
 * comments, shows that ticket.
 * @throws AppError `quota_exceeded`; what `work` throws.
 */
export const showTickets = <T>(call: Reading, work: () => Promise<T>, idsIn: (result: T) => string[]): Promise<T> =>
  readWithinQuota(call.app, call, work, (result) => idsIn(result).map(numberOf))

/** Reads a page of tickets for a request. @throws AppError as `showTickets`. */
export const showPage = <T extends { rows: WithId[] }>(call: Reading, work: () => Promise<T>): Promise<T> =>
  showTickets(call, work, ({ rows }) => rows.map(({ ticket_id }) => ticket_id))

/** Reads something about one ticket for a request. @throws AppError as `showTickets`. */
export const showTicket = <T>(call: Reading & { params: { ticketId: string } }, work: () => Promise<T>): Promise<T> =>
  showTickets(call, work, () => [call.params.ticketId])
