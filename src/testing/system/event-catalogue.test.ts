import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schemasOf } from '../../contract/event-parts.ts'
import { type EventType, eventTypes } from '../../contract/events.ts'
import { choosableKinds } from '../../contract/notification-kinds.ts'
import { webhookTexts } from '../../contract/webhook-texts.ts'
import { startWebhookRunner } from '../../modules/channels/webhooks/webhook-runner.service.ts'
import { endRestoring } from '../../modules/desk/attachments/deleted-tickets.service.ts'
import { closeTicketsInTime } from '../../modules/desk/ticket-changes/close-tickets.service.ts'
import { blankEvent } from '../../platform/events/blanking.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { startWebhookReceiver } from '../peers/webhook-receiver.ts'
import { makeOverdue } from '../support/catalogue.ts'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  createTickets,
  mergeTicket,
  moveTicket,
} from '../support/create-tickets.ts'
import { attach, textFile } from '../support/files.ts'
import { createOperator } from '../support/operator-client.ts'
import { createWorld, password, type World } from '../support/people.ts'
import { pngOf } from '../support/pictures.ts'
import { type RecordedEvent, recordedEvents } from '../support/recorded-events.ts'
import { bodyOf, expectPosted, expectRefusal, expectSuccess } from '../support/requests.ts'
import { codeNow, createMovableClock, enrol, finish } from '../support/second-factors.ts'
import {
  confirmationToken,
  forgetPassword,
  logIn,
  newestResetToken,
  refresh,
  resetPassword,
} from '../support/sign-in-requests.ts'
import { until } from '../support/waiting.ts'
import { deadUrl, makeDelivery, newWebhook } from '../support/webhook-requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { QUOTA_ADMIN_TICKETS_READ_PER_DAY: '4' } })
})
afterAll(() => desk?.stop())

/** A type that only earlier versions wrote. */
const ofEarlierVersions = 'password.change_failed'

/** The longest texts that the API takes: a catalogue that allows less would refuse them. */
const longest = { subject: '💥'.repeat(100), issue_category: 'x'.repeat(60), priority: 'urgent' }

