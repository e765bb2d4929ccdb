import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { createLog } from '../../../platform/log.ts'
import { type Delivered, type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess, versionIn } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

const log: string[] = []
let mail: MailServer
let desk: Desk
let world: World
beforeAll(async () => {
  mail = await startMailServer()
  desk = await startDesk({
    settings: { SMTP_URL: mail.url },
    log: createLog('warn', { write: (line) => void log.push(line) }),
  })
})
afterAll(async () => {
  await desk?.stop()
  await mail?.stop()
})

const path = (template: string, language = 'en'): string => `/mail-templates/${template}/${language}`
const own = {
  subject: '[{{ticket_id}}] We have it: {{ticket_subject}}',
  text: '# Got it\n\nDear {{#recipient_name}}{{recipient_name}}{{/recipient_name}},\nwe look at it.\n\n{{quote}}\n\n{{link}}',
}

/** The mail about a new ticket of a person, and the raw form of it. */
const mailOfTicket = async (person: Person, more: object = {}): Promise<Delivered> => {
  const id = await createTicket(person, { subject: 'No network', ...more })
  await desk.settled()
  const mails = await mail.mailsTo(person.email)
  const found = mails.find(({ message }) => message.subject?.includes(id))
  if (found === undefined) throw new Error(`no mail about ${id}`)
  return found
}

test('every template is listed with its languages, and shows its built-in text until the tenant has one', async () => {
  world = await createWorld(desk)
  const listed = bodyOf(await world.ada.get('/mail-templates')).mail_templates
  expect(listed.length).toBeGreaterThan(40)
  const resolved = listed.find(({ template }: { template: string }) => template === 'ticket_resolved')
  expect(resolved).toMatchObject({
    heading: 'Your ticket TKT0042 is resolved',
    languages: [{ language: 'en' }, { version: 0 }],
  })
  expect(resolved.variables).toContainEqual({
    name: 'auto_close_time',
    kind: 'text',
    sample: '7 days',
    is_needed: false,
  })
  const read = await world.ada.get(path('ticket_resolved', 'de'))
  expect(bodyOf(read)).toMatchObject({ is_set: false, version: 0, updated_by: null, language: 'de' })
  expect(bodyOf(read).text).toContain('Ihr Ticket {{ticket_id}} ist gelöst')
  expect(bodyOf(read).built_in.text).toBe(bodyOf(read).text)
  const nothing = await expectRefusal(world.ada.get(path('nothing')), 404, 'route_not_found')
  expect(nothing.body.detail).toBe('template must be a name in the answer of GET /mail-templates')
  await expectRefusal(world.tess.get('/mail-templates'), 403, 'forbidden')
})

test('what a tenant wrote is sent, until it is taken away, and each change is in the log', async () => {
  world = await createWorld(desk)
  const { ada, cleo } = world
  const kept = await ada.put(path('ticket_created_customer'), own)
  expect(bodyOf(kept)).toMatchObject({ ...own, is_set: true, version: 1, updated_by: 'ada' })
  expect(bodyOf(kept).warnings.map(({ code }: { code: string }) => code)).toEqual(['subject_splits_thread'])
  expect(versionIn(kept)).toBe(1)
  // The same text is no change.
  expect(bodyOf(await ada.put(path('ticket_created_customer'), own)).version).toBe(1)

  const { message } = await mailOfTicket(cleo)
  expect(message.subject).toMatch(/^\[TKT\d+\] We have it: No network$/)
  expect(message.text).toContain('Got it\n\nDear Cleo Customer,\nwe look at it.\n\nDescription:\n\n> No network')
  expect(message.html).toContain('Dear Cleo Customer,<br>\nwe look at it.')
  expect(message.text).not.toContain('Category')

  // The text of a sent mail is not kept: with another template it is shown as it would be now, and says so.
  const [sent] = bodyOf(await ada.get('/emails?template=ticket_created_customer&limit=1')).emails
  const shown = async () => bodyOf(await ada.get(`/emails/${sent.email_id}`))
  expect((await shown()).as_sent).toBe(true)
  const back = await ada.delete(path('ticket_created_customer'), { headers: { 'If-Match': '"1"' } })
  expect(bodyOf(back)).toMatchObject({ is_set: false, version: 2 })
  expect(await shown()).toMatchObject({ as_sent: false, text: expect.stringContaining('We have your ticket') })
  expect((await mailOfTicket(cleo)).message.text).toContain('We have your ticket')
  const again = await ada.put(path('ticket_created_customer'), own)
  expect(bodyOf(again).version).toBe(3)

  const events = await recordedEvents(desk, world, 'tenant.mail_template_changed')
  const size = (text: string) => ({ length: text.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) })
  const details = { template: 'ticket_created_customer', language: 'en' }
  expect(events.map((event) => [event.changes, event.details])).toEqual([
    [{ subject: { from: null, to: size(own.subject) }, text: { from: null, to: size(own.text) } }, details],
    [{ subject: { from: size(own.subject), to: null }, text: { from: size(own.text), to: null } }, details],
    [{ subject: { from: null, to: size(own.subject) }, text: { from: null, to: size(own.text) } }, details],
  ])
})

