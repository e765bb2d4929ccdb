import { type Answer, answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from './live.svelte.ts'

export type Ticket = components['schemas']['Ticket']

/** A ticket with the entity tag that a change of it sends as `If-Match`. */
export interface KnownTicket {
  ticket: Ticket
  etag: string
}

const atMost = 200
const known = new Map<string, KnownTicket>()
const watchers = new Map<string, Set<(ticket: KnownTicket | null) => void>>()

const tell = (id: string, ticket: KnownTicket | null): void => {
  for (const watcher of watchers.get(id) ?? []) watcher(ticket)
}

/** Forgets the ticket that was read longest ago and that nobody looks at. */
const forgetOldest = (): void => {
  for (const id of known.keys()) {
    if (watchers.has(id)) continue
    known.delete(id)
    return
  }
}

const take = (ticket: Ticket, etag: string | null): KnownTicket => {
  const before = known.get(ticket.ticket_id)
  if (before && before.ticket.version > ticket.version) return before
  const entry = { ticket, etag: etag ?? `"${ticket.version}"` }
  known.delete(ticket.ticket_id)
  known.set(ticket.ticket_id, entry)
  if (known.size > atMost) forgetOldest()
  tell(ticket.ticket_id, entry)
  return entry
}

/** What is being read now: who asks for the same ticket meanwhile gets the same answer. */
const reading = new Map<string, Promise<Answer<KnownTicket>>>()

const read = (id: string): Promise<Answer<KnownTicket>> => {
  const running = reading.get(id) ?? load(id).finally(() => reading.delete(id))
  reading.set(id, running)
  return running
}

const load = async (id: string): Promise<Answer<KnownTicket>> => {
  const answer = await answerOf(api.GET('/tickets/{ticketId}', { params: { path: { ticketId: id } } }))
  if (!answer.ok) {
    // Somebody has deleted it, or it is another one's now.
    if (answer.problem.status === 404 && known.delete(id)) tell(id, null)
    return answer
  }
  return { ...answer, data: take(answer.data, answer.etag) }
}

/** The tickets that this tab has read, by number and version, so that the next one is there before it is asked for. */
export const tickets = {
  /** What is known of a ticket, without a request. */
  peek: (id: string): KnownTicket | null => known.get(id) ?? null,
  /** Reads a ticket from the program; a reading that is on its way serves all who ask. */
  read,
  /** Takes a ticket that an answer had. An older version than the known one is passed over. */
  take,
  /** Calls the function whenever the ticket is read anew; null when the person does not see it any more. */
  watch(id: string, watcher: (ticket: KnownTicket | null) => void): () => void {
    const set = watchers.get(id) ?? new Set()
    watchers.set(id, set.add(watcher))
    return () => {
      set.delete(watcher)
      if (set.size === 0) watchers.delete(id)
    }
  },
  forget(): void {
    known.clear()
  },
}

/** Reads watched tickets again when something happened to them, and forgets others that have changed. */
export const startTickets = (): void => {
  live.on((event) => {
    const id = event.type === 'ticket.hidden' ? String(event.details.ticket_id) : event.subject_id
    if (event.type === 'ticket.hidden') {
      known.delete(id)
      tell(id, null)
      return
    }
    const have = known.get(id)
    // One that is looked at and is not there any more may come back.
    if (!have && !watchers.has(id)) return
    if (have && event.subject_version !== null && event.subject_version <= have.ticket.version) return
    if (watchers.has(id)) void load(id)
    else known.delete(id)
  })
  live.onCatchUp(() => {
    for (const id of known.keys()) if (!watchers.has(id)) known.delete(id)
    for (const id of watchers.keys()) void load(id)
  })
}