/** Tickets are created, assigned, edited, resolved, reopened, closed and deleted, by a request and by a comment. */
const changeTickets = async (world: World): Promise<void> => {
  const { ada, tess, tom, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress')
  await createTicket(ada, { customer_id: cleo.id, ...longest })
  await assignTicket(ada, id, tom)
  expectSuccess(await ada.put(`/tickets/${id}`, longest))
  expectSuccess(await ada.put(`/tickets/${id}`, { technician_id: null }))
  expectSuccess(await ada.put(`/tickets/${id}`, { technician_id: tess.id, status: 'in_progress' }))
  expectSuccess(await tess.put(`/tickets/${id}`, { resolution_summary: 's'.repeat(1_000) }))
  await moveTicket(tess, id, 'waiting')
  const path = `/tickets/${id}/comments`
  const said = bodyOf(await cleo.post(path, { body: 'Here is what you asked for.', undo_seconds: 30 }))
  expectSuccess(await cleo.post('/undo', { token: said.undo_token }))
  expectSuccess(await comment(cleo, id, 'Here is what you asked for.'))
  await moveTicket(tess, id, 'resolved')
  expectSuccess(await comment(cleo, id, 'It is back.'))
  await moveTicket(tess, id, 'resolved', 'in_progress', 'resolved')
  expectSuccess(await cleo.post(`/tickets/${id}/reopen`))
  const why = { reason: 'w'.repeat(300) }
  expectSuccess(await tess.put(`/tickets/${id}`, { technician_id: null, reason: 'r'.repeat(2_000) }))
  expectSuccess(await cleo.put(`/tickets/${id}`, { issue_description: 'd'.repeat(10_000) }))
  expectSuccess(await ada.put(`/tickets/${id}`, { technician_id: tess.id }))
  await moveTicket(tess, id, 'resolved')
  expectSuccess(await cleo.post(`/tickets/${id}/comments`, { body: 'Thanks.', visibility: 'public', reopens: false }))
  expectSuccess(await cleo.post(`/tickets/${id}/reopen`, why))
  expectSuccess(await ada.post(`/tickets/${id}/move`, { customer_id: world.carl.id, confirm: true }))
  expectSuccess(await ada.post(`/tickets/${id}/move`, { customer_id: cleo.id, confirm: true }))
  await moveTicket(tess, id, 'resolved')
  expectSuccess(await cleo.post(`/tickets/${id}/close`, why))
  await createTicket(cleo, { follow_up_of: id })
  await createAssignedTicket(world, 'in_progress', 'resolved')
  await desk.owner.query(`update tickets set resolved_date = now() - interval '8 days' where status = 'resolved'`)
  await closeTicketsInTime(desk.app)
  expectSuccess(await ada.delete(`/tickets/${id}`))
  expectSuccess(await ada.post(`/tickets/${id}/restore`))
  expectSuccess(await ada.delete(`/tickets/${id}`))
  await desk.owner.query(`update tickets set deleted_at = now() - interval '30 days' where deleted_at is not null`)
  expect(await endRestoring(desk.app, 10)).toBe(1)
}

/** Tickets are merged, linked, tagged and watched, and all of that is undone. */
const relateTickets = async ({ ada, tess, cleo }: World): Promise<void> => {
  const [id = '', other = ''] = await createTickets(cleo, 2)
  await mergeTicket(ada, id, other)
  expectSuccess(await comment(cleo, id, 'Said on a merged ticket.'))
  expectSuccess(await ada.post(`/tickets/${id}/unmerge`))
  const paths = ['parent', 'related', 'duplicate'].map((kind) => `links/${kind}/${other}`)
  for (const path of [...paths, `tags/${'x'.repeat(50)}`, `watchers/${tess.id}`, 'watchers/ada']) {
    expectSuccess(await ada.put(`/tickets/${id}/${path}`))
    expectSuccess(await ada.delete(`/tickets/${id}/${path}`))
  }
}

/** Comments and attachments come and go, public and internal. */
const talk = async (world: World): Promise<void> => {
  const { tess } = world
  const id = await createAssignedTicket(world)
  for (const visibility of ['public', 'internal'] as const) {
    const { comment_id } = bodyOf(await comment(tess, id, 'b'.repeat(10_000), visibility))
    expectSuccess(await tess.put(`/tickets/${id}/comments/${comment_id}`, { body: 'Shorter.' }))
    expectSuccess(await tess.delete(`/tickets/${id}/comments/${comment_id}`))
    const file = textFile(`${'ä'.repeat(100)}.txt`)
    const { attachment_id } = await attach(desk, tess, id, file, visibility)
    expectSuccess(await tess.delete(`/tickets/${id}/attachments/${attachment_id}`))
  }
}

/** People are invited and created, change, and go. Deactivating Tom gives his ticket back. */
const changePeople = async (world: World): Promise<void> => {
  const { ada, tom, carl, slug } = world
  const name = 'n'.repeat(100)
  bodyOf(await ada.post('/customers', { name, email: `ivy@${slug}.example.com` }))
  const work = { phone_number: '+49 30 1234567', category: 'Heating' }
  const hired = { ...work, name, email: `hanna@${slug}.example.com` }
  const { technician_id } = bodyOf(await ada.post('/technicians', hired))
  expectSuccess(await resetPassword(world, await newestResetToken(desk, world, technician_id)))
  const moved = { ...longestPerson, phone_number: '030 99', category: 'Doors', available: false }
  expectSuccess(await ada.patch(`/technicians/${technician_id}`, { ...moved, email: `h@${slug}.example.com` }))
  expectSuccess(await ada.patch(`/customers/${carl.id}`, { ...longestPerson, email: `c@${slug}.example.com` }))
  await assignTicket(ada, await createTicket(carl), tom)
  for (const role of ['admin', 'technician']) expectSuccess(await ada.patch(`/people/${tom.id}`, { role, ...proof }))
  await assignTicket(ada, await createTicket(carl), tom)
  const boss = { role: 'admin', user_id: 'b'.repeat(63), name, email: `boss@${slug}.example.com`, ...proof }
  const { account_id } = bodyOf(await ada.post('/people', boss))
  expectSuccess(
    await ada.patch(`/people/${account_id}`, { ...longestPerson, email: `b@${slug}.example.com`, ...proof }),
  )
  expectSuccess(await ada.delete(`/people/${account_id}/sessions`))
  expectSuccess(await ada.delete(`/people/${account_id}`))
  expectSuccess(await ada.post(`/people/${account_id}/reactivate`))
  expectSuccess(await ada.delete(`/technicians/${tom.id}`))
  expectSuccess(await ada.delete(`/customers/${carl.id}`))
}
const longestPerson = { name: 'N'.repeat(100) }

/** People sign in and out, fail to for every reason, and lose and change their passwords. */
const signInAndOut = async (world: World): Promise<void> => {
  const { cleo, carl, tess, nobody, slug } = world
  for (const [name, secret] of [
    ['nobody-of-this-name', password],
    [cleo.email, 'a-wrong-password'],
    [`ivy@${slug}.example.com`, password],
    [`c@${slug}.example.com`, password],
    [carl.id, password],
  ]) {
    await expectRefusal(logIn(nobody, name, secret), 401, 'invalid_credentials')
  }
  expectSuccess(await nobody.post('/users/signin', { email: cleo.email, password }))
  expectSuccess(await (await world.signIn('ada', password)).post('/auth/logout'))
  const reused = await world.signIn(cleo.email, password)
  const next = expectSuccess(await refresh(world, reused.refreshToken)).body
  expectSuccess(await refresh(world, next.refresh_token))
  await expectRefusal(refresh(world, reused.refreshToken), 401, 'invalid_refresh_token')
  const late = await world.signIn(cleo.email, password)
  await desk.owner.query('update sessions set expires_at = now() where tenant_id = $1 and account_id = $2', [
    world.tenantId,
    cleo.id,
  ])
  await expectRefusal(refresh(world, late.refreshToken), 401, 'invalid_refresh_token')
  await desk.owner.query(
    `insert into sessions (tenant_id, account_id, expires_at)
     select $1, $2, now() + interval '1 day' from generate_series(1, 30)`,
    [world.tenantId, cleo.id],
  )
  await world.signIn(cleo.email, password)
  const change = (current_password: string) =>
    tess.post('/auth/password/change', { current_password, password: 'another-horse-8' })
  await expectRefusal(change('a-wrong-password'), 422, 'wrong_password')
  expectSuccess(await change(password))
  const confirm = async (email: string) =>
    expectSuccess(
      await nobody.post('/auth/email/confirm', { token: await confirmationToken(desk, world, cleo, email) }),
    )
  await confirm(cleo.email)
  expectSuccess(await resetPassword(world, await forgetPassword(desk, world, cleo)))
  expectSuccess(await tess.patch('/me', { name: 'N'.repeat(100), time_zone: 'Europe/Berlin', language: 'de' }))
  const daily = Object.fromEntries(choosableKinds.map((kind) => [kind, kind === 'ticket_urgent' ? 'console' : 'daily']))
  const { ticket_created, ...others } = daily
  expectSuccess(await tess.patch('/me/notifications', { ways: others, digest_hour: 23 }))
  const nora = await world.customer()
  expectSuccess(await nora.patch('/me/notifications', { ways: { ticket_created } }))
  for (const email of [`${'x'.repeat(60)}@${slug}.example.com`, nora.email]) {
    expectSuccess(await nora.post('/me/email', { email, current_password: password }))
  }
  await confirm(`x@${slug}.example.com`)
}

const proof = { current_password: password }

const changeSettings = async ({ ada, nobody, slug }: World): Promise<void> => {
  // Who asks the staff for a second factor needs one to go on.
  const { recoveryCodes } = await enrol(ada, createMovableClock())
  const registration_domains = Array.from({ length: 50 }, (_, n) => `${'x'.repeat(60)}.d${n}.example.com`)
  expectSuccess(
    await ada.patch('/settings', { registration: 'closed', registration_domains, second_factor_required: true }),
  )
  const mail_sender = { name: 'N'.repeat(100), address: 'desk@localhost' }
  const days = { auto_close_days: 3_650, deleted_days: 3_650, mail_parameters_days: 3_650 }
  const looks = { name: 'N'.repeat(100), languages: ['de', 'en'], time_zone: 'Europe/Berlin', accent_colour: '#0b6e4f' }
  const mails = { mail_sender, mail_signature: 'S'.repeat(1_000) }
  expectSuccess(await ada.patch('/settings', { ...days, ...looks, ...mails, comment_edit_minutes: 0, undo_seconds: 0 }))
  const template = { subject: '[{{ticket_id}}] News', text: '{{greeting}}' }
  expectSuccess(await ada.put('/mail-templates/ticket_urgent/de', template))
  expectSuccess(await ada.post('/mail-templates/ticket_urgent/de/test', template))
  expectSuccess(await ada.patch('/settings', { registration: 'confirmed', undo_seconds: null }))
  for (const width of [8, 9]) expectSuccess(await ada.put('/settings/logo', undefined, { raw: pngOf(width, 8) }))
  expectSuccess(await ada.delete('/settings/logo'))
  expectSuccess(await nobody.post('/auth/register', { email: `new@${slug}.example.com` }))
  expectSuccess(
    await ada.patch('/settings', {
      registration: null,
      registration_domains: null,
      second_factor_required: null,
      ...proof,
      second_factor_code: recoveryCodes[1],
    }),
  )
  const off = { current_password: password, second_factor_code: recoveryCodes[0] }
  expectSuccess(await ada.post('/me/second-factor/disable', off))
}

/** Tess makes an API token, renames it, uses it from elsewhere, and revokes it. */
const useToken = async ({ tess, nobody }: World): Promise<void> => {
  const wanted = { name: 'n'.repeat(100), scopes: ['ticket:read'], allowed_addresses: ['192.0.2.0/24'] }
  const { token, token_id } = bodyOf(await tess.post('/api-tokens', wanted))
  expectSuccess(await tess.patch(`/api-tokens/${token_id}`, { name: 'N'.repeat(100) }))
  const headers = { Authorization: `Bearer ${token}` }
  await expectRefusal(nobody.get('/auth/me', { headers }), 403, 'address_not_allowed')
  expectSuccess(await tess.delete(`/api-tokens/${token_id}`))
}

/** A service account comes, changes and goes. */
const serveProgram = async ({ ada }: World): Promise<void> => {
  const service = { name: 'n'.repeat(100), role: 'technician', category: 'Network' }
  const { account_id } = bodyOf(await ada.post('/service-accounts', service))
  const changed = { name: 'N'.repeat(100), category: 'x'.repeat(60) }
  expectSuccess(await ada.patch(`/service-accounts/${account_id}`, changed))
  expectSuccess(await ada.delete(`/service-accounts/${account_id}`))
}

/** A webhook is created, changed, disabled and enabled, gets another secret, is sent to once more, and goes. */
const serveWebhook = async (world: World): Promise<void> => {
  const { ada } = world
  const { webhook_id } = bodyOf(await ada.post('/webhooks', { ...newWebhook, description: 'd'.repeat(200) }))
  const path = `/webhooks/${webhook_id}`
  const changed = { url: `${deadUrl}/other`, description: '', types: null, includes_internal: true, is_ordered: false }
  expectSuccess(await ada.patch(path, { ...changed, state: 'disabled' }))
  expectSuccess(await ada.patch(path, { types: Array(50).fill('ticket.watcher_removed'), state: 'enabled' }))
  expectSuccess(await ada.post(`${path}/secrets`))
  expectSuccess(await ada.delete(`${path}/secrets/previous`))
  await fanOutOnce(desk.app.pool, [], 500)
  expectSuccess(await ada.post(`${path}/resend`, { since: '2020-01-01' }))
  const deliveryId = await makeDelivery(desk, world, ada, webhook_id)
  await desk.owner.query(`update webhook_deliveries set attempts = 10, state = 'failed' where tenant_id = $1`, [
    world.tenantId,
  ])
  expectSuccess(await ada.post(`${path}/deliveries/${deliveryId}/resend`))
  expectSuccess(await ada.delete(path))
}

/** A product comes and changes; orders of it are completed, returned and cancelled, and one expires. */
const serveCatalogue = async ({ ada, cleo, tenantId }: World): Promise<void> => {
  const wanted = {
    title: 't'.repeat(200),
    price: 100_000_000_000,
    currency: 'EUR',
    kind: 'licence',
    category: 'x'.repeat(60),
  }
  const { product_id } = bodyOf(await ada.post('/products', wanted))
  const changed = {
    title: 'T'.repeat(200),
    price: 0,
    currency: 'USD',
    kind: 'loan',
    category: 'X'.repeat(60),
    units: 2,
  }
  expectSuccess(await ada.put(`/products/${product_id}`, changed))
  const order = async (): Promise<string> => `/orders/${bodyOf(await cleo.post('/orders', { product_id })).order_id}`
  const completed = await order()
  expectSuccess(await ada.post(`${completed}/complete`, { reference: 'r'.repeat(200) }))
  expectSuccess(await ada.post(`${completed}/return`))
  expectSuccess(await cleo.delete(await order()))
  await order()
  await order()
  await makeOverdue(desk, tenantId)
  // The first reservation of the two ends by that, because no other unit is free.
  await order()
}

/** Second factors come and go, and codes are refused until no more are looked at. */
const useSecondFactors = async ({ ada, tom, nobody }: World): Promise<void> => {
  const { secret } = bodyOf(await tom.post('/me/second-factor', proof))
  const confirmed = await tom.post('/me/second-factor/confirm', { code: codeNow(secret, { now: Date.now }) })
  const [one = '', two = ''] = bodyOf(confirmed).recovery_codes
  const asked = await expectRefusal(logIn(nobody, tom.email), 401, 'second_factor_required')
  expectSuccess(await finish(nobody, asked.body.challenge, { recovery_code: one }))
  await expectRefusal(tom.post('/me/second-factor/disable', { current_password: 'not-his-3' }), 422, 'wrong_password')
  for (const second_factor_code of ['no code', one, ...Array(10).fill('000000')]) {
    const guess = tom.post('/me/second-factor/recovery-codes', { second_factor_code })
    await expectRefusal(guess, 422, 'wrong_second_factor')
  }
  const renewed = bodyOf(await tom.post('/me/second-factor/recovery-codes', { second_factor_code: two }))
  const off = { ...proof, second_factor_code: renewed.recovery_codes[0] }
  expectSuccess(await tom.post('/me/second-factor/disable', off))
  const again = bodyOf(await tom.post('/me/second-factor', proof))
  bodyOf(await tom.post('/me/second-factor/confirm', { code: codeNow(again.secret, { now: Date.now }) }))
  expectSuccess(await ada.post(`/people/${tom.id}/second-factor/reset`, proof))
}

const resendMail = async ({ ada }: World): Promise<void> => {
  await writeMails(desk)
  const { emails } = expectSuccess(await ada.get('/emails?limit=100')).body
  // A mail about a comment that was deleted is not sent again.
  const mail = emails.find(
    ({ account_id, template }: Record<string, string>) => account_id === ada.id && !template?.startsWith('comment'),
  )
  expectSuccess(await ada.post(`/emails/${mail.email_id}/resend`))
}

/** The content of an event is erased. The event has none, so that it stays as the catalogue says. */
const blank = async ({ tenantId }: World): Promise<void> => {
  while ((await fanOutOnce(desk.app.pool, [], 500)) > 0);
  const plain = `select event_id::int as id from events where tenant_id = $1 and type = 'ticket.deleted' limit 1`
  const { rows } = await desk.owner.query(plain, [tenantId])
  const system = { actor: { tenantId, accountId: null, role: 'system' as const }, requestId: null }
  expect(await blankEvent(desk.app.pool, system, rows[0].id)).not.toBeNull()
}

/** The operator renames the tenant, maps a host, suspends it, and takes its deletion back. */
const operate = async ({ slug }: World): Promise<void> => {
  const operator = createOperator(desk)
  expectSuccess(
    await operator.patch(`/tenants/${slug}`, { name: 'N'.repeat(100), host: `${slug}.${'x'.repeat(60)}.example.com` }),
  )
  for (const act of ['suspend', 'resume']) expectSuccess(await operator.post(`/tenants/${slug}/${act}`))
  expectSuccess(await operator.delete(`/tenants/${slug}?confirm=${slug}`))
  expectSuccess(await operator.post(`/tenants/${slug}/restore`))
}

/** Ada reads more tickets than an admin of this desk may. */
const readTooMuch = async (world: World): Promise<void> => {
  await expectRefusal(world.ada.get('/tickets'), 429, 'quota_exceeded')
  await until('the event is written', async () => (await recordedEvents(desk, world, 'quota.%')).length === 1)
}

/** Has a webhook of an admin told of the whole log, and answers with what it was told. */
const toldOfAll = async (world: World) => {
  const receiver = await startWebhookReceiver()
  const wanted = { url: receiver.url, includes_internal: true, is_ordered: true }
  const { webhook_id } = bodyOf(await world.ada.post('/webhooks', wanted))
  while ((await fanOutOnce(desk.app.pool, [], 500)) > 0);
  const { count } = bodyOf(await world.ada.post(`/webhooks/${webhook_id}/resend`, { from_position: 1 }))
  const runner = startWebhookRunner(desk.app, randomUUID())
  try {
    await until('all is told', async () => {
      const { waiting, is_resending: isResending } = bodyOf(await world.ada.get(`/webhooks/${webhook_id}`))
      return waiting === 0 && !isResending
    })
  } finally {
    await runner.stop(1_000)
    await receiver.stop()
  }
  expect(receiver.received.length).toBeLessThanOrEqual(count)
  return receiver.received.map(({ body }) => body)
}

/** What is wrong with an event, by the catalogue; empty for an event that fits. */
const faultsOf = ({ type, subject_id, changes, details }: RecordedEvent): string[] => {
  if (!(type in eventTypes)) return [`${type} is not in the catalogue`]
  const known = type as EventType
  const schemas = schemasOf(known)
  const { subject } = eventTypes[known]
  const isRight = subject === 'any' || subject_id.startsWith('TKT') === (subject === 'ticket')
  return [
    ...(isRight ? [] : [`${type} is about ${subject_id}`]),
    ...[schemas.changes.safeParse(changes), schemas.details.safeParse(details)].flatMap(({ error }) =>
      error === undefined ? [] : [`${type} ${JSON.stringify({ changes, details })}: ${error.message}`],
    ),
  ]
}

test('every type of event happens, and every event is as the catalogue says', async () => {
  const world = await createWorld(desk, { areConfirmed: false })
  await changeTickets(world)
  await relateTickets(world)
  await talk(world)
  await useSecondFactors(world)
  world.tom = await world.signIn(world.tom.email, password)
  await changePeople(world)
  await useToken(world)
  await serveProgram(world)
  await serveWebhook(world)
  await serveCatalogue(world)
  await signInAndOut(world)
  await changeSettings(world)
  await resendMail(world)
  await operate(world)
  await blank(world)
  await readTooMuch(world)
  const events = await recordedEvents(desk, world)
  expect(events.flatMap(faultsOf)).toEqual([])
  expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(
    Object.keys(eventTypes)
      .filter((type) => type !== ofEarlierVersions)
      .sort(),
  )

  const told = await toldOfAll(world)
  for (const message of told) expectPosted(message.type, message)
  // The document names what is posted, and nothing else.
  expect([...new Set(told.map(({ type }) => type))].sort()).toEqual(
    Object.keys(webhookTexts)
      .filter((type) => type !== ofEarlierVersions)
      .sort(),
  )

  const { details } = events.find(({ type }) => type === 'ticket.created') ?? {}
  const created = { customer_id: world.cleo.id, issue_category: 'Network', priority: 'normal', schema: 2 }
  expect(details).toEqual(created)
  const reasonsOf = (type: EventType): unknown[] => [
    ...new Set(events.flatMap((event) => (event.type === type ? [event.details.reason] : []))),
  ]
  expect(reasonsOf('sign_in.failed').sort()).toEqual(['deactivated', 'invited', 'unknown_name', 'wrong_password'])
  expect(reasonsOf('session.revoked').sort()).toEqual(['expired', 'refresh_token_reused', 'too_many_sessions'])
  const byComment = events.filter(({ type, details }) => type.startsWith('ticket.') && 'comment_id' in details)
  expect(byComment.map(({ type }) => type)).toEqual([
    'ticket.status_changed',
    'ticket.change_undone',
    'ticket.status_changed',
    'ticket.reopened',
  ])
})

test('a member that the catalogue does not know is a fault', () => {
  const event = { type: 'ticket.deleted', subject_id: 'TKT0001', subject_version: 2, actor_id: 'ada' }
  expect(faultsOf({ ...event, changes: {}, details: {} })).toEqual([])
  expect(faultsOf({ ...event, changes: {}, details: { why: 'x' } }).join()).toContain('"why"')
  expect(faultsOf({ ...event, changes: { why: { from: 1, to: 2 } }, details: {} }).join()).toContain('"why"')
  expect(faultsOf({ ...event, type: 'ticket.lost', changes: {}, details: {} })).toHaveLength(1)
  expect(faultsOf({ ...event, subject_id: 'CUS0001', changes: {}, details: {} })).toHaveLength(1)
})
