import { answerOf, api, newKey, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'
import { placeOf, readStored, storedNames, writeStored } from './kept-texts.ts'

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
  /** A word of thanks of the customer, which leaves a resolved ticket resolved. */
  staysResolved?: boolean
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

/** Each comment has a place of its own in the store, so that two tabs do not write over each other. */
const keep = (item: Outgoing): void => writeStored(`${place} ${item.key}`, $state.snapshot(item))

/** Takes what the person has left in this browser, once for each person who signs in. */
const open = (): void => {
  if (place === placeOf('outbox')) return
  place = placeOf('outbox')
  const kept = storedNames(`${place} `).map((name) => readStored(name) as Outgoing)
  const list = kept.sort((one, two) => (one.at < two.at ? -1 : 1))
  items.splice(0, items.length, ...list.map((item) => ({ ...item, state: again(item.state) })))
}

/** A comment that was on its way when the page went has perhaps no answer: the same key makes one of it. */
const again = (state: Outgoing['state']): Outgoing['state'] => (state === 'refused' ? state : 'waiting')

const drop = (key: string): void => {
  const index = items.findIndex((item) => item.key === key)
  if (index !== -1) items.splice(index, 1)
  writeStored(`${place} ${key}`, null)
}

const post = (item: Outgoing) => {
  const { ticketId, visibility, body, attachmentIds, draftVersion, resolution, staysResolved } = item
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
        ...(staysResolved ? { reopens: false } : {}),
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
        const sent = $state.snapshot(item)
        drop(item.key)
        for (const listener of listeners) listener(sent, answer.data)
        continue
      }
      const isLater = isPassing(answer.problem)
      item.state = isLater ? 'waiting' : 'refused'
      item.problem = answer.problem
      keep(item)
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
    return items.filter((item) => item.ticketId === ticketId)
  },
  /** How many comments wait for the connection. */
  get waiting(): number {
    return items.filter(({ state }) => state !== 'refused').length
  },
  /**
   * Keeps a comment at once, and sends it as soon as that is possible. `version`: waits until the version of the draft
   * is known that it was written from; without it `draftVersion` is that.
   */
  async send(comment: NewOutgoing, version?: () => Promise<number>): Promise<void> {
    open()
    items.push({ ...comment, key: newKey(), at: new Date().toISOString(), state: 'sending', problem: null })
    const item = items.at(-1) as Outgoing
    keep(item)
    if (version !== undefined) item.draftVersion = await version()
    item.state = 'waiting'
    keep(item)
    await flush()
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