test('of two admins at once one is first, and If-Match refuses what was not read', async () => {
  world = await createWorld(desk)
  const { ada } = world
  const first = { headers: { 'If-Match': '"0"' } }
  const both = await Promise.all(
    [1, 2].map((n) => ada.put(path('ticket_urgent'), { ...own, text: `${n} ${n}` }, first)),
  )
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412])
  const other = { ...own, text: '3' }
  const stale = await expectRefusal(ada.put(path('ticket_urgent'), other, first), 412, 'stale_version')
  expect(stale.body).toMatchObject({ current_version: 1, changed: [{ field: 'text', by: 'ada', version: 1 }] })
  expect((await recordedEvents(desk, world, 'tenant.mail_template_changed')).length).toBe(1)
})

test('a person reads mails in their language, then in that of the tenant, then in English', async () => {
  world = await createWorld(desk)
  const { ada, cleo, carl } = world
  expectSuccess(await cleo.patch('/me', { language: 'de' }))
  const german = (await mailOfTicket(cleo)).message
  expect(german.text).toContain('Guten Tag Cleo Customer,\n\nVielen Dank, Ihr Ticket ist bei uns eingegangen.')
  expect(german.text).toContain('Sie bekommen diese Mail, weil es um Ihr Ticket geht.')
  expect(german.html).toContain('<html lang="de"')
  expect((await mailOfTicket(carl)).message.text).toContain('Hello Carl Customer,')
  expectSuccess(await ada.patch('/settings', { languages: ['de', 'en'] }))
  expect((await mailOfTicket(carl)).message.text).toContain('Guten Tag Carl Customer,')
  expectSuccess(await carl.patch('/me', { language: 'en' }))
  expect((await mailOfTicket(carl)).message.text).toContain('Hello Carl Customer,')
  // Each language has a text of its own.
  expectSuccess(await ada.put(path('ticket_created_customer', 'de'), own))
  expect((await mailOfTicket(carl)).message.text).toContain('Hello Carl Customer,')
  expect((await mailOfTicket(cleo)).message.text).toContain('Dear Cleo Customer,')
})

test('mails look as the tenant chose: sender, colour and signature', async () => {
  world = await createWorld(desk)
  const name = 'Acme, Help: "IT" (Berlin) <Desk> Müller'
  const signature = 'Acme GmbH\nMusterstraße 1 <b>'
  const mail_sender = { name, address: 'it@localhost' }
  expectSuccess(
    await world.ada.patch('/settings', { mail_sender, mail_signature: signature, accent_colour: '#123456' }),
  )
  const { message, raw } = await mailOfTicket(world.cleo)
  expect(message.from).toEqual({ name, address: 'it@localhost' })
  expect(raw.match(/^From:/gm)).toHaveLength(1)
  expect(message.html).toContain('background:#123456')
  expect(message.html).toContain('Acme GmbH<br>\nMusterstraße 1 &lt;b&gt;')
  expect(message.text).toContain('\n\nAcme GmbH\nMusterstraße 1 <b>\n\n-- \n')
})

