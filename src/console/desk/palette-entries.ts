import { answerOf, api } from '../api/calls.ts'
import { fits } from '../lib/fold.ts'
import type { KeyAct } from '../lib/keys.svelte.ts'
import type { DirectoryEntry } from '../lib/people-directory.ts'
import { placesOf } from '../lib/places.ts'
import { words as placeWords } from '../lib/places.words.ts'
import { go } from '../lib/router.svelte.ts'
import type { Role } from '../lib/session.svelte.ts'
import { type Ticket, tickets } from '../live/tickets.svelte.ts'
import type { Row } from '../tickets/queue-query.ts'
import { shapeOf } from '../tickets/scales.ts'
import type { IconName } from '../ui/icon-names.ts'
import { words } from './palette.words.ts'
import { ticketNumberOf } from './ticket-number.ts'

/** A line of the palette. */
export interface Entry {
  id: string
  group: 'act' | 'place' | 'ticket' | 'person'
  label: string
  icon?: IconName
  /** The name whose avatar stands before it. */
  person?: string
  hint?: string
  end?: string
  keys?: string
  run: () => void
}

const eachAtMost = 6

/** The acts of the screen that somebody can do now, from the registry of keys. */
export const actEntries = (acts: KeyAct[]): Entry[] =>
  acts
    .filter(({ isSilent, isPlace }) => !isSilent && !isPlace)
    .map(({ keys, does, run }) => ({
      id: `act ${keys}`,
      group: 'act',
      label: does,
      icon: 'bolt',
      keys,
      run: () => run(new KeyboardEvent('keydown')),
    }))

/** The places of a role. */
export const placeEntries = (role: Role | null): Entry[] =>
  placesOf(role).map(({ name, path, icon, keys }) => ({
    id: `place ${name}`,
    group: 'place',
    label: placeWords().goTo[name],
    icon,
    ...(keys === undefined ? {} : { keys }),
    run: () => go(path),
  }))

/** What fits without asking the program: acts first. */
export const fixedEntries = (entries: Entry[], typed: string): Entry[] =>
  typed === '' ? entries : entries.filter(({ label }) => fits(label, typed)).slice(0, 2 * eachAtMost)

const ticketEntry = ({ ticket_id, subject, status, customer_name }: Row | Ticket): Entry => ({
  id: `ticket ${ticket_id}`,
  group: 'ticket',
  label: subject,
  icon: `state-${shapeOf(status)}`,
  hint: ticket_id,
  end: customer_name,
  run: () => go(`/tickets/${ticket_id}`),
})

const personEntry = ({ account_id, name, role, open_tickets }: DirectoryEntry): Entry => ({
  id: `person ${account_id}`,
  group: 'person',
  label: name,
  person: name,
  hint: words().ticketsOf(account_id),
  ...(open_tickets === null ? {} : { end: words().openTickets(open_tickets) }),
  run: () => go(`/tickets?view=all&${role === 'customer' ? 'status=any&customer' : 'technician'}=${account_id}`),
})

/** Tickets and people that the program finds: the ticket of a number first. */
export const findEntries = async (typed: string): Promise<Entry[]> => {
  if (typed.trim().length < 2) return []
  const number = ticketNumberOf(typed)
  const [exact, found, people] = await Promise.all([
    number === null ? null : tickets.read(number),
    answerOf(api.GET('/tickets', { params: { query: { q: typed, limit: eachAtMost, sort: '-updated_at' } } })),
    answerOf(api.GET('/directory', { params: { query: { q: typed, limit: 5 } } })),
  ])
  const first = exact?.ok ? [exact.data.ticket] : []
  const others = found.ok ? found.data.tickets.filter(({ ticket_id }) => ticket_id !== first[0]?.ticket_id) : []
  return [
    ...[...first, ...others].slice(0, eachAtMost).map(ticketEntry),
    ...(people.ok ? people.data.people.map(personEntry) : []),
    {
      id: 'search',
      group: 'place',
      label: words().searchAll(typed.trim()),
      icon: 'search',
      ...(number !== null && first.length === 0 ? { hint: words().noTicket } : {}),
      run: () => go(`/tickets?view=all&q=${encodeURIComponent(typed.trim())}`),
    },
  ]
}
