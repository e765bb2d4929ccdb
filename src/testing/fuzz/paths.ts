import { isLive } from './arbitraries.ts'

/** What belongs to a ticket is known as `TKT0001/its id`; here are the two apart. */
const ofTicket = /^(TKT\d+)\/(.+)$/

/** A body that names what belongs to a ticket, and that ticket. */
export const bodyOf = (filled: unknown): { json: unknown; ticketId: string | null } => {
  let ticketId: string | null = null
  const json = JSON.parse(JSON.stringify(filled ?? null), (_, value: unknown) => {
    const [, ticket, own] = (typeof value === 'string' && ofTicket.exec(value)) || []
    ticketId = ticket ?? ticketId
    return own ?? value
  })
  return { json, ticketId }
}

/**
 * The names in a path, as text. The ticket of what belongs to one, there or in the body, takes the place of the one that
 * was drawn, unless that one is meant to be wrong.
 */
export const pathOf = (
  drafted: Record<string, unknown>,
  text: (value: unknown) => string,
  ticketOfBody: string | null,
): Record<string, string> => {
  const path: Record<string, string> = {}
  for (const [name, value] of Object.entries(drafted)) {
    const written = text(value) || ' '
    const [ticketId = '', ...own] = isLive(value) ? written.split('/') : []
    path[name] = own.length === 0 ? written : own.join('/')
    if (own.length > 0 && isLive(drafted.ticketId)) path.ticketId = ticketId
  }
  if (ticketOfBody !== null && isLive(drafted.ticketId)) path.ticketId = ticketOfBody
  return path
}
