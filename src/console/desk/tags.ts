import { answerOf, api, type Problem } from '../api/calls.ts'
import { tickets } from '../live/tickets.svelte.ts'
import { words as changeWords } from '../tickets/ticket-changes.words.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './properties.words.ts'

/** Puts a tag on a ticket or takes it off, and offers the way back. The version of the ticket stays. */
export const setTag = async (ticketId: string, tag: string, isOn: boolean, isUndo = false): Promise<Problem | null> => {
  const asked = { params: { path: { ticketId, tag } } }
  const path = '/tickets/{ticketId}/tags/{tag}'
  const answer = await answerOf(isOn ? api.PUT(path, asked) : api.DELETE(path, asked))
  if (!answer.ok) return answer.problem
  const known = tickets.peek(ticketId)
  if (known !== null) tickets.take({ ...known.ticket, tags: answer.data.tags }, known.etag)
  const said = isUndo ? changeWords().undone : isOn ? words().tagAdded(tag) : words().tagRemoved(tag)
  const action = { label: changeWords().undo, keys: 'z', run: () => void setTag(ticketId, tag, !isOn, true) }
  toasts.show({ text: said, about: ticketId, ...(isUndo ? { seconds: 4 } : { action }) })
  return null
}
