import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Tracer } from './spans.ts'

/** Counts batches, and says in the log when the collector begins to fail, and when it takes batches again. */
const watchBatches = (log: Log, { traceBatches }: Metrics): ((isGood: boolean) => void) => {
  let isFailing = false
  return (isGood) => {
    traceBatches.inc({ outcome: isGood ? 'sent' : 'lost' })
    if (isGood && isFailing) log.info('the collector takes spans again')
    if (!isGood && !isFailing) log.warn('the collector of OTEL_EXPORTER_OTLP_ENDPOINT takes no spans; they are lost')
    isFailing = !isGood
  }
}

/** Opens the tracer of the settings; null when traces are off, and then no package of OpenTelemetry is loaded. */
export const openTracer = async (config: Config, log: Log, metrics: Metrics): Promise<Tracer | null> => {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return null
  const { createOtlpTracer } = await import('./otlp-tracer.ts')
  return createOtlpTracer(config, log, watchBatches(log, metrics))
}
