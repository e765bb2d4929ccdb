// Only `open-tracer.ts` loads this file, and only when traces are on: it brings the packages of OpenTelemetry.
import {
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Config } from '../config.ts'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { version } from '../version.ts'
import type { Span, SpanFacts, Tracer } from './spans.ts'
import { readTraceparent, writeTraceparent } from './traceparent.ts'

/** The spans that wait to be sent, at most; more are dropped. A span is about one kilobyte. */
const queuedAtMost = 4_096
const sentAtOnce = 512
/** How long a batch may gather, and how long sending it may take, in milliseconds. */
const gatherMs = 1_000
const sendMs = 10_000
const closeMs = 2_000
/** A statement is the longest text of a span. */
const longestAttribute = 2_000

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER } as const

const samplerOf = ({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: share }: Config): Sampler => {
  const roots: Record<string, Sampler> = {
    always_on: new AlwaysOnSampler(),
    always_off: new AlwaysOffSampler(),
    traceidratio: new TraceIdRatioBasedSampler(share),
  }
  const root = roots[name.replace('parentbased_', '')] ?? new AlwaysOnSampler()
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

/** Which program the spans are of. `OTEL_RESOURCE_ATTRIBUTES` may say more. */
const resourceOf = ({ OTEL_SERVICE_NAME, COUNTERDESK_ROLE }: Config): Resource =>
  resourceFromAttributes({
    'service.version': version,
    'process.pid': process.pid,
    'counterdesk.role': COUNTERDESK_ROLE,
  })
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes({ 'service.name': OTEL_SERVICE_NAME }))

/** Counts what becomes of batches. */
const counted = (exporter: SpanExporter, onSent: (isGood: boolean) => void): SpanExporter => ({
  export: (spans, tell) =>
    exporter.export(spans, (result) => {
      onSent(result.error === undefined && result.code === 0)
      tell(result)
    }),
  forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  shutdown: () => exporter.shutdown(),
})

/** What the packages say goes to the log, as a text only: their objects have spans and headers in them. */
const sayTo = (log: Log): void => {
  const say =
    (level: 'warn' | 'debug') =>
    (text: string): void =>
      log[level]({ said: text.slice(0, 300) }, 'OpenTelemetry says')
  const [warn, debug] = [say('warn'), say('debug')]
  const logger = { error: debug, warn, info: debug, debug: () => {}, verbose: () => {} }
  diag.setLogger(logger, { logLevel: DiagLogLevel.INFO, suppressOverrideMessage: true })
}

/**
 * Makes the tracer that sends spans by OTLP over HTTP, in JSON. Sending has a queue that is bounded, a time limit, and
 * follows no redirect; whatever the listener does, the work that is traced neither waits nor fails. `onSent` is told of
 * each batch.
 */
export const createOtlpTracer = (config: Config, log: Log, onSent: (isGood: boolean) => void): Tracer => {
  sayTo(log)
  const exporter = new OTLPTraceExporter({
    url: `${config.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/+$/, '')}/v1/traces`,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    timeoutMillis: sendMs,
    concurrencyLimit: 2,
  })
  const provider = new TracerProvider({
    sampler: samplerOf(config),
    resource: resourceOf(config),
    spanLimits: { attributeValueLengthLimit: longestAttribute, attributeCountLimit: 32 },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: counted(exporter, onSent),
        maxQueueSize: queuedAtMost,
        maxExportBatchSize: sentAtOnce,
        scheduledDelayMillis: gatherMs,
        exportTimeoutMillis: sendMs,
      }),
    ],
  })
  const tracer = provider.getTracer('counterdesk', version)

  const spanOf = (span: SdkSpan): Span => {
    const { traceId, spanId, traceFlags: flags } = span.spanContext()
    let hasEnded = false
    return {
      traceId,
      traceparent: writeTraceparent({ traceId, spanId, flags }),
      begin: (facts) => start(facts, span),
      rename: (name) => void span.updateName(name),
      set: (attributes) => void span.setAttributes(attributes),
      end(fault) {
        if (hasEnded) return
        hasEnded = true
        if (fault !== undefined) span.setAttribute('error.type', fault).setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
      hasEnded: () => hasEnded,
    }
  }
  const start = ({ name, kind, attributes }: SpanFacts, parent: SdkSpan | null): Span => {
    const context = parent === null ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent)
    return spanOf(tracer.startSpan(name, { kind: kinds[kind], attributes }, context))
  }
  return {
    begin(facts, traceparent) {
      const place = readTraceparent(traceparent)
      if (place === null) return start(facts, null)
      const { traceId, spanId, flags: traceFlags } = place
      return start(facts, trace.wrapSpanContext({ traceId, spanId, traceFlags, isRemote: true }))
    },
    close: () => inTime(provider.shutdown(), closeMs).catch(() => log.warn('the last spans could not be sent')),
  }
}
