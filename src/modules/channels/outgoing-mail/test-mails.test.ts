import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createAssignedTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { createAdminOf } from '../../identity/accounts/first-admin.service.ts'
import { TemplateName } from './templates/template-names.ts'
import { testMailsPerDay } from './test-mails.service.ts'

let smtp: MailServer
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url } })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const path = (template: string, language = 'en'): string => `/mail-templates/${template}/${language}/test`
const draft = { subject: '[{{ticket_id}}] Draft', text: '# A draft\n\n{{greeting}}\n\n{{quote}}\n\n{{link}}' }
/** All mails that a person got. */
const mailsTo = async (person: Person) => {
  await desk.settled()
  return (await smtp.mailsTo(person.email)).map(({ message }) => message)
}

test('an admin mails a draft to their own address; it is listed and logged, and the template stays', async () => {
  const world = await createWorld(desk)
  const { ada } = world
  const reply = await ada.post(path('ticket_created_customer'), draft)
  expectStatus(reply, 202)
  const sent = bodyOf(reply)
  expect(sent).toEqual({ email_id: expect.any(String), recipient_email: ada.email })
  const [mail, ...others] = await mailsTo(ada)
  expect(others).toEqual([])
  expect(mail?.subject).toBe('[Test] [TKT0042] Draft')
  expect(mail?.text).toContain('A draft\n\nHello Ada Admin,\n\nDescription:\n\n> It burns.')
  expect(mail?.to).toMatchObject([{ address: ada.email }])
  const listed = bodyOf(await ada.get(`/emails/${sent.email_id}`))
  expect(listed).toMatchObject({
    state: 'sent',
    as_sent: true,
    template: 'ticket_created_customer',
    account_id: ada.id,
  })
  expect(listed.subject).toBe('[Test] [TKT0042] Draft')
  const events = await recordedEvents(desk, world, 'email.test_sent')
  expect(events.map(({ actor_id, subject_id, details }) => [actor_id, subject_id, details])).toEqual([
    [ada.id, ada.id, { template: 'ticket_created_customer', language: 'en' }],
  ])
  expect(bodyOf(await ada.get('/mail-templates/ticket_created_customer/en')).version).toBe(0)
})

test('every template arrives as a test with its sample, in the language that was asked for', async () => {
  const { ada } = await createWorld(desk)
  for (const template of TemplateName.options) expectSuccess(await ada.post(path(template, 'de'), {}))
  const mails = await mailsTo(ada)
  expect(mails).toHaveLength(TemplateName.options.length)
  for (const { subject, text } of mails) {
    expect(subject).toMatch(/^\[Test\] /)
    expect(text).toContain('Guten Tag Ada Admin,')
  }
}, 60_000)

test('with a real mail its facts are told, to the admin only, without the secret of its link', async () => {
  const world = await createWorld(desk)
  const { ada, cleo, nobody } = world
  const id = await createTicket(cleo, { subject: 'No network', issue_description: 'Since 8.' })
  await nobody.post('/auth/password/forgot', { email: cleo.email })
  const before = (await mailsTo(cleo)).length
  const idOf = async (template: string): Promise<string> =>
    bodyOf(await ada.get(`/emails?template=${template}&account=${cleo.id}&limit=1`)).emails[0].email_id
  const email_id = await idOf('ticket_created_customer')
  expectSuccess(await ada.post(path('ticket_created_customer'), { ...draft, email_id }))
  expectSuccess(await ada.post(path('password_reset_requested'), { email_id: await idOf('password_reset_requested') }))
  const mails = (await mailsTo(ada)).filter(({ subject }) => subject?.startsWith('[Test] '))
  expect(mails.map(({ subject }) => subject).sort()).toEqual([
    `[Test] Reset your password at Desk ${world.slug}`,
    `[Test] [${id}] Draft`,
  ])
  expect(mails.find(({ subject }) => subject?.includes(id))?.text).toContain('> Since 8.')
  expect(mails.find(({ subject }) => !subject?.includes(id))?.text).toContain('/password/reset?token=masked')
  expect(await mailsTo(cleo)).toHaveLength(before)
  // The ticket keeps its thread, and its customer sees no mail of somebody else.
  expect(bodyOf(await cleo.get(`/tickets/${id}/emails`)).emails).toHaveLength(1)
})

