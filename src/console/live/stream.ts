import { answerOf, api, beginAnew, forWhom } from '../api/calls.ts'
import { problemOf, secondsOf } from '../api/problem.ts'
import { link } from '../lib/base.ts'
import { pauseBefore, readFrame } from './frames.ts'
import { isEvent, type Message } from './messages.ts'

/** Who reads a stream: what is told, and where in the log the reader is. */
export interface Reader {
  /** The place of the last event. Empty for none. */
  place: string
  /** Whether there was a stream, or an attempt, before this one, so that something may have been missed. */
  hasTried: boolean
  tell(message: Message): void
}

/** The events that pass without a place. All others of the stream are events of the log. */
const passingTypes = new Set([
  'presence.changed',
  'draft.changed',
  'notifications.unread',
  'stream.resync',
  'stream.fork',
])

/** After so long without a word the line is dead: two and a half times as long as from one beat to the next. */
const silenceMs = 20_000
/** How often it is looked whether the line is silent. */
const lookMs = 1_000
/** Before a stream that is refused is asked for again. */
const refusedMs = 60_000

/** Takes one frame; gives the pause that it names. */
const hear = (reader: Reader, text: string): number | null => {
  const { type, data, id, retry } = readFrame(text)
  if (id !== null) reader.place = id
  if (type === 'stream.resync') reader.tell({ kind: 'catch-up' })
  else if (passingTypes.has(type)) reader.tell({ kind: 'passing', passing: { type, data } })
  else if (isEvent(data)) reader.tell({ kind: 'event', event: data })
  return retry
}

/** How long to wait when there is no stream. */
const pauseAfter = async (response: Response): Promise<number> => {
  // Somebody else has signed in in this browser.
  if (response.status === 409) return beginAnew()
  if (response.status === 403) return refusedMs
  // A call of the API asks the person to sign in again, over the page.
  if (response.status === 401) return (await answerOf(api.GET('/me'))).ok ? 0 : 30_000
  return (secondsOf(response.headers.get('Retry-After')) ?? 2) * 1_000
}

/** Whether an answer refuses everybody of the organisation. */
const refusesAll = async (response: Response): Promise<boolean> => {
  if (response.status !== 403) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return problemOf(body, response).code === 'tenant_suspended'
}

/** Reads the stream until it is told to end. It connects again by itself, and goes on where it was. */
export const readStream = (reader: Reader, end: AbortSignal): void => {
  let attempt = 0
  let heardAt = 0
  let isSuspended = false
  let leave: (() => void) | null = null
  let waiting: ReturnType<typeof setTimeout> | undefined

  const connect = async (): Promise<void> => {
    waiting = undefined
    if (end.aborted) return
    const controller = new AbortController()
    const stop = (): void => controller.abort()
    leave = stop
    end.addEventListener('abort', stop, { once: true })
    let isDead = false
    let lookedAt = Date.now()
    const watch = setInterval(() => {
      const now = Date.now()
      // A computer that slept has heard nothing, and its line may be back at once.
      isDead = now - heardAt > silenceMs && now - lookedAt < 10 * lookMs
      if (now - heardAt > silenceMs) stop()
      lookedAt = now
    }, lookMs)
    heardAt = lookedAt
    const pause = await follow(controller.signal).catch(() => 1_000)
    clearInterval(watch)
    end.removeEventListener('abort', stop)
    reader.hasTried = true
    if (end.aborted) return
    const isAway = isDead || !navigator.onLine || attempt >= 2
    reader.tell({ kind: 'state', state: isSuspended ? 'suspended' : isAway ? 'offline' : 'connecting' })
    waiting = setTimeout(connect, pauseBefore(attempt++, pause, Math.random()))
  }

  /** Follows one connection. Gives how long to wait before the next, in milliseconds. */
  const follow = async (signal: AbortSignal): Promise<number> => {
    const after: Record<string, string> = reader.place === '' ? {} : { 'Last-Event-ID': reader.place }
    const headers = { Accept: 'text/event-stream', ...forWhom(), ...after }
    isSuspended = false
    const response = await fetch(link('/api/events/stream'), { headers, signal })
    isSuspended = await refusesAll(response)
    if (response.status === 410 || response.status === 400) {
      reader.place = ''
      reader.tell({ kind: 'catch-up' })
      return 1_000
    }
    if (!response.ok || response.body === null) return pauseAfter(response)
    attempt = 0
    const mayHaveMissed = reader.hasTried && reader.place === ''
    reader.tell({ kind: 'state', state: 'live' })
    if (mayHaveMissed) reader.tell({ kind: 'catch-up' })
    const lines = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    let pause = 1_000
    for (;;) {
      const { done, value } = await lines.read()
      if (done) return pause
      heardAt = Date.now()
      const frames = (rest + value).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) pause = hear(reader, frame) ?? pause
    }
  }

  // A line that is cut does not end by itself, and one that is back need not be waited for.
  addEventListener('offline', () => leave?.(), { signal: end })
  const again = (): void => {
    if (waiting === undefined) return
    clearTimeout(waiting)
    attempt = 0
    void connect()
  }
  addEventListener('online', again, { signal: end })
  void connect()
}
