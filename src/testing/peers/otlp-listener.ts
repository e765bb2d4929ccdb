import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'

interface Value {
  stringValue?: string
  intValue?: number
  doubleValue?: number
  boolValue?: boolean
}
interface Attribute {
  key: string
  value: Value
}
interface SentSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: Attribute[]
  status: { code: number; message?: string }
}
interface SentBatch {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: SentSpan[] }[] }[]
}

/** A span as a listener got it. */
export interface HeardSpan {
  traceId: string
  spanId: string
  /** The empty text for the first span of a trace. */
  parentId: string
  name: string
  attributes: Record<string, string | number | boolean | undefined>
  /** What the span says of the process that it is of. */
  resource: Record<string, string | number | boolean | undefined>
  hasFailed: boolean
}

const membersOf = (attributes: Attribute[]): HeardSpan['attributes'] =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue,
    ]),
  )

const spansOf = ({ resourceSpans }: SentBatch): HeardSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId = '', name, attributes, status }) => ({
        traceId,
        spanId,
        parentId: parentSpanId,
        name,
        attributes: membersOf(attributes),
        resource: membersOf(resource.attributes),
        hasFailed: status.code === 2,
      })),
    ),
  )

/** A collector of traces on 127.0.0.1. */
export interface OtlpListener {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  url: string
  spans: HeardSpan[]
  /** Everything that came, as text, with the headers and the path of each request. */
  received: { path: string; headers: IncomingHttpHeaders; raw: string }[]
  /** Answers otherwise from now on; by default 200. */
  answer(answering: (response: ServerResponse) => void): void
  stop(): Promise<void>
}

/** Starts a collector. */
export const startOtlpListener = async (): Promise<OtlpListener> => {
  const sockets = new Set<Socket>()
  const spans: HeardSpan[] = []
  const received: OtlpListener['received'] = []
  let answering = (response: ServerResponse): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  const server = createServer(async (request, response) => {
    const raw = await text(request).catch(() => null)
    if (raw === null) return
    received.push({ path: String(request.url), headers: request.headers, raw })
    spans.push(...spansOf(JSON.parse(raw)))
    answering(response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received,
    answer(next) {
      answering = next
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
