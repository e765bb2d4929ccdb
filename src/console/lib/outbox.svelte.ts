import { answerOf, api, newKey, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'
import { placeOf, readStored, writeStored } from './kept-texts.ts'

export type SentComment = components['schemas']['Comment']
type Visibility = SentComment['visibility']

/** A comment that somebody has sent, until the program has answered. */
export interface Outgoing {
  /** Its `Idempotency-Key`: sent again after a lost answer or a reload, it is still one comment. */
  key: string
  ticketId: string
  visibility: Visibility
  body: string
  attachmentIds: string[]
  fileNames: string[]
  /** The version of the draft that it was written from; 0 for none. */
  draftVersion: number
  /** The summary with which the comment resolves its ticket. */
  resolution: string | null
  /** To whom, as the button said it. */
  label: string
  at: string
  /** `waiting`: for the connection, or its turn. `refused`: the program does not take it. */
  state: 'waiting' | 'sending' | 'refused'
  problem: Problem | null
}

type NewOutgoing = Omit<Outgoing, 'key' | 'at' | 'state' | 'problem'>
type Listener = (outgoing: Outgoing, comment: SentComment) => void

/** How long what was sent can be taken back. */
export const undoSeconds = 10

const items = $state<Outgoing[]>([])
const listeners = new Set<Listener>()
let place = ''
let isSending = false

const keep = (): void => writeStored(place, items.length === 0 ? null : $state.snapshot(items))

/** Takes what the person has left in this browser, once for each person who signs in. */
const open = (): void => {
  if (place === placeOf('outbox')) return
  place = placeOf('outbox')
  const kept = readStored(place)
  const list = Array.isArray(kept) ? (kept as Outgoing[]) : []
  items.splice(
    0,
    items.length,
    ...list.map((item) => ({ ...item, state: item.state === 'refused' ? item.state : ('waiting' as const) })),
  )
}

const drop = (key: string): void => {
  const index = items.findIndex((item) => item.key === key)
  if (index !== -1) items.splice(index, 1)
  keep()
}

const post = (item: Outgoing) => {
  const { ticketId, visibility, body, attachmentIds, draftVersion, resolution } = item
  return answerOf(
    api.POST('/tickets/{ticketId}/comments', {
      params: { path: { ticketId }, header: { 'Idempotency-Key': item.key } },
      body: {
        visibility,
        body,
        undo_seconds: undoSeconds,
        ...(attachmentIds.length === 0 ? {} : { attachment_ids: attachmentIds }),
        ...(draftVersion === 0 ? {} : { draft_version: draftVersion }),
        ...(resolution === null ? {} : { resolution_summary: resolution }),
      },
    }),
  )
}

/** Whether the same request may succeed later: nothing is wrong with what was sent. */
const isPassing = ({ status, code }: Problem): boolean =>
  status === 0 || status === 401 || status === 429 || status >= 500 || code === 'request_in_progress'

/** Sends what waits, one after the other, in the order in which it was sent. What fails for now stays in front. */
const flush = async (): Promise<void> => {
  open()
  if (isSending) return
  isSending = true
  try {
    for (let item = next(); item !== undefined; item = next()) {
      item.state = 'sending'
      const answer = await post(item)
      if (answer.ok) {
        drop(item.key)
        for (const listener of listeners) listener(item, answer.data)
        continue
      }
      const isLater = isPassing(answer.problem)
      item.state = isLater ? 'waiting' : 'refused'
      item.problem = answer.problem
      keep()
      if (isLater) return
    }
  } finally {
    isSending = false
  }
}

const next = (): Outgoing | undefined => items.find(({ state }) => state === 'waiting')

/** What was sent and has no answer yet: kept in the browser until then, and sent once. */
export const outbox = {
  /** What waits for an answer on a ticket, the oldest first. */
  of(ticketId: string): Outgoing[] {
    open()
    return items.filter((item) => item.ticketId === ticketId)
  },
  /** How many comments wait for the connection. */
  get waiting(): number {
    return items.filter(({ state }) => state !== 'refused').length
  },
  /** Keeps a comment, and sends it as soon as that is possible. */
  send(comment: NewOutgoing): void {
    open()
    items.push({ ...comment, key: newKey(), at: new Date().toISOString(), state: 'waiting', problem: null })
    keep()
    void flush()
  },
  /** Takes a comment out that has not gone yet. Null when it is on its way, or gone. */
  takeOut(key: string): Outgoing | null {
    const item = items.find((one) => one.key === key)
    if (item === undefined || item.state === 'sending') return null
    const taken = $state.snapshot(item)
    drop(key)
    return taken
  },
  flush,
  /** Calls the function with each comment that the program has taken, and what it answered. */
  onSent(listener: Listener): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

const retryMs = 5_000
addEventListener('online', () => void flush())
live.onCatchUp(() => void flush())
setInterval(() => {
  if (items.some(({ state }) => state === 'waiting') && document.visibilityState === 'visible') void flush()
}, retryMs)
