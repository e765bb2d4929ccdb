import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, createApi, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let smtp: MailServer
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({
    settings: { SMTP_URL: smtp.url, MAIL_FROM: 'Desk <desk@main.example>', MAIL_SENDER_DOMAINS: 'hafen.example' },
  })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const path = '/mail-templates/ticket_created_customer/en'
const own = { subject: '[{{ticket_id}}] Ours', text: 'Ours\n\n{{link}}' }

test('a token previews samples, and what is in a mail only with the scope that reads mails', async () => {
  const { ada, cleo } = await createWorld(desk)
  await createTicket(cleo, { subject: 'Secret' })
  await desk.settled()
  const [{ email_id }] = bodyOf(await ada.get('/emails?template=ticket_created_customer&limit=1')).emails
  const withScopes = async (scopes: string[]) =>
    createApi(desk.url, {
      Authorization: `Bearer ${bodyOf(await ada.post('/api-tokens', { name: 'T', scopes })).token}`,
    })
  const narrow = await withScopes(['mail-template:read', 'ticket:read'])
  expectStatus(await narrow.post(`${path}/preview`, {}), 200)
  const refused = await expectRefusal(narrow.post(`${path}/preview`, { email_id }), 403, 'insufficient_scope')
  expect(refused.text).not.toContain('Secret')
  // Whether there is such a mail is not told either.
  const none = '00000000-0000-4000-8000-000000000000'
  await expectRefusal(narrow.post(`${path}/preview`, { email_id: none }), 403, 'insufficient_scope')
  const wide = await withScopes(['mail-template:read', 'email:read'])
  expect(bodyOf(await wide.post(`${path}/preview`, { email_id })).text).toContain('Secret')
  // No token mails anything.
  await expectRefusal(wide.post(`${path}/test`, {}), 403, 'session_required')
})

test('a first change that another one overtakes starts over, and both are in the log', async () => {
  const world = await createWorld(desk)
  const { ada, tenantId } = world
  const other = await desk.owner.connect()
  try {
    await other.query('begin')
    await other.query(
      `insert into mail_templates (tenant_id, template, language, subject, text, updated_by)
       values ($1, 'ticket_created_customer', 'en', 'Theirs', 'Theirs', 'ada')`,
      [tenantId],
    )
    const writing = ada.put(path, own)
    await untilLockIsAwaited(desk)
    await other.query('commit')
    expect(bodyOf(await writing)).toMatchObject({ ...own, version: 2 })
  } finally {
    other.release()
  }
  const events = await recordedEvents(desk, world, 'tenant.mail_template_changed')
  const lengths = { from: { length: 'Theirs'.length }, to: { length: own.text.length } }
  expect(events.map(({ changes }) => changes)).toMatchObject([{ text: lengths }])
})

test('a tenant sends from its own and the listed domains only, also when another one is stored', async () => {
  const { ada, cleo, tenantId } = await createWorld(desk)
  const sender = (address: string) => ({ mail_sender: { name: 'Hafen, IT', address } })
  const fromNow = async (): Promise<string> => {
    await createTicket(cleo)
    await desk.settled()
    return (await smtp.mailsTo(cleo.email)).at(-1)?.message.from?.address ?? ''
  }
  expect(await fromNow()).toBe('desk@main.example')
  for (const address of ['it@hafen.example', 'IT@HAFEN.EXAMPLE', 'it@main.example']) {
    expectSuccess(await ada.patch('/settings', sender(address)))
    expect((await fromNow()).toLowerCase()).toBe(address.toLowerCase())
  }
  for (const address of [
    'it@sub.hafen.example',
    'it@hafen.example.evil.example',
    'it@xhafen.example',
    'it@other.example',
  ]) {
    const { body } = await expectRefusal(ada.patch('/settings', sender(address)), 400, 'validation_failed')
    expect(body.errors).toMatchObject([{ field: 'mail_sender.address', code: 'foreign_domain' }])
    expect(body.errors[0].message).toContain('main.example, hafen.example')
  }
  // The operator has taken the domain off the list since.
  await sqlOn(
    desk.databaseUrl,
    `update tenants set settings = jsonb_set(settings, '{mail_sender,address}', '"it@gone.example"') where tenant_id = $1`,
    [tenantId],
  )
  desk.app.tenantSettings.clear()
  expect(await fromNow()).toBe('desk@main.example')
})

test('a preview of a mail that becomes too long says from where on', async () => {
  const { ada, cleo } = await createWorld(desk)
  await createTicket(cleo, { subject: '"'.repeat(200), issue_description: 'x' })
  await desk.settled()
  const [{ email_id }] = bodyOf(await ada.get('/emails?template=ticket_created_customer&limit=1')).emails
  const subject = '[{{ticket_id}}] Ours'
  const text = `Hello\n\n${'{{ticket_subject}}\n'.repeat(490)}`
  const place = `${path}/preview`
  // The sample is short.
  expectSuccess(await ada.post(place, { subject, text }))
  const refused = await expectRefusal(ada.post(place, { subject, text, email_id }), 400, 'validation_failed')
  expect(refused.body.errors).toEqual([
    { field: 'text', code: 'mail_too_long', message: expect.stringMatching(/^has a fault in line \d\d\d, column 1: /) },
  ])
})
