import { newKey } from '../api/calls.ts'
import { isPassing, waitedLong } from '../api/problem.ts'
import { live } from '../live/live.svelte.ts'
import { tickets } from '../live/tickets.svelte.ts'
import { placeOf } from './kept-texts.ts'
import { type Outgoing, post, type SentComment } from './outgoing.ts'
import { readStored, storedNames, writeStored } from './stored.ts'
import { ifFree } from './turns.ts'

type NewOutgoing = Omit<Outgoing, 'key' | 'ticketVersion' | 'at' | 'notBefore' | 'state' | 'problem'>
type Listener = (outgoing: Outgoing, comment: SentComment) => void

/** How long a comment may take to be made ready. When its tab is gone by then, another one sends it. */
const preparingMs = 10_000
/** A reply of the day before is perhaps no reply any more. */
const sendsByItselfMs = 24 * 3_600_000

const items = $state<Outgoing[]>([])
const listeners = new Set<Listener>()
const foundListeners = new Set<(outgoing: Outgoing) => void>()
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
    else {
      items.push(again(kept))
      for (const listener of foundListeners) listener(kept)
    }
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

/**
 * Does something with a comment while no other tab does. Null when one does, or when the comment is gone. What is done
 * within it is alone, too.
 */
const alone = async <T>(item: Outgoing, job: () => Promise<T>): Promise<T | null> => {
  const { key } = item
  if (busy.has(key)) return job()
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

/** What a promise says within a time, or something else. */
const within = <T>(ms: number, promise: Promise<T>, otherwise: T): Promise<T> =>
  Promise.race([promise, new Promise<T>((resolve) => setTimeout(resolve, ms, otherwise))])

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
    const ticketVersion = comment.resolution === null ? null : (tickets.peek(comment.ticketId)?.etag ?? null)
    items.push({
      ...comment,
      ticketVersion,
      key: newKey(),
      at: isAt.toISOString(),
      notBefore,
      state: 'sending',
      problem: null,
    })
    const item = items.at(-1) as Outgoing
    keep(item)
    // The field is empty before anything is waited for: a second click sends nothing.
    const preparing = version?.()
    // Until it is on its way no other tab sends it or takes it out.
    await alone(item, async () => {
      if (preparing !== undefined) item.draftVersion = await within(preparingMs, preparing, 0)
      item.state = 'waiting'
      item.notBefore = 0
      keep(item)
      await flush()
    })
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
  /** Calls the function with each comment that another tab has sent, which this one sees for the first time. */
  onFound(listener: (outgoing: Outgoing) => void): void {
    foundListeners.add(listener)
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
