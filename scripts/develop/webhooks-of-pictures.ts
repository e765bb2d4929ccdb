import type { Page } from 'playwright-core'

// Webhooks for the pictures. The demo has none, because a demo must send nothing to anybody, so the answers of the API
// are made here.

const minutesAgo = (count: number): string => new Date(Date.now() - count * 60_000).toISOString()

const usual = {
  owner_id: 'dana',
  owner_name: 'Dana Whitfield',
  types: null,
  includes_internal: false,
  is_ordered: false,
  state: 'enabled',
  disabled_reason: null,
  disabled_at: null,
  version: 1,
  created_at: minutesAgo(60 * 24 * 9),
  updated_at: minutesAgo(60 * 24 * 9),
  secret_at: minutesAgo(60 * 24 * 9),
  previous_secret_until: null,
  waiting: 0,
  failures: 0,
  failing_since: null,
  paused_until: null,
  last_success_at: minutesAgo(4),
  last_failure_at: null,
  next_attempt_at: null,
  is_resending: false,
}
const chat = {
  ...usual,
  webhook_id: 'WHK0001',
  description: 'Workshop chat',
  url: 'https://hooks.chat.example.com/it',
  types: ['ticket.created', 'ticket.assigned', 'comment.added'],
}
const register = {
  ...usual,
  webhook_id: 'WHK0002',
  description: 'Asset register',
  url: 'https://assets.example.com/counterdesk/in/b0e5f3c2a7d94f1f9a60c1f2',
  types: ['ticket.*', 'comment.added'],
  includes_internal: true,
  is_ordered: true,
  waiting: 5,
  failures: 5,
  failing_since: minutesAgo(29),
  paused_until: minutesAgo(-2),
  last_success_at: minutesAgo(31),
  last_failure_at: minutesAgo(1),
  next_attempt_at: minutesAgo(-2),
  previous_secret_until: minutesAgo(-60 * 20),
}
const report = {
  ...usual,
  webhook_id: 'WHK0003',
  description: '',
  url: 'https://reports.example.com/night',
  state: 'disabled',
  disabled_reason: 'gone',
  disabled_at: minutesAgo(60 * 30),
  last_success_at: null,
}
const webhooks = [chat, register, report]

const deliveries = (['waiting', 'waiting', 'failed', 'delivered', 'delivered', 'skipped'] as const).map(
  (state, at) => ({
    delivery_id: `evt_b3f09c21a7de_1_${1_042 - at}`,
    position: 1_042 - at,
    type: ['ticket.assigned', 'ticket.created', 'comment.added'][at % 3],
    subject_id: `TKT0${185 - at}`,
    occurred_at: minutesAgo(20 + 9 * at),
    state,
    attempts: { waiting: 3, failed: 10, delivered: 1, skipped: 0 }[state],
    attempts_left: state === 'waiting' ? 7 : 0,
    due_at: state === 'waiting' ? minutesAgo(-2) : null,
    settled_at: state === 'waiting' ? null : minutesAgo(9 * at),
  }),
)
const attempt = { attempted_at: minutesAgo(2), duration_ms: 212, status: 503, fault: 'server_failed' }
const attempts = [
  { ...attempt, answer: '{"error": "maintenance", "until": "14:30"}' },
  { ...attempt, attempted_at: minutesAgo(7), duration_ms: 15_004, status: null, fault: 'too_slow', answer: null },
]

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='

const page = { next_cursor: null, has_more: false }
const answerTo = (path: string): object => {
  const [, , id, part, deliveryId] = path.slice(1).split('/')
  if (id === undefined) return { webhooks, page }
  if (part === undefined) return webhooks.find((one) => one.webhook_id === id) ?? register
  if (part === 'secrets') return { webhook_id: id, secret, previous_secret_until: minutesAgo(-60 * 24) }
  if (part === 'test') return { delivered: false, ...attempts[0] }
  if (part === 'resend') return { count: 12, dry_run: true }
  if (deliveryId === undefined) return { deliveries: id === 'WHK0003' ? [] : deliveries, page }
  return { ...deliveries.find((one) => one.delivery_id === deliveryId), attempts_made: attempts }
}

/** A path whose screen shows that there are no webhooks. */
export const withoutWebhooks =
  (path: string) =>
  async (shown: Page): Promise<string> => {
    await shown.unroute('**/api/webhooks**')
    await shown.route('**/api/webhooks**', (route) => route.fulfill({ json: { webhooks: [], page } }))
    return path
  }

/** A path whose screen shows these webhooks. */
export const withWebhooks =
  (path: string) =>
  async (shown: Page): Promise<string> => {
    await shown.unroute('**/api/webhooks**')
    await shown.route('**/api/webhooks**', (route) =>
      route.fulfill({ json: answerTo(new URL(route.request().url()).pathname) }),
    )
    await shown.unroute('**/api/webhooks/**')
    await shown.route('**/api/webhooks/**', (route) =>
      route.fulfill({ json: answerTo(new URL(route.request().url()).pathname) }),
    )
    return path
  }
