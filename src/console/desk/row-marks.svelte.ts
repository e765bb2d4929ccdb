import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'
import { filterOf, type Query } from '../tickets/queue-query.ts'

type Person = components['schemas']['Presence']

let drafts = $state.raw<ReadonlySet<string>>(new Set())
let failed = $state.raw<ReadonlySet<string>>(new Set())
let present = $state.raw<ReadonlyMap<string, Person[]>>(new Map())

/** What stands beside a ticket in the list and is no part of the ticket. */
export const marks = {
  /** Whether the person has written something on the ticket that is not sent. */
  hasDraft: (ticketId: string): boolean => drafts.has(`${ticketId} reply`) || drafts.has(`${ticketId} note`),
  /** Whether a mail about the ticket was not sent. */
  hasFailedMail: (ticketId: string): boolean => failed.has(ticketId),
  /** Who else was seen coming to the ticket. */
  present: (ticketId: string): Person[] => present.get(ticketId) ?? [],
}

const readDrafts = async (): Promise<void> => {
  const answer = await answerOf(api.GET('/drafts', { params: { query: { limit: 100 } } }))
  if (answer.ok) drafts = new Set(answer.data.drafts.map(({ ticket_id, kind }) => `${ticket_id} ${kind}`))
}

/** Asks which tickets of a list have a mail that was not sent: at most a hundred. */
export const readFailedMails = async (query: Query): Promise<void> => {
  const filter = { ...filterOf(query), has: 'failed_mail' as const, limit: 100 }
  const answer = await answerOf(api.GET('/tickets', { params: { query: filter } }))
  if (answer.ok) failed = new Set(answer.data.tickets.map(({ ticket_id }) => ticket_id))
}

const hearDraft = ({ ticket_id, kind, version }: { ticket_id: string; kind: string; version: number }): void => {
  const next = new Set(drafts)
  if (version === 0) next.delete(`${ticket_id} ${kind}`)
  else next.add(`${ticket_id} ${kind}`)
  drafts = next
}

const hearPresence = (told: { ticket_id: string; present: Person[] }): void => {
  const next = new Map(present)
  if (told.present.length === 0) next.delete(told.ticket_id)
  else next.set(told.ticket_id, told.present)
  present = next
}

/** Follows drafts and who comes and goes, until the returned function is called. */
export const followMarks = (): (() => void) => {
  void readDrafts()
  const ends = [
    live.onPassing('draft.changed', hearDraft),
    live.onPassing('presence.changed', hearPresence),
    live.onCatchUp(() => void readDrafts()),
  ]
  return () => {
    for (const end of ends) end()
  }
}
