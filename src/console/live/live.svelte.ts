import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { link } from '../lib/base.ts'

/** Something that happened, as the stream tells it. */
export type FeedEvent = components['schemas']['FeedEvent']

/** What the stream sends without a place, such as who is at a ticket. */
type Passing = { type: string; data: unknown }

type Message =
  | { kind: 'event'; event: FeedEvent }
  | { kind: 'passing'; passing: Passing }
  | { kind: 'catch-up' }
  | { kind: 'state'; state: LiveState }
  | { kind: 'who' }

type LiveState = 'connecting' | 'live' | 'offline'

const listeners = new Set<(event: FeedEvent) => void>()
const passingListeners = new Map<string, Set<(data: never) => void>>()
const catchUpListeners = new Set<() => void>()

const channel = new BroadcastChannel('counterdesk.live')

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

/** The place of the last event in the log. Every tab keeps it, so that the next leader goes on from there. */
let place = ''

const take = (message: Message): void => {
  if (message.kind === 'event') {
    place = message.event.id
    for (const listener of listeners) listener(message.event)
  } else if (message.kind === 'passing') {
    for (const listener of passingListeners.get(message.passing.type) ?? []) listener(message.passing.data as never)
  } else if (message.kind === 'catch-up') for (const listener of catchUpListeners) listener()
  else if (message.kind === 'state') live.state = message.state
  else if (isLeader) channel.postMessage({ kind: 'state', state: live.state } satisfies Message)
}

let isLeader = false
const tell = (message: Message): void => {
  channel.postMessage(message)
  take(message)
}
channel.onmessage = ({ data }: MessageEvent<Message>): void => take(data)

/** The events that pass without a place. All others of the stream are events of the log. */
const passingTypes = new Set([
  'presence.changed',
  'draft.changed',
  'notifications.unread',
  'stream.resync',
  'stream.fork',
])

/** After so long without a word the line is dead: the program beats more often. */
const silenceMs = 45_000

/** Reads the stream until it is told to end. It connects again by itself, and goes on where it was. */
const readStream = (end: AbortSignal): void => {
  let attempt = 0
  let heardAt = 0
  let wasLost = false
  let leave: (() => void) | null = null
  let waiting: ReturnType<typeof setTimeout> | undefined

  const connect = (): void => {
    waiting = undefined
    if (end.aborted) return
    const controller = new AbortController()
    const stop = (): void => controller.abort()
    leave = stop
    end.addEventListener('abort', stop, { once: true })
    const watch = setInterval(() => {
      if (Date.now() - heardAt > silenceMs) stop()
    }, 5_000)
    heardAt = Date.now()
    void follow(controller.signal)
      .catch(() => 1_000)
      .then((pause) => {
        clearInterval(watch)
        end.removeEventListener('abort', stop)
        if (end.aborted) return
        if (pause === null) return
        tell({ kind: 'state', state: navigator.onLine && attempt < 2 ? 'connecting' : 'offline' })
        wasLost = true
        attempt++
        waiting = setTimeout(
          connect,
          Math.min(15_000, pause * 2 ** Math.min(attempt - 1, 4)) * (0.7 + Math.random() * 0.6),
        )
      })
  }

  /** Follows one connection. Gives how long to wait before the next, or null when there is no use in one. */
  const follow = async (signal: AbortSignal): Promise<number | null> => {
    const response = await fetch(link('/api/events/stream'), {
      headers: { Accept: 'text/event-stream', ...(place === '' ? {} : { 'Last-Event-ID': place }) },
      signal,
    })
    if (response.status === 410 || response.status === 400) {
      place = ''
      tell({ kind: 'catch-up' })
      return 1_000
    }
    if (response.status === 403) return null
    if (response.status === 401) {
      // A call of the API asks the person to sign in again, over the page.
      const isBack = (await answerOf(api.GET('/me'))).ok
      return isBack ? 0 : 30_000
    }
    if (!response.ok || response.body === null) return Number(response.headers.get('Retry-After') ?? 2) * 1_000
    attempt = 0
    tell({ kind: 'state', state: 'live' })
    if (wasLost && place === '') tell({ kind: 'catch-up' })
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    let pause = 1_000
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return pause
      heardAt = Date.now()
      const frames = (rest + value).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) pause = hear(frame) ?? pause
    }
  }

  /** Takes one frame of the stream; gives the pause that it names. */
  const hear = (frame: string): number | null => {
    let type = 'message'
    let data = ''
    let pause: number | null = null
    for (const line of frame.split('\n')) {
      if (line.startsWith('event: ')) type = line.slice(7)
      else if (line.startsWith('data: ')) data += line.slice(6)
      else if (line.startsWith('id: ')) place = line.slice(4)
      else if (line.startsWith('retry: ')) pause = Number(line.slice(7))
    }
    if (data === '') return pause
    if (type === 'stream.resync') tell({ kind: 'catch-up' })
    else if (passingTypes.has(type)) tell({ kind: 'passing', passing: { type, data: JSON.parse(data) } })
    else tell({ kind: 'event', event: JSON.parse(data) })
    return pause
  }

  // A line that is cut does not end by itself, and one that is back need not be waited for.
  addEventListener('offline', () => leave?.(), { signal: end })
  const again = (): void => {
    if (waiting === undefined) return
    clearTimeout(waiting)
    attempt = 0
    connect()
  }
  addEventListener('online', again, { signal: end })
  connect()
}

/**
 * Begins to follow what happens. One tab of the browser reads the stream, the next one when that tab goes. Over plain
 * http with a host name a browser has no locks: there each tab that is seen reads a stream of its own.
 */
export const startLive = (): (() => void) => {
  const end = new AbortController()
  const lead = (): void => {
    isLeader = true
    readStream(end.signal)
  }
  if (navigator.locks === undefined) {
    lead()
    return () => end.abort()
  }
  channel.postMessage({ kind: 'who' } satisfies Message)
  void navigator.locks
    .request('counterdesk.live', { signal: end.signal }, () => {
      lead()
      return new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()))
    })
    .catch(() => {})
  const askLeader = (): void => {
    if (live.state === 'offline') channel.postMessage({ kind: 'who' } satisfies Message)
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
