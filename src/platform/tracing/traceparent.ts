/** What a `traceparent` names: a span of a trace, and whether the trace is recorded. */
export interface SpanPlace {
  traceId: string
  spanId: string
  /** The flags of W3C Trace Context, level 2: bit 0 says that the trace is recorded. */
  flags: number
}

/** Version 00 ends after the flags. Later versions may go on after a dash, which is passed over. */
const pattern = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

const longest = 512

/** Reads the header `traceparent` of W3C Trace Context. Null for what is none, and then a new trace begins. */
export const readTraceparent = (text: string | null | undefined): SpanPlace | null => {
  if (typeof text !== 'string' || text.length > longest) return null
  const [, version, traceId, spanId, flags, more] = pattern.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (version === '00' && more !== undefined) return null
  return { traceId, spanId, flags: Number.parseInt(flags, 16) }
}

/** Writes the `traceparent` of a span. Of the flags only the one that says whether the trace is recorded is known here. */
export const writeTraceparent = ({ traceId, spanId, flags }: SpanPlace): string =>
  `00-${traceId}-${spanId}-0${flags & 1}`
