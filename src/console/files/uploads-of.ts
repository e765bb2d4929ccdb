import { Uploads } from './uploads.svelte.ts'

const lists = new Map<string, Uploads>()

/**
 * The files that go with a reply or a note on a ticket: one list for each in this window, so that what is on its way
 * when somebody looks at another ticket is still seen, and can be stopped, when they come back.
 */
export const uploadsOf = (ticketId: string, kind: 'reply' | 'note'): Uploads => {
  const key = `${ticketId} ${kind}`
  const list = lists.get(key) ?? new Uploads(ticketId, kind)
  lists.set(key, list)
  return list
}
