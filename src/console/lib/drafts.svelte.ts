import { live } from '../live/live.svelte.ts'
import { Draft } from './draft.svelte.ts'
import type { DraftKind } from './draft-rules.ts'
import { placeOf } from './kept-texts.ts'

/** More than anybody has on their screens. */
const atMost = 60
const opened = new Map<string, Draft>()

/** Forgets drafts that were asked for longest ago and that the server has: asked for again, they come from there. */
const forgetOldest = (): void => {
  for (const [key, { isUnsaved, other, isHeld }] of opened) {
    if (opened.size <= atMost) return
    if (!isUnsaved && other === null && !isHeld) opened.delete(key)
  }
}

/** The drafts of the person who is signed in. */
export const drafts = {
  /** The draft of a kind on a ticket: the same one for everybody in this window who asks. */
  of(ticketId: string, kind: DraftKind): Draft {
    const key = placeOf(ticketId, kind)
    const draft = opened.get(key) ?? new Draft(ticketId, kind)
    // The last one asked for stands at the end, so what is on the screen is not forgotten.
    opened.delete(key)
    opened.set(key, draft)
    if (opened.size > atMost) forgetOldest()
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
