import { type Answer, answerOf, api, newKey } from '../api/calls.ts'
import { differing, joinValues, type Member, type Values, valuesOf, type Webhook } from './webhook-rules.ts'

/** What became of saving: an answer, or what somebody else changed at the same members. */
export type Saved =
  | { answer: Answer<Webhook> }
  | { answer: Answer<Webhook>; now: Webhook; joined: Values; both: Member[] }

const patch = (webhook: Webhook, values: Values): Promise<Answer<Webhook>> => {
  const changed = differing(valuesOf(webhook), values)
  const body = Object.fromEntries(changed.map((name) => [name, values[name]]))
  const header = { 'If-Match': `"${webhook.version}"`, 'Idempotency-Key': newKey() }
  return answerOf(
    api.PATCH('/webhooks/{webhookId}', { params: { path: { webhookId: webhook.webhook_id }, header }, body }),
  )
}

/**
 * Saves what differs from the webhook that was read. When somebody else was first, it joins both by member and saves
 * again; what both changed otherwise is for the person to decide.
 */
export const saveWebhook = async (read: Webhook, values: Values): Promise<Saved> => {
  const answer = await patch(read, values)
  if (answer.ok || answer.problem.code !== 'stale_version') return { answer }
  const params = { path: { webhookId: read.webhook_id } }
  const now = await answerOf(api.GET('/webhooks/{webhookId}', { params }))
  if (!now.ok) return { answer: now }
  const { joined, both } = joinValues(valuesOf(read), values, valuesOf(now.data))
  return both.length > 0 ? { answer, now: now.data, joined, both } : { answer: await patch(now.data, joined) }
}
