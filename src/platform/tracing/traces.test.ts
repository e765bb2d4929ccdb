import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HeardSpan, type OtlpListener, startOtlpListener } from '../../testing/peers/otlp-listener.ts'
import { type MailServer, startMailServer } from '../../testing/peers/smtp-server.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/peers/webhook-receiver.ts'
import { createTicket, createTickets, issue } from '../../testing/support/create-tickets.ts'
import { attach } from '../../testing/support/files.ts'
import { createWorld, type World } from '../../testing/support/people.ts'
import { bodyOf, expectStatus, expectSuccess } from '../../testing/support/requests.ts'
import { openStream } from '../../testing/support/stream-client.ts'
import { until } from '../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

// Two programs on one database: one serves requests, the other does the jobs and sends mails and webhooks.

let listener: OtlpListener
let smtp: MailServer
let receiver: WebhookReceiver
let desk: Desk
let worker: Desk
let world: World

const collectorKey = 'the-key-of-the-collector'

beforeAll(async () => {
  listener = await startOtlpListener()
  smtp = await startMailServer()
  receiver = await startWebhookReceiver()
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: listener.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${collectorKey},x-other=a%20b`,
    SMTP_URL: smtp.url,
    TRUST_PROXY: 'loopback',
  }
  desk = await startDesk({ settings: { ...settings, OTEL_SERVICE_NAME: 'desk-web' }, withWorker: false })
  const { databaseUrl } = desk
  worker = await startDesk({
    settings: { ...settings, OTEL_SERVICE_NAME: 'desk-worker', TRUST_PROXY: 'false' },
    databaseUrl,
  })
  world = await createWorld(desk)
})
afterAll(async () => {
  await worker?.stop()
  await desk?.stop()
  await Promise.all([receiver?.stop(), smtp?.stop(), listener?.stop()])
})

const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const inTrace = (traceId: string): HeardSpan[] => listener.spans.filter((span) => span.traceId === traceId)
const named = (traceId: string, name: string | RegExp): HeardSpan[] =>
  inTrace(traceId).filter((span) => (typeof name === 'string' ? span.name === name : name.test(span.name)))

/** Waits until a trace has a span. */
const spanNamed = async (traceId: string, name: string | RegExp): Promise<HeardSpan> => {
  await until(`the trace has ${name}`, () => named(traceId, name).length > 0)
  return named(traceId, name)[0] as HeardSpan
}

/** The trace of a request, as the collector knows it by the id of the request. */
const traceOf = async (requestId: string | null): Promise<string> => {
  const find = () => listener.spans.find(({ attributes }) => attributes['counterdesk.request_id'] === requestId)
  await until('the span of the request came', () => find() !== undefined)
  return find()?.traceId ?? ''
}

test('request, statement, mail and webhook are one trace, which the caller began', async () => {
  const { ada, cleo } = world
  expectStatus(await ada.post('/webhooks', { url: receiver.url, types: ['ticket.created'] }), 201)
  const [traceId, spanId] = [hex(16), hex(8)]
  const headers = { traceparent: `00-${traceId}-${spanId}-01` }
  const made = expectStatus(await cleo.post('/tickets', issue, { headers }), 201)

  const request = await spanNamed(traceId, 'POST /tickets')
  expect(request).toMatchObject({
    parentId: spanId,
    hasFailed: false,
    resource: { 'service.name': 'desk-web' },
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/tickets',
      'http.response.status_code': 201,
      'counterdesk.request_id': made.headers.get('x-request-id'),
      'counterdesk.tenant_id': world.tenantId,
    },
  })
  const insert = inTrace(traceId).find(({ attributes }) =>
    /insert into tickets/.test(String(attributes['db.query.text'])),
  )
  expect(insert).toMatchObject({ parentId: request.spanId, attributes: { 'db.system.name': 'postgresql' } })

  const mail = await spanNamed(traceId, /^mail /)
  expect(mail).toMatchObject({
    parentId: request.spanId,
    resource: { 'service.name': 'desk-worker' },
    attributes: { 'counterdesk.outcome': 'sent' },
  })
  const post = await spanNamed(traceId, 'webhook POST')
  expect(post).toMatchObject({
    parentId: request.spanId,
    resource: { 'service.name': 'desk-worker' },
    attributes: { 'http.response.status_code': 200 },
  })
  const [message] = receiver.received
  expect(message?.headers.traceparent).toBe(`00-${traceId}-${post.spanId}-01`)
})

test('a job is of the trace of the request that added it', async () => {
  const { cleo } = world
  const ticketId = await createTicket(cleo)
  const file = await attach(desk, cleo, ticketId)
  const traceId = hex(16)
  const headers = { traceparent: `00-${traceId}-${hex(8)}-01` }
  expectSuccess(await cleo.delete(`/tickets/${ticketId}/attachments/${file.attachment_id}`, { headers }))
  const job = await spanNamed(traceId, 'job remove_attachment')
  const request = await spanNamed(traceId, /^DELETE /)
  expect(job).toMatchObject({ parentId: request.spanId, resource: { 'service.name': 'desk-worker' } })
})

test('changes and comments that share a transaction are each of the trace of their own request', async () => {
  const { ada, cleo, tenantId } = world
  const ids = await createTickets(cleo, 16)
  const traceIds = ids.map(() => hex(16))
  const replies = await Promise.all(
    ids.map((id, place) => {
      const headers = { traceparent: `00-${traceIds[place]}-${hex(8)}-01`, 'If-Match': '*' }
      return place % 2 === 0
        ? ada.patch(`/tickets/${id}`, { priority: 'high' }, { headers })
        : ada.post(`/tickets/${id}/comments`, { body: 'Words.', visibility: 'internal' }, { headers })
    }),
  )
  for (const reply of replies) expectSuccess(reply)
  const { rows } = await desk.owner.query(
    `select split_part(e.traceparent, '-', 2) as trace from events e
     where e.tenant_id = $1 and e.subject_id = any ($2) and e.type in ('ticket.updated', 'comment.added')
     order by e.subject_id`,
    [tenantId, ids],
  )
  expect(rows.map(({ trace }) => trace)).toEqual(traceIds)
})

test('what is no traceparent begins a new trace, and one that is not recorded is not sent', async () => {
  const { cleo } = world
  const traceId = hex(16)
  const bad = [`00-${'0'.repeat(32)}-${hex(8)}-01`, `ff-${traceId}-${hex(8)}-01`, `00-${traceId}-${hex(8)}-01-x`, 'x']
  const replies = await Promise.all(bad.map((traceparent) => cleo.get('/tickets', { headers: { traceparent } })))
  for (const reply of replies) {
    expect(await traceOf(expectSuccess(reply).headers.get('x-request-id'))).not.toBe(traceId)
  }
  const silent = hex(16)
  const made = await cleo.post('/tickets', issue, { headers: { traceparent: `00-${silent}-${hex(8)}-00` } })
  expectStatus(made, 201)
  const later = expectSuccess(await cleo.get('/tickets'))
  await traceOf(later.headers.get('x-request-id'))
  await worker.settled()
  expect(inTrace(silent)).toEqual([])
})

test('whom no proxy of TRUST_PROXY passes on decides neither the trace nor whether it is recorded', async () => {
  const claimed = hex(16)
  for (const flag of ['00', '01']) {
    const headers = { ...world.cleo.headers, traceparent: `00-${claimed}-${hex(8)}-${flag}` }
    const { status, headers: answered } = await fetch(`${worker.url}/api/tickets`, { headers })
    expect(status).toBe(200)
    expect(await traceOf(answered.get('x-request-id'))).not.toBe(claimed)
  }
  expect(inTrace(claimed)).toEqual([])
})

test('probes and the metrics leave no spans', async () => {
  for (const path of ['/health', '/ready', '/metrics', '/api/health', '/api/v1/ready']) {
    await fetch(`${desk.url}${path}`)
  }
  const { headers } = expectSuccess(await world.cleo.get('/tickets'))
  await traceOf(headers.get('x-request-id'))
  expect(listener.spans.filter(({ attributes }) => /health|ready/.test(String(attributes['http.route'])))).toEqual([])
})

test('a stream of events has a span until it begins, and nothing that it reads later', async () => {
  const { cleo } = world
  const traceId = hex(16)
  const stream = await openStream(desk, { ...cleo.headers, traceparent: `00-${traceId}-${hex(8)}-01` })
  await spanNamed(traceId, 'GET /events/stream')
  const count = inTrace(traceId).length
  const ticketId = await createTicket(cleo)
  await until('the stream tells of it', () => stream.text().includes(ticketId))
  stream.close()
  const { headers } = expectSuccess(await cleo.get('/tickets'))
  await traceOf(headers.get('x-request-id'))
  expect(inTrace(traceId)).toHaveLength(count)
})

test('the collector gets its headers, and no value, text, address or secret of anybody', async () => {
  const { ada, cleo, nobody } = world
  const canary = `canary-${hex(6)}`
  const secret = `Pass-${canary}-7`
  const made = bodyOf(await cleo.post('/tickets', { ...issue, subject: canary, issue_description: `about ${canary}` }))
  await cleo.post(`/tickets/${made.ticket_id}/comments`, { body: `said ${canary}` })
  await cleo.get(`/tickets?q=${canary}`)
  await ada.get(`/audit?actor_id=${canary}`)
  await nobody.get(`/${canary}`)
  await nobody.post('/auth/login', { user_id_or_email: `${canary}@example.com`, password: secret })
  await nobody.post('/auth/register', { name: canary, email: `${canary}@example.com`, password: secret })
  await ada.post('/webhooks', { url: `${receiver.url}?secret=${canary}`, types: ['ticket.*'] })
  await fetch(`${desk.url}/api/tickets/${made.ticket_id}?token=${canary}`, {
    headers: { 'user-agent': canary, authorization: `Bearer ${canary}`, cookie: `x=${canary}`, 'x-request-id': canary },
  })
  const last = expectSuccess(await cleo.patch('/me', { name: `Cleo ${canary}` }))
  await traceOf(last.headers.get('x-request-id'))
  await worker.settled()
  await until('a mail about it was sent', () => smtp.delivered.some(({ raw }) => raw.includes(canary)))
  const after = expectSuccess(await cleo.get('/tickets'))
  await traceOf(after.headers.get('x-request-id'))

  const everything = listener.received.map(({ raw }) => raw).join('\n')
  const secrets = [canary, secret, 'example.com', cleo.token, ada.token, cleo.refreshToken, cleo.email, made.ticket_id]
  for (const value of [...secrets, '127.0.0.1', receiver.url, collectorKey]) expect(everything).not.toContain(value)
  for (const { path, headers } of listener.received) {
    expect(path).toBe('/v1/traces')
    expect(headers).toMatchObject({ 'x-key': collectorKey, 'x-other': 'a b' })
  }
})