test.each([
  [
    'ticket_urgent',
    'text',
    '{{greeting}}\n{{ticket_idd}}',
    'unknown_variable',
    'line 2, column 1: there is no variable ticket_idd; did you mean ticket_id? The names are: facts, link, ',
  ],
  ['ticket_urgent', 'text', 'a\nb {{#is_free}}x', 'template_syntax', 'line 2, column 16: {{#is_free}} is not closed'],
  ['ticket_urgent', 'text', 'a {{/is_free}}', 'template_syntax', 'line 1, column 3: {{/is_free}} closes nothing'],
  ['ticket_urgent', 'text', 'a {{ticket_id', 'template_syntax', 'line 1, column 3: a tag is not closed'],
  ['ticket_urgent', 'text', '{{ticket_id | upcase}}', 'template_syntax', 'there are no filters'],
  ['ticket_urgent', 'text', '{{> other}}', 'template_syntax', 'cannot include'],
  ['ticket_urgent', 'text', '{{{ticket_id}}}', 'template_syntax', 'nothing is left unescaped'],
  ['ticket_urgent', 'text', '{{&ticket_id}}', 'template_syntax', 'nothing is left unescaped'],
  ['ticket_urgent', 'text', '{{=<% %>=}}', 'template_syntax', 'cannot be changed'],
  ['ticket_urgent', 'text', '{{constructor}}', 'unknown_variable', 'there is no variable constructor'],
  ['ticket_urgent', 'text', '{{ticket_id.length}}', 'template_syntax', 'is no variable'],
  ['ticket_urgent', 'text', '{{__proto__}}', 'template_syntax', 'is no variable'],
  ['ticket_urgent', 'text', '{{is_free}}', 'condition_shown', '{{#is_free}}'],
  ['ticket_urgent', 'text', 'See: {{facts}}', 'block_misplaced', 'a line of its own'],
  [
    'ticket_urgent',
    'text',
    'a\n{{facts}}\n{{facts}}\n  {{facts}}',
    'block_repeated',
    'line 4, column 3: facts stands here',
  ],
  ['ticket_urgent', 'text', `${'{{#is_free}}'.repeat(11)}x${'{{/is_free}}'.repeat(11)}`, 'template_syntax', '10 deep'],
  ['ticket_urgent', 'text', '{{ticket_id}}'.repeat(501), 'template_syntax', '500 tags'],
  ['ticket_urgent', 'text', 'x'.repeat(10_001), 'too_big', 'at most 10000'],
  ['ticket_urgent', 'subject', '[{{ticket_id}}] {{link}}', 'block_misplaced', 'is for the text'],
  ['ticket_urgent', 'subject', '{{ticket_subject}}', 'variable_needed', '{{ticket_id}}'],
  ['ticket_urgent', 'subject', '[{{ticket_id}}]\r\nBcc: all@example.com', 'custom', 'single line'],
  ['ticket_urgent', 'subject', `[{{ticket_id}}]${'x'.repeat(200)}`, 'too_big', 'at most 200'],
  ['password_reset_requested', 'text', 'Hello!', 'variable_needed', '{{link}} outside of conditions'],
  ['account_invited', 'text', '{{#role}}\n{{link}}\n{{/role}}', 'variable_needed', '{{link}}'],
])('%s with a %s like %j is refused', async (template, field, text, code, says) => {
  const subject = template === 'ticket_urgent' ? own.subject : 'Hello'
  const body = { subject, text: 'Hello\n\n{{link}}', [field]: text }
  const world = await createWorldOnce()
  for (const asked of [
    () => world.ada.put(path(template), body),
    () => world.ada.post(`${path(template)}/preview`, body),
  ]) {
    const { errors } = (await expectRefusal(asked(), 400, 'validation_failed')).body
    expect(errors[0]).toMatchObject({ field, message: expect.stringContaining(says) })
    if (code !== 'custom' && code !== 'too_big') expect(errors[0].code).toBe(code)
  }
})

