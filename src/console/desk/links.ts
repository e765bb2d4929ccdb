import { answerOf, api, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'
import { words as changeWords } from '../tickets/ticket-changes.words.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './properties.words.ts'

export type Link = components['schemas']['Link']

const listeners = new Set<() => void>()

/** A link as the API takes it: a child is a ticket whose parent is this one, and so is a duplicate at its original. */
const asked = (ticketId: string, kind: Link['kind'], otherTicketId: string) => {
  if (kind === 'child') return { ticketId: otherTicketId, kind: 'parent' as const, otherTicketId: ticketId }
  if (kind === 'duplicated_by') return { ticketId: otherTicketId, kind: 'duplicate' as const, otherTicketId: ticketId }
  return { ticketId, kind, otherTicketId }
}

/** Links a ticket to another or takes the link away, and offers the way back. */
export const setLink = async (
  ticketId: string,
  kind: Link['kind'],
  otherTicketId: string,
  isOn: boolean,
  isUndo = false,
): Promise<Problem | null> => {
  const params = { params: { path: asked(ticketId, kind, otherTicketId) } }
  const path = '/tickets/{ticketId}/links/{kind}/{otherTicketId}'
  const answer = await answerOf(isOn ? api.PUT(path, params) : api.DELETE(path, params))
  if (!answer.ok) return answer.problem
  for (const listener of listeners) listener()
  const said = isUndo ? changeWords().undone : isOn ? words().linked(otherTicketId) : words().unlinked(otherTicketId)
  const action = {
    label: changeWords().undo,
    keys: 'z',
    run: () => void setLink(ticketId, kind, otherTicketId, !isOn, true),
  }
  toasts.show({ text: said, about: ticketId, ...(isUndo ? { seconds: 4 } : { action }) })
  return null
}

/**
 * Reads the links of a ticket, and again when they or the linked tickets change, until the returned function is called.
 */
export const followLinks = (ticketId: string, heard: (links: Link[]) => void): (() => void) => {
  let linked: string[] = []
  const read = async (): Promise<void> => {
    const answer = await answerOf(api.GET('/tickets/{ticketId}/links', { params: { path: { ticketId } } }))
    if (!answer.ok) return
    linked = answer.data.links.map(({ ticket_id }) => ticket_id)
    heard(answer.data.links)
  }
  const listener = (): void => void read()
  listeners.add(listener)
  void read()
  const ends = [
    live.on(({ type, subject_id }) => {
      const isOwn = subject_id === ticketId && /^ticket\.(?:un)?(?:linked|merged)$/.test(type)
      if (isOwn || (linked.includes(subject_id) && type.startsWith('ticket.'))) void read()
    }),
    live.onCatchUp(listener),
    () => listeners.delete(listener),
  ]
  return () => {
    for (const end of ends) end()
  }
}
