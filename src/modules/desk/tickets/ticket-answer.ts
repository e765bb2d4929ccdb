import type { Ticket } from './tickets.schemas.ts'

/** The headers of an answer that is a ticket, for the API document. */
export const ETag = { ETag: 'The version, for If-Match.' }

/** Makes the answer that is a ticket: its version is the ETag. */
export const ticketAnswer = (status: number) => (ticket: Ticket) => ({
  status,
  body: ticket,
  headers: { ETag: `"${ticket.version}"` },
})
