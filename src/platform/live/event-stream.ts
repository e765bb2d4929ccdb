import { randomInt } from 'node:crypto'
import type { ServerResponse } from 'node:http'

// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), with the one thing that
// libraries lack: a bound on what a reader who does not read may leave in the memory of this program.

/** An event before it is written. */
export interface SentEvent {
  /** The place that a reader resumes from. Without it the reader keeps the place before. */
  id?: string
  type: string
  data: unknown
}

/** An event as it goes over the wire. JSON has no line breaks, which would begin another field. */
export const frameOf = ({ id, type, data }: SentEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`

/** The open answer of a stream. */
export interface EventWriter {
  /** Sends events. False: the reader has not taken enough of what came before, so nothing was sent. */
  send(frames: string): boolean
  /** Keeps the connection open, and tells the place that a reader resumes from, without an event. */
  beat(id: string | null): void
  /** How many bytes the reader has not taken, and how many it has. */
  unsent(): number
  taken(): number
  /** Waits until the reader has taken what was sent, or the stream is over. */
  drained(): Promise<void>
  /** Ends the stream. A reader that wants to go on connects again after one to five seconds. */
  end(): void
  /** Cuts the connection of a reader that does not read. */
  cut(): void
  isOver(): boolean
  /** Calls the function once, when the stream is over for any reason. */
  whenOver(then: () => void): void
}

/** How many bytes may wait for a reader. */
export const unsentAtMost = 256 * 1024
/** What a chunk of HTTP has beside its text. */
const chunkBytes = 16
/** How long a reader has to take the end of a stream. */
const lingerMs = 1_000

/** How long a reader waits until it connects again, in milliseconds: by chance, so that all do not come at once. */
const retryMs = { shortest: 1_000, longest: 5_000 }
const retryLine = (): string => `retry: ${randomInt(retryMs.shortest, retryMs.longest + 1)}\n`

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  Connection: 'close',
}

const writers = new WeakMap<ServerResponse, EventWriter>()

/** Begins the answer of a stream. */
export const openEventStream = (res: ServerResponse): EventWriter => {
  let taken = 0
  const isOver = (): boolean => res.destroyed || res.writableEnded
  const write = (text: string): boolean => {
    const bytes = Buffer.byteLength(text) + chunkBytes
    if (isOver() || res.writableLength + bytes > unsentAtMost) return false
    res.write(text, () => {
      taken += bytes
    })
    return true
  }
  const end = (): void => {
    if (isOver()) return
    res.end(`${retryLine()}\n`)
    // A reader that does not read would keep the connection open.
    setTimeout(() => res.destroy(), lingerMs).unref()
  }
  const writer: EventWriter = {
    send: write,
    beat: (id) => void write(`:\n${id === null ? '' : `id: ${id}\n`}\n`),
    unsent: () => res.writableLength,
    taken: () => taken,
    drained: () =>
      new Promise((resolve) => {
        if (isOver() || !res.writableNeedDrain) {
          resolve()
          return
        }
        const done = (): void => {
          res.off('drain', done).off('close', done)
          resolve()
        }
        res.once('drain', done).once('close', done)
      }),
    end,
    cut: () => void res.destroy(),
    isOver,
    whenOver(then) {
      if (res.destroyed) then()
      else res.once('close', then)
    },
  }
  writers.set(res, writer)
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  // A client that resets its connection is gone, which `close` tells.
  res.on('error', () => {})
  res.flushHeaders()
  write(`${retryLine()}\n`)
  return writer
}

/** Whether an answer is a stream, which may take hours. */
export const isEventStream = (res: ServerResponse): boolean => writers.has(res)

/** Ends the answer if it is a stream, because the server stops. */
export const endEventStream = (res: ServerResponse): void => writers.get(res)?.end()
