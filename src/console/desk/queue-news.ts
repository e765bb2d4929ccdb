import { live } from '../live/live.svelte.ts'
import type { FeedEvent } from '../live/messages.ts'
import { type Ticket, tickets } from '../live/tickets.svelte.ts'
import { isInList, needsProgram } from '../tickets/queue-query.ts'
import { queue } from './queue.svelte.ts'

/** News that come one upon the other are looked at together. */
const gatherMs = 150
const pauseMs = 1_000
/** Before what could not be read is asked for again. */
const failedMs = 5_000
/** From so many tickets on the list is read again at once, and not each ticket. */
const oneByOne = 6

/** Tickets that something happened to, with the version that the event made. */
const touched = new Map<string, number | null>()

const readOne = async (id: string, version: number | null): Promise<Ticket | null> => {
  const known = tickets.peek(id)
  if (known && version !== null && known.ticket.version >= version) return known.ticket
  const answer = await tickets.read(id)
  if (answer.ok) return answer.data.ticket
  if (answer.problem.code === 'ticket_not_found') queue.lose(id)
  else touched.set(id, version)
  return null
}

/** Reads the beginning of the list again: rows take their new values, and what was not there is news. */
const readList = async (heard: ReadonlyMap<string, number | null>): Promise<Set<string>> => {
  const { query } = queue
  if (query === null) return new Set()
  const answer = await queue.read(query, 100)
  if (query !== queue.query) return new Set()
  if (!answer.ok) {
    for (const [id, version] of heard) touched.set(id, version)
    return new Set()
  }
  queue.update(answer.data.tickets)
  const ids = answer.data.tickets.map(({ ticket_id }) => ticket_id)
  // Of a list that goes on, what moved up from behind the rows is no news.
  if (queue.cursor === null) queue.addNews(ids)
  else queue.addNews(ids.slice(0, queue.rows.length).filter((id) => heard.has(id)))
  return new Set(ids)
}

const look = async (me: string): Promise<void> => {
  const { query } = queue
  if (query === null || queue.isLoading) return
  // What is heard from here on is looked at the next time, and what cannot be read as well.
  const all = [...touched]
  touched.clear()
  const isMany = all.length > oneByOne
  const asksList = isMany || (needsProgram(query) && all.some(([id]) => !queue.has(id)))
  const seen = asksList ? await readList(new Map(all)) : new Set<string>()
  const rest = all.filter(([id]) => !seen.has(id) && (queue.has(id) || !asksList)).slice(0, 20)
  const read = await Promise.all(rest.map(([id, version]) => readOne(id, version)))
  const found = read.filter((ticket) => ticket !== null)
  queue.update(found.filter(({ ticket_id }) => queue.has(ticket_id)))
  if (!needsProgram(query) && query === queue.query) {
    queue.addNews(found.filter((ticket) => isInList(query, ticket, me)).map(({ ticket_id }) => ticket_id))
  }
}

/**
 * Keeps the list true while things happen: rows change in place, and what came into the list is counted as news. `me`:
 * the account of the person.
 */
export const followNews = (me: string): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let lookedAt = 0
  let isOver = false
  const soon = (): void => {
    if (timer !== undefined || isOver) return
    const wait = Math.max(gatherMs, lookedAt + pauseMs - Date.now())
    timer = setTimeout(async () => {
      lookedAt = Date.now()
      const before = touched.size
      await look(me)
      // The list was still being read, or the program could not be asked.
      if (touched.size > 0 && touched.size >= before && !queue.isLoading) lookedAt += failedMs
      timer = undefined
      if (touched.size > 0) soon()
    }, wait)
  }
  const hear = (event: FeedEvent): void => {
    const id = event.type === 'ticket.hidden' ? String(event.details.ticket_id) : event.subject_id
    if (event.type === 'ticket.hidden' || event.type === 'ticket.deleted') queue.lose(id)
    else if (id.startsWith('TKT') && (queue.has(id) || event.type.startsWith('ticket.'))) {
      touched.set(id, event.subject_version)
      soon()
    }
  }
  const ends = [live.on(hear), live.onCatchUp(() => void readList(new Map(touched)))]
  return () => {
    isOver = true
    clearTimeout(timer)
    touched.clear()
    for (const end of ends) end()
  }
}
