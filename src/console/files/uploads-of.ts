import { Uploads } from './uploads.svelte.ts'

const known = new Map<string, Uploads>()

/** Keeps the lists that have something, so that a file goes on travelling while its person looks at another screen. */
const remember = (place: string, uploads: Uploads): Uploads => {
  for (const [name, one] of known) if (one.items.length === 0) known.delete(name)
  known.set(place, uploads)
  return uploads
}

/** The files of a ticket that this tab has, or those that had arrived before a reload. `kind` as in `Uploads`. */
export const uploadsOf = (ticketId: string, kind: string): Uploads => {
  const place = `${ticketId} ${kind}`
  return known.get(place) ?? remember(place, new Uploads(ticketId, kind))
}

/** The kind of the files that came with a ticket: no message carries them. */
export const withTicket = 'raised'

/** The ticket of these files is there: they begin to travel, and its page shows them. */
export const handOver = (uploads: Uploads, ticketId: string): void => {
  uploads.begin(ticketId)
  if (uploads.items.length > 0) remember(`${ticketId} ${withTicket}`, uploads)
}
