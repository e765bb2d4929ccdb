import { isLive } from './arbitraries.ts'

/** What the first part of a known value names: a ticket, or a webhook. */
const owners = [
  { name: 'ticketId', form: /^TKT/ },
  { name: 'webhookId', form: /^WHK/ },
]

/** The id of a comment or a file is known as `TKT0001/<id>`, together with its ticket; this takes the two apart. */
const ofTicket = /^(TKT\d+)\/(.+)$/

/** A body with plain ids, and the ticket to which the named comments or files belong. */
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
 * The names in a path, as text. When the path or the body names a comment or a file, its ticket replaces the ticket
 * that was drawn, unless the drawn ticket is meant to be wrong.
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
    const owner = owners.find((of) => of.form.test(ticketId))
    if (own.length > 0 && owner !== undefined && isLive(drafted[owner.name])) path[owner.name] = ticketId
  }
  if (ticketOfBody !== null && isLive(drafted.ticketId)) path.ticketId = ticketOfBody
  return path
}