let once: Promise<World> | undefined
const createWorldOnce = (): Promise<World> => {
  once ??= createWorld(desk)
  return once
}

test('a preview shows the sample or a mail, with masked secrets, and keeps nothing', async () => {
  world = await createWorld(desk)
  const { ada, cleo } = world
  const sample = bodyOf(await ada.post(`${path('password_reset_requested', 'de')}/preview`, {}))
  expect(sample.subject).toMatch(/^Passwort zurücksetzen bei /)
  expect(sample.text).toContain('/password/reset?token=masked')
  await mailOfTicket(cleo, { issue_description: 'It is <b>down</b>.' })
  const [listed] = bodyOf(await ada.get('/emails?template=ticket_created_customer&limit=1')).emails
  const shown = bodyOf(
    await ada.post(`${path('ticket_created_customer')}/preview`, { ...own, email_id: listed.email_id }),
  )
  expect(shown.text).toContain('Dear Cleo Customer,\nwe look at it.\n\nDescription:\n\n> It is <b>down</b>.')
  expect(shown.html).toContain('It is &lt;b&gt;down&lt;/b&gt;.')
  expect(bodyOf(await ada.get(path('ticket_created_customer'))).version).toBe(0)
  const other = ada.post(`${path('ticket_urgent')}/preview`, { email_id: listed.email_id })
  expect((await expectRefusal(other, 400, 'validation_failed')).body.errors[0].code).toBe('other_template')
  // A mail of another tenant is none.
  const foreign = await createWorld(desk)
  const stolen = foreign.ada.post(`${path('ticket_created_customer')}/preview`, { email_id: listed.email_id })
  await expectRefusal(stolen, 404, 'email_not_found')
})

test('a mail is sent with the built-in text when that of the tenant cannot be used', async () => {
  world = await createWorld(desk)
  const broken = ['{{gone}}', '{{#is_free}}', '{{#is_closed}}x{{/is_closed}}', '{{constructor}}']
  for (const text of broken) {
    await exec(
      desk.app.pool,
      sql`insert into mail_templates (tenant_id, template, language, subject, text, updated_by)
          values (${world.tenantId}, 'ticket_created_customer', 'en', 'x', ${text}, 'ada')
          on conflict on constraint mail_templates_pkey do update set text = excluded.text`,
    )
    for (const person of [world.cleo, world.carl])
      expect((await mailOfTicket(person)).message.text).toContain('We have your ticket')
  }
  // Each fault stands in the log once, not for each mail.
  const said = log.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('a template of a tenant'))
  expect(said.map(({ tenant_id, template, language }) => [tenant_id, template, language])).toEqual(
    broken.map(() => [world.tenantId, 'ticket_created_customer', 'en']),
  )
  expect(new Set(said.map(({ fault }) => fault)).size).toBe(broken.length)
})

test('to an address that nobody has confirmed a tenant’s template says nothing that the customer typed', async () => {
  world = await createWorld(desk, { areConfirmed: false })
  const { ada, cleo } = world
  const text =
    '# {{ticket_subject}}\n\nHi {{recipient_name}}: {{customer_name}}, {{ticket_subject}}{{#ticket_subject}} EVIL{{/ticket_subject}}\n\n{{facts}}\n\n{{quote}}\n\n{{link}}'
  expectSuccess(await ada.put(path('ticket_created_customer'), { ...own, text }))
  await createTicket(cleo, { subject: 'EVIL at evil.example', issue_description: 'EVIL' })
  await desk.settled()
  const found = await mail.mailsTo(cleo.email)
  const sent = found.map(({ raw }) => raw).join('\n')
  expect(sent).not.toMatch(/evil/i)
  expect(found.at(-1)?.message.subject).toMatch(/We have it: Your ticket$/)
  expect(found.at(-1)?.message.text).toContain('Our mails leave out what you wrote')
})
