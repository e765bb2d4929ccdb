import { isLive } from './arbitraries.ts'

/**
 * The names in a path, as text. What belongs to a ticket is known as `TKT0001/its id`: its ticket takes the place of the
 * one that was drawn, unless that one is meant to be wrong.
 */
export const pathOf = (drafted: Record<string, unknown>, text: (value: unknown) => string): Record<string, string> => {
  const path: Record<string, string> = {}
  for (const [name, value] of Object.entries(drafted)) {
    const written = text(value) || ' '
    const [ticketId = '', ...own] = isLive(value) ? written.split('/') : []
    path[name] = own.length === 0 ? written : own.join('/')
    if (own.length > 0 && isLive(drafted.ticketId)) path.ticketId = ticketId
  }
  return path
}
