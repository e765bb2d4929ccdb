import { until } from './waiting.ts'
import type { Desk } from './workspace.ts'

/** An event as it came over a stream. */
interface StreamedEvent {
  id: string | null
  type: string
  data: ReturnType<typeof JSON.parse>
}

/** An open stream of events, read by `fetch` as programs do. */
export interface StreamClient {
  status: number
  headers: Headers
  /** All that has come. */
  text(): string
  events(): StreamedEvent[]
  /** The place that the reader would resume from. */
  lastId(): string | null
  isClosed(): boolean
  /** Waits until so many events of the type have come, at least one, and answers with all of them. */
  untilEvent(type: string, count?: number): Promise<StreamedEvent[]>
  untilClosed(): Promise<void>
  close(): void
}

const fieldOf = (block: string, name: string): string | null =>
  block
    .split('\n')
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2) ?? null

const blocksOf = (text: string): string[] => text.split('\n\n').slice(0, -1)

/** The events in what came over a stream. */
const eventsIn = (text: string): StreamedEvent[] =>
  blocksOf(text).flatMap((block) => {
    const data = fieldOf(block, 'data')
    return data === null
      ? []
      : [{ id: fieldOf(block, 'id'), type: fieldOf(block, 'event') ?? '', data: JSON.parse(data) }]
  })

/** Opens a stream with these headers. A refusal has no events. */
export const openStream = async (
  { url }: Pick<Desk, 'url'>,
  headers: Record<string, string>,
  query = '',
): Promise<StreamClient> => {
  const leaving = new AbortController()
  const response = await fetch(`${url}/api/events/stream${query}`, { headers, signal: leaving.signal })
  let text = ''
  let isClosed = false
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
  }
  void read()
    .catch(() => {})
    .finally(() => {
      isClosed = true
    })
  const ofType = (type: string): StreamedEvent[] => eventsIn(text).filter((event) => event.type === type)
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    events: () => eventsIn(text),
    lastId: () =>
      blocksOf(text)
        .flatMap((block) => fieldOf(block, 'id') ?? [])
        .at(-1) ?? null,
    isClosed: () => isClosed,
    async untilEvent(type, count = 1) {
      await until(`${count} events ${type} have come`, () => ofType(type).length >= count)
      return ofType(type)
    },
    untilClosed: () => until('the stream is closed', () => isClosed),
    close: () => leaving.abort(),
  }
}
