import type { KeyObject } from 'node:crypto'
import type { DeliveryFault } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import type { Heard, Outgoing } from '../../../platform/outgoing/outgoing.ts'
import { asSpan, type SpanFacts } from '../../../platform/tracing/spans.ts'
import type { Attempt } from './settle-deliveries.queries.ts'
import { userAgent } from './webhook-agent.ts'
import { signedHeaders } from './webhook-secrets.ts'

/** What came of one attempt to post a message. */
export interface Posted {
  attempt: Attempt
  /** The header `Retry-After` of the answer. */
  retryAfter: string | null
}

/** What is wrong with an answer, or why there is none; null when the receiver took the message. */
const faultOf = ({ status, fault }: Heard): DeliveryFault | null => {
  if (fault !== null || status === null) return fault ?? 'connection_lost'
  if (status >= 200 && status < 300) return null
  if (status >= 500) return 'server_failed'
  return status >= 400 ? 'refused' : 'redirected'
}

/** The span of an attempt. The address of a webhook may have a secret in it. */
const spanOfPost = (tenantId: number): SpanFacts => ({
  name: 'webhook POST',
  kind: 'client',
  attributes: { 'http.request.method': 'POST', 'counterdesk.tenant_id': tenantId },
})

/**
 * Signs a message for a webhook with the keys that count now, and posts it to the webhook's address. Without a key,
 * which means that its secret cannot be opened, nothing is sent. `traceparent` names the span that
 * wrote the event of the message.
 */
export const postMessage = async (
  { clock, tracer, metrics }: App,
  outgoing: Outgoing,
  { tenant_id, url, keys }: { tenant_id: number; url: string; keys: KeyObject[] },
  { id, body, traceparent }: { id: string; body: string; traceparent?: string | undefined },
): Promise<Posted> => {
  const attemptedAt = new Date(clock.now()).toISOString()
  if (keys.length === 0) {
    const attempt = { attemptedAt, durationMs: 0, status: null, fault: 'secret_unreadable' as const, answer: null }
    return { attempt, retryAfter: null }
  }
  const signed = signedHeaders({ id, sentAt: secondsOf(clock), body }, keys)
  const headers = { 'content-type': 'application/json', 'user-agent': userAgent, ...signed }
  const heard = await asSpan(tracer, spanOfPost(tenant_id), traceparent, async (span) => {
    const own: Record<string, string> = span === null ? {} : { traceparent: span.traceparent }
    const said = await outgoing.post(String(tenant_id), url, { ...headers, ...own }, body)
    if (said.status !== null) span?.set({ 'http.response.status_code': said.status })
    const fault = faultOf(said)
    if (fault !== null) span?.end(fault)
    return said
  })
  const { durationMs, status, retryAfter } = heard
  const fault = faultOf(heard)
  metrics.webhookAttempts.inc({ outcome: fault ?? 'delivered' })
  const answer = heard.answer === '' ? null : heard.answer
  return { attempt: { attemptedAt, durationMs, status, fault, answer }, retryAfter }
}
