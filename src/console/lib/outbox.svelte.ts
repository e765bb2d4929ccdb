import { answerOf, api, newKey, type Problem } from '../api/calls.ts'
import { isPassing, waitedLong } from '../api/problem.ts'
import type { components } from '../api/types.ts'
import { live } from '../live/live.svelte.ts'
import { placeOf } from './kept-texts.ts'
import { readStored, storedNames, writeStored } from './stored.ts'
import { ifFree } from './turns.ts'

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
  /** Files that are on the ticket already, because the message was taken back. The comment attaches the others. */
  onTicket?: string[]
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
  /** Until then, in milliseconds, the tab that it was written in has not made it ready. */
  notBefore: number
  /** `waiting`: for the connection, or its turn. `refused`: the program does not take it. */
  state: 'waiting' | 'sending' | 'refused'
  problem: Problem | null
}

type NewOutgoing = Omit<Outgoing, 'key' | 'at' | 'notBefore' | 'state' | 'problem'>
type Listener = (outgoing: Outgoing, comment: SentComment) => void

/** How long what was sent can be taken back. */
export const undoSeconds = 10
/** How long a comment may take to be made ready. When its tab is gone by then, another one sends it. */
const preparingMs = 10_000
/** A reply of the day before is perhaps no reply any more. */
const sendsByItselfMs = 24 * 3_600_000

const items = $state<Outgoing[]>([])
const listeners = new Set<Listener>()
let place = ''
let isSending = false
/** What stands in the store, or stood there when this tab looked last. Without a store it is empty. */
const stored = new Set<string>()
/** What this tab is about to send, or to take out. */
const busy = new Set<string>()

/**
 * Each comment has a place of its own in the store, so that two tabs do not write over each other. The store is the
 * truth: what another tab has sent or taken back is not there any more, and is not sent from here.
 */
const keep = (item: Outgoing): void => {
  const name = `${place} ${item.key}`
  writeStored(name, $state.snapshot(item))
  if (readStored(name) !== null) stored.add(item.key)
}

const isGone = ({ key }: Outgoing): boolean => stored.has(key) && readStored(`${place} ${key}`) === null

/** Shows what the store has, and no more what it has not. */
const look = (): void => {
  const names = storedNames(`${place} `)
  for (const name of names) {
    const kept = readStored(name) as Outgoing | null
    if (kept === null || busy.has(kept.key)) continue
    stored.add(kept.key)
    const known = items.find(({ key }) => key === kept.key)
    if (known) Object.assign(known, again(kept))
    else items.push(again(kept))
  }
  for (const item of [...items]) if (!busy.has(item.key) && isGone(item)) forget(item.key)
  items.sort((one, two) => (one.at < two.at ? -1 : 1))
}

/** Takes what the person has left in this browser, once for each person who signs in. */
const open = (): void => {
  if (place !== placeOf('outbox')) {
    place = placeOf('outbox')
    items.length = 0
    stored.clear()
  }
  look()
}

/**
 * A comment that was on its way when the page went has perhaps no answer: the same key makes one of it. One that waited
 * for long goes only when its writer has looked at it again.
 */
const again = (kept: Outgoing): Outgoing => {
  if (kept.state === 'refused') return kept
  const isLate = Date.now() - Date.parse(kept.at) > sendsByItselfMs
  return isLate ? { ...kept, state: 'refused', problem: waitedLong } : { ...kept, state: 'waiting' }
}

const forget = (key: string): void => {
  const index = items.findIndex((item) => item.key === key)
  if (index !== -1) items.splice(index, 1)
}

const drop = (key: string): void => {
  forget(key)
  writeStored(`${place} ${key}`, null)
  stored.delete(key)
}

/** Does something with a comment while no other tab does. Null when one does, or when the comment is gone. */
const alone = async <T>(item: Outgoing, job: () => Promise<T>): Promise<T | null> => {
  const { key } = item
  const done = await ifFree(`counterdesk.outbox ${key}`, async () => {
    if (isGone(item)) return null
    busy.add(key)
    try {
      return await job()
    } finally {
      busy.delete(key)
    }
  })
  if (!busy.has(key) && isGone(item)) forget(key)
  return done
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

/** Sends one comment. False: it waits, and so do those behind it. */
const sendOne = async (item: Outgoing): Promise<boolean> => {
  item.state = 'sending'
  const answer = await post(item)
  if (answer.ok) {
    const sent = $state.snapshot(item)
    drop(item.key)
    for (const listener of listeners) listener(sent, answer.data)
    return true
  }
  const isLater = isPassing(answer.problem)
  item.state = isLater ? 'waiting' : 'refused'
  item.problem = answer.problem
  keep(item)
  return !isLater
}

/** Sends what waits, one after the other, in the order in which it was sent. What fails for now stays in front. */
const flush = async (): Promise<void> => {
  open()
  if (isSending) return
  isSending = true
  try {
    for (let item = next(); item !== undefined; item = next()) {
      const waiting = item
      const went = await alone(waiting, () => sendOne(waiting))
      // Another tab has it in hand, so the order is kept there.
      if (went === false || (went === null && items.includes(waiting))) return
    }
  } finally {
    isSending = false
  }
}

const next = (): Outgoing | undefined => {
  const first = items.find(({ state }) => state === 'waiting')
  return first !== undefined && first.notBefore > Date.now() ? undefined : first
}

/** What was sent and has no answer yet: kept in the browser until then, and sent once. */
export const outbox = {
  /** What waits for an answer on a ticket, the oldest first. */
  of(ticketId: string): Outgoing[] {
    return items.filter((item) => item.ticketId === ticketId)
  },
  /** What has not gone on any ticket, the oldest first. */
  get all(): Outgoing[] {
    return [...items]
  },
  /** Takes what the person has left in this browser. */
  open,
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
    const isAt = new Date()
    const notBefore = version === undefined ? 0 : isAt.getTime() + preparingMs
    items.push({ ...comment, key: newKey(), at: isAt.toISOString(), notBefore, state: 'sending', problem: null })
    const item = items.at(-1) as Outgoing
    busy.add(item.key)
    keep(item)
    if (version !== undefined) item.draftVersion = await version()
    busy.delete(item.key)
    item.state = 'waiting'
    item.notBefore = 0
    keep(item)
    await flush()
  },
  /** Takes a comment out that has not gone yet. Null when it is on its way, or gone. */
  async takeOut(key: string): Promise<Outgoing | null> {
    const item = items.find((one) => one.key === key)
    if (item === undefined || item.state === 'sending') return null
    return alone(item, async () => {
      const taken = $state.snapshot(item)
      drop(key)
      return taken
    })
  },
  flush,
  /** Calls the function with each comment that the program has taken, and what it answered. */
  onSent(listener: Listener): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}

const retryMs = 5_000
addEventListener('storage', ({ key }) => {
  if (place !== '' && (key === null || key.startsWith(`${place} `))) look()
})
addEventListener('online', () => void flush())
live.onCatchUp(() => void flush())
setInterval(() => {
  if (items.some(({ state }) => state === 'waiting') && document.visibilityState === 'visible') void flush()
}, retryMs)
