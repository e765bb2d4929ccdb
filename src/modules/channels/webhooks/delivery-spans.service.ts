import type { App } from '../../../platform/app-context.ts'
import { listDeliverySpans } from './delivery-spans.queries.ts'
import type { DueDelivery } from './due-deliveries.queries.ts'
import type { HeldWebhook } from './webhook-claims.queries.ts'

/** The spans that messages follow from, by the positions of their events. None when traces are off, or unreadable. */
export const findDeliverySpans = async (
  { pool, tracer, log }: App,
  { tenant_id }: HeldWebhook,
  batch: DueDelivery[],
): Promise<Map<number, string>> => {
  if (tracer === null || batch.length === 0) return new Map()
  const positions = batch.map(({ position }) => position)
  try {
    const spans = await listDeliverySpans(pool, tenant_id, positions)
    return new Map(spans.map(({ position, traceparent }) => [position, traceparent]))
  } catch (error) {
    log.debug({ error }, 'the traces of deliveries could not be read')
    return new Map()
  }
}
