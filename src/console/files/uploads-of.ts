import { placeOf } from '../lib/kept-texts.ts'
import { Uploads } from './uploads.svelte.ts'

/** More than anybody has on their screens. */
const atMost = 60
const known = new Map<string, Uploads>()

/** Keeps a list for this window, so that a file goes on travelling while its person looks at another screen. */
const remember = (place: string, uploads: Uploads): Uploads => {
  // The last one asked for stands at the end, so what is on the screen is not forgotten.
  known.delete(place)
  known.set(place, uploads)
  for (const [other, { items }] of known) {
    if (known.size <= atMost) break
    if (items.length === 0 && other !== place) known.delete(other)
  }
  return uploads
}

/** The files of a ticket that this tab has, or those that had arrived before a reload. `kind` as in `Uploads`. */
export const uploadsOf = (ticketId: string, kind: string): Uploads => {
  const place = placeOf(ticketId, kind)
  return remember(place, known.get(place) ?? new Uploads(ticketId, kind))
}

/** The kind of the files that came with a ticket: no message carries them. */
export const withTicket = 'raised'

/** The ticket of these files is there: they begin to travel, and its page shows them. */
export const handOver = (uploads: Uploads, ticketId: string): void => {
  uploads.begin(ticketId)
  if (uploads.items.length > 0) remember(placeOf(ticketId, withTicket), uploads)
}
