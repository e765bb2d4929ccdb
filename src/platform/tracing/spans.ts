import { AsyncLocalStorage } from 'node:async_hooks'
import { AppError } from '../errors.ts'

/**
 * What a span may say of its work: kinds, names of ours, numbers and outcomes. Never a value that somebody typed, an
 * address, a text or a secret.
 */
type SpanAttributes = Record<string, string | number | boolean>

/** What a span is about, when it begins. */
export interface SpanFacts {
  name: string
  /** `server`: a request to us; `client`: a call to somebody else; `consumer`: work that somebody left for us. */
  kind: 'server' | 'client' | 'consumer'
  attributes: SpanAttributes
}

/** A piece of work of a trace. */
export interface Span {
  traceId: string
  /** What names the span to others: the header `traceparent` of W3C Trace Context. */
  traceparent: string
  /** Begins a span below this one. */
  begin(facts: SpanFacts): Span
  rename(name: string): void
  set(attributes: SpanAttributes): void
  /** Ends the span, as failed when a fault is named. */
  end(fault?: string): void
  hasEnded(): boolean
}

/** Begins traces and sends their spans away. */
export interface Tracer {
  /** Begins a span below the one that a `traceparent` names, or the first span of a new trace. */
  begin(facts: SpanFacts, traceparent: string | null): Span
  /** Sends what is left, for two seconds at most. */
  close(): Promise<void>
}

const current = new AsyncLocalStorage<Span | undefined>()

/** The span of the work that runs now. Work that goes on after its span belongs to no span. */
const currentSpan = (): Span | null => {
  const span = current.getStore()
  return span === undefined || span.hasEnded() ? null : span
}

/** What names the span of the work that runs now; null when it has none, as always when traces are off. */
export const currentTraceparent = (): string | null => currentSpan()?.traceparent ?? null

/** Runs work as that of a span. Whoever began the span ends it. */
export const inSpan = <T>(span: Span, run: () => T): T => current.run(span, run)

/** A function that runs later, as work of the span that runs now. */
export const bindSpan = <Args extends unknown[], Result>(
  run: (...args: Args) => Result,
): ((...args: Args) => Result) => {
  const span = current.getStore()
  return (...args) => current.run(span, () => run(...args))
}

/** Runs work that belongs to no span. */
export const outOfSpan = <T>(run: () => T): T => current.run(undefined, run)

/** The name of an error, without its text, which may have values in it. */
const faultOf = (error: unknown): string => {
  if (error instanceof AppError) return error.code
  const { code, name } = Object(error) as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : String(name ?? 'error')
}

const endAfter = async <T>(span: Span, run: () => Promise<T>): Promise<T> => {
  try {
    const result = await run()
    span.end()
    return result
  } catch (error) {
    span.end(faultOf(error))
    throw error
  }
}

/** Runs a step of the work that runs now, with a span of its own when that work has one. */
export const asStep = <T>(factsOf: () => SpanFacts, run: () => Promise<T>): Promise<T> => {
  const parent = currentSpan()
  return parent === null ? run() : endAfter(parent.begin(factsOf()), run)
}

/**
 * Runs work with a span of its own: below the span that a `traceparent` names, else below that of the work that runs
 * now, else in a trace of its own. Without a tracer it only runs.
 */
export const asSpan = <T>(
  tracer: Tracer | null,
  facts: SpanFacts,
  traceparent: string | null | undefined,
  run: (span: Span | null) => Promise<T>,
): Promise<T> => {
  if (tracer === null) return run(null)
  const span = tracer.begin(facts, traceparent ?? currentTraceparent())
  return inSpan(span, () => endAfter(span, () => run(span)))
}