test('a long subject is cut behind the mark, even when the subject is as long as it may be', async () => {
  const { ada } = await createWorld(desk)
  for (const length of [112, 113, 114, 194, 200]) {
    const subject = `${'x'.repeat(length - 13)}{{ticket_id}}`
    expectSuccess(await ada.post(path('ticket_urgent'), { subject, text: 'Hello' }))
  }
  const subjects = (await mailsTo(ada)).map(({ subject }) => subject ?? '')
  expect(subjects.filter((subject) => subject.startsWith('[Test] xxx'))).toHaveLength(5)
  expect(subjects.map(({ length }) => length).sort()).toEqual([113, 114, 115, 120, 120])
})

test('a test ends as the preview does, and no click on it stops a mail', async () => {
  const world = await createWorld(desk)
  const { ada, tess } = world
  await createAssignedTicket(world)
  await desk.settled()
  const template = 'ticket_assigned_technician'
  const [{ email_id }] = bodyOf(await ada.get(`/emails?template=${template}&account=${tess.id}&limit=1`)).emails
  const preview = `/mail-templates/${template}/en/preview`
  const endOf = (text: string | undefined): string => /You get this mail because.*/s.exec(text ?? '')?.[0].trim() ?? ''
  const shown = bodyOf(await ada.post(preview, { email_id })).text
  expect(endOf(shown)).toMatch(/Get no more mails about .*token=masked/s)
  expectSuccess(await ada.post(path(template), { email_id }))
  const [sent] = (await mailsTo(ada)).filter(({ subject }) => subject?.startsWith('[Test]'))
  expect(endOf(sent?.text)).toBe(endOf(shown))
  expect(sent?.headers.filter(({ key }) => key.startsWith('list-unsub'))).toEqual([])
  // That of the test is no mail of its own, so a preview of it has no mark.
  const [test] = bodyOf(await ada.get(`/emails?template=${template}&account=${ada.id}&limit=1`)).emails
  expect(bodyOf(await ada.post(preview, { email_id: test.email_id })).subject).not.toContain('[Test]')
  const digest = bodyOf(await ada.post('/mail-templates/digest/en/preview', {})).text
  expectSuccess(await ada.post(path('digest'), {}))
  const gathered = (await mailsTo(ada)).find(({ text }) => text?.includes('because you chose'))
  expect(endOf(gathered?.text)).toBe(endOf(digest))
})

test('what is wrong is refused at its place, and so is a mail of another template or tenant, a token and other roles', async () => {
  const { ada, tess, cleo } = await createWorld(desk)
  const wrong = await expectRefusal(
    ada.post(path('ticket_urgent'), { ...draft, text: 'a\n{{gone}}' }),
    400,
    'validation_failed',
  )
  expect(wrong.body.errors[0]).toMatchObject({ field: 'text', code: 'unknown_variable' })
  // No member says where the mail goes.
  for (const member of ['to', 'recipient', 'recipient_email', 'email'])
    await expectRefusal(ada.post(path('ticket_urgent'), { [member]: cleo.email }), 400, 'validation_failed')
  await createTicket(cleo)
  await desk.settled()
  const [{ email_id }] = bodyOf(await ada.get('/emails?template=ticket_created_customer&limit=1')).emails
  const other = await expectRefusal(ada.post(path('ticket_urgent'), { email_id }), 400, 'validation_failed')
  expect(other.body.errors[0].code).toBe('other_template')
  const foreign = await createWorld(desk)
  await expectRefusal(foreign.ada.post(path('ticket_created_customer'), { email_id }), 404, 'email_not_found')
  await expectRefusal(tess.post(path('ticket_urgent'), {}), 403, 'forbidden')
  await expectRefusal(cleo.post(path('ticket_urgent'), {}), 403, 'forbidden')
  expect((await mailsTo(ada)).filter(({ subject }) => subject?.startsWith('[Test]'))).toEqual([])
})

test('an account may send itself so many within a day, and no other account counts', async () => {
  const world = await createWorld(desk)
  for (let sent = 0; sent < testMailsPerDay; sent += 10) {
    await Promise.all(Array.from({ length: 10 }, async () => expectSuccess(await world.ada.post(path('digest'), {}))))
  }
  const refused = await expectRefusal(world.ada.post(path('digest'), {}), 429, 'quota_exceeded')
  expect(refused.body).toMatchObject({ quota: 'test_mails', limit: testMailsPerDay })
  const olga = { userId: 'olga', name: 'Olga', email: `olga@${world.slug}.example.com`, password }
  await createAdminOf(desk.app, world.slug, olga)
  expectSuccess(await (await world.signIn('olga', password)).post(path('digest'), {}))
}, 60_000)
