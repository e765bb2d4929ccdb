import { live } from '../live/live.svelte.ts'
import { Draft } from './draft.svelte.ts'
import type { DraftKind } from './draft-rules.ts'
import { placeOf } from './kept-texts.ts'

const opened = new Map<string, Draft>()

/** The drafts of the person who is signed in. */
export const drafts = {
  /** The draft of a kind on a ticket: the same one for everybody in this window who asks. */
  of(ticketId: string, kind: DraftKind): Draft {
    const key = placeOf(ticketId, kind)
    const draft = opened.get(key) ?? new Draft(ticketId, kind)
    opened.set(key, draft)
    return draft
  },
  /** Saves everything that is not saved yet, such as before the page goes away. */
  async saveAll(): Promise<void> {
    await Promise.all([...opened.values()].map((draft) => draft.save()))
  },
}

live.onPassing<{ ticket_id: string; kind: string; version: number }>('draft.changed', (data) => {
  for (const draft of opened.values()) {
    if (draft.ticketId === data.ticket_id && draft.kind === data.kind) void draft.hear(data.version)
  }
})
live.onCatchUp(() => void drafts.saveAll())

addEventListener('online', () => void drafts.saveAll())
addEventListener('pagehide', () => void drafts.saveAll())
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') void drafts.saveAll()
})
