import { nameHere } from '../lib/base.ts'
import { session } from '../lib/session.svelte.ts'
import { type FeedEvent, type LiveState, type Message, messageIn } from './messages.ts'
import { type Reader, readStream } from './stream.ts'

const listeners = new Set<(event: FeedEvent) => void>()
const passingListeners = new Map<string, Set<(data: never) => void>>()
const catchUpListeners = new Set<() => void>()

const channel = new BroadcastChannel(nameHere('counterdesk.live'))

/** What happens, in every tab of the browser, over one stream: the tab that holds the lock reads it for all. */
export const live = $state({
  state: 'connecting' as LiveState,
  /** Calls the function with each event that the person may see, as long as the returned one is not called. */
  on(listener: (event: FeedEvent) => void): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  /** Calls the function with what passes, by type: `presence.changed`, `draft.changed`, `notifications.unread`. */
  onPassing<T>(type: string, listener: (data: T) => void): () => void {
    const set = passingListeners.get(type) ?? new Set()
    passingListeners.set(type, set.add(listener as (data: never) => void))
    return () => set.delete(listener as (data: never) => void)
  },
  /** Calls the function after a gap that the stream cannot fill: read again what is shown. */
  onCatchUp(listener: () => void): () => void {
    catchUpListeners.add(listener)
    return () => catchUpListeners.delete(listener)
  },
})

/** The person whom this tab shows. What the tab of another person tells is not for it. */
const readerName = (): string => `${session.me?.tenant}/${session.me?.id}`

const take = (message: Message): void => {
  if (message.kind === 'event') {
    reader.place = message.event.id
    for (const listener of listeners) listener(message.event)
  } else if (message.kind === 'passing') {
    for (const listener of passingListeners.get(message.passing.type) ?? []) listener(message.passing.data as never)
  } else if (message.kind === 'catch-up') for (const listener of catchUpListeners) listener()
  else if (message.kind === 'state') {
    live.state = message.state
    if (message.state === 'live') reader.hasTried = true
  } else if (isLeader) share({ kind: 'state', state: live.state })
}

/** Whether this tab reads the stream for all. */
let isLeader = false
const share = (message: Message): void => channel.postMessage({ to: readerName(), message })

/** Every tab keeps the place of the last event, so that the next leader goes on from there. */
const reader: Reader = {
  place: '',
  hasTried: false,
  tell(message) {
    if (isLeader) share(message)
    take(message)
  },
}
channel.onmessage = ({ data }: MessageEvent<unknown>): void => {
  const message = messageIn(data, readerName())
  if (message !== null) take(message)
}

/** Reads a stream of this tab's own as long as the tab is seen, and tells no other tab of it. */
const readWhileSeen = (end: AbortSignal): void => {
  let hidden: AbortController | null = null
  const look = (): void => {
    if (document.visibilityState === 'hidden') {
      hidden?.abort()
      hidden = null
    } else if (hidden === null) {
      hidden = new AbortController()
      readStream(reader, AbortSignal.any([end, hidden.signal]))
    }
  }
  document.addEventListener('visibilitychange', look, { signal: end })
  look()
}

/**
 * Begins to follow what happens. One tab of the browser reads the stream, the next one when that tab goes. Over plain
 * http with a host name a browser has no locks: there each tab that is seen reads a stream of its own.
 */
export const startLive = (): (() => void) => {
  const end = new AbortController()
  if (navigator.locks === undefined) {
    readWhileSeen(end.signal)
    return () => end.abort()
  }
  share({ kind: 'who' })
  void navigator.locks
    .request(nameHere(`counterdesk.live ${readerName()}`), { signal: end.signal }, () => {
      isLeader = true
      readStream(reader, end.signal)
      return new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()))
    })
    .catch(() => {})
  const askLeader = (): void => {
    if (live.state === 'offline') share({ kind: 'who' })
  }
  const loseLine = (): void => {
    live.state = 'offline'
  }
  addEventListener('online', askLeader, { signal: end.signal })
  addEventListener('offline', loseLine, { signal: end.signal })
  return () => {
    isLeader = false
    end.abort()
  }
}
