import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Delivered, type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { headerOf } from '../../../testing/support/mail-scene.ts'
import { createWorld, password } from '../../../testing/support/people.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let smtp: MailServer
let desk: Desk

beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url, MAIL_FROM: 'Helpdesk <desk@help.example.com>' } })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const hostileName = 'Mallory <img src=x onerror=alert(1)> "M"'
const hostileText = 'It <b>burns</b> & smokes.\n<script>alert("x")</script>\nhttps://evil.example.com/?token=1'

const tokenIn = ({ message }: Delivered): string => {
  const [, token] = /^https:\/\/desk\.example\.com\/\S*\?token=(\S+)$/m.exec(message.text ?? '') ?? []
  if (token === undefined) throw new Error(`no link in ${message.text}`)
  return token
}

test('a ticket from its creation to its end, and every mail on its way', async () => {
  const world = await createWorld(desk)
  const { ada, nobody } = world
  const address = (name: string) => `${name}@${world.slug}.example.com`
  const subjects = (mails: Delivered[]) => mails.map(({ message }) => message.subject)

  // A customer registers, confirms the address, and creates a ticket.
  const registered = await nobody.post('/auth/register', { name: hostileName, email: address('mallory'), password })
  expect(registered.status).toBe(201)
  expect(registered.body.customer).toEqual({ customer_id: 'CUS0003', name: hostileName, email: address('mallory') })
  const [welcome] = await smtp.mailsTo(address('mallory'))
  expect(welcome?.message.to?.[0]).toEqual({ name: '', address: address('mallory') })
  if (welcome === undefined) throw new Error('no welcome')
  expect((await nobody.post('/auth/email/confirm', { token: tokenIn(welcome) })).status).toBe(204)
  const mallory = await world.signIn(address('mallory'), password)
  const created = await mallory.post('/tickets', { issue_category: 'Heating', issue_description: hostileText })
  expect(created.status).toBe(201)
  expect(created.headers.get('location')).toBe('/api/tickets/TKT0001')
  expect(created.body).toMatchObject({
    ticket_id: 'TKT0001',
    subject: 'It <b>burns</b> & smokes.',
    issue_description: hostileText,
    status: 'new',
    customer_name: hostileName,
    technician_id: null,
    version: 1,
  })

  // The admin creates a technician, who sets a password by the link of the invitation.
  const invited = await ada.post('/technicians', {
    name: 'Hanna Heat',
    email: address('hanna'),
    phone_number: '+49 30 555',
    category: 'Heating',
    user_id: 'hanna',
  })
  expect(invited.status).toBe(201)
  expect(invited.body).toMatchObject({ technician_id: 'TEC0003', status: 'invited', user_id: 'hanna' })
  const [invitation] = await smtp.mailsTo(address('hanna'))
  if (!invitation) throw new Error('no invitation')
  const secret = 'a-first-password-9'
  expect((await nobody.post('/auth/password/reset', { token: tokenIn(invitation), password: secret })).status).toBe(204)
  expect((await nobody.post('/auth/password/reset', { token: tokenIn(invitation), password: secret })).status).toBe(422)

  // The ticket is assigned, worked on, resolved, reopened, resolved again and closed.
  const assigned = await ada.patch('/tickets/TKT0001', { technician_id: 'TEC0003' }, { headers: { 'If-Match': '"1"' } })
  expect(assigned.body).toMatchObject({ status: 'assigned', technician_name: 'Hanna Heat', version: 2 })
  const hanna = await world.signIn('hanna', secret)
  expect((await hanna.get('/tickets')).body.tickets).toHaveLength(1)
  expect((await hanna.put('/tickets/TKT0001', { status: 'in_progress' })).body.status).toBe('in_progress')
  const summary = 'Turned <the> valve & "waited".'
  const resolved = await hanna.put('/tickets/TKT0001', { status: 'resolved', resolution_summary: summary })
  expect(resolved.body).toMatchObject({ status: 'resolved', resolution_summary: summary })
  expect(resolved.body.resolved_date).not.toBeNull()
  const reopened = await mallory.post('/tickets/TKT0001/reopen')
  expect(reopened.body).toMatchObject({ status: 'in_progress', resolved_date: null })
  const again = { status: 'resolved', resolution_summary: summary }
  expect((await hanna.put('/tickets/TKT0001', again)).status).toBe(200)
  expect((await mallory.post('/tickets/TKT0001/close')).body.status).toBe('closed')
  expect((await mallory.post('/tickets/TKT0001/reopen')).body.code).toBe('ticket_closed')
  await desk.settled()

  // Every mail went to its recipient and to nobody else, in one thread, without markup of the customer.
  const toMallory = await smtp.mailsTo(address('mallory'), 6)
  const toHanna = await smtp.mailsTo(address('hanna'), 4)
  const toAda = (await smtp.mailsTo(address('ada'))).filter(({ message }) => message.subject?.includes('TKT0001'))
  expect(toMallory).toHaveLength(6)
  expect(toHanna).toHaveLength(4)
  expect(toAda).toHaveLength(1)
  const ofTicket = [...toMallory, ...toHanna, ...toAda].filter((mail) => mail.message.subject?.includes('TKT0001'))
  expect(ofTicket).toHaveLength(9)
  for (const subject of subjects(ofTicket)) expect(subject).toContain('It <b>burns</b> & smokes.')

  const confirmation = toMallory.find((mail) => mail.message.subject?.includes('TKT0001') && !mail.message.inReplyTo)
  const root = confirmation?.message.messageId
  expect(root).toMatch(/^<tkt0001\..+@help\.example\.com>$/)
  for (const mail of ofTicket) {
    if (mail === confirmation) continue
    expect(mail.message.inReplyTo).toBe(root)
    expect(mail.message.references).toBe(root)
  }
  expect(new Set(ofTicket.map(({ message }) => message.messageId)).size).toBe(9)
  for (const mail of [...toMallory, ...toHanna, ...toAda]) {
    expect(headerOf(mail, 'auto-submitted')).toBe('auto-generated')
    expect(mail.message.to).toHaveLength(1)
    expect(mail.message.from).toMatchObject({ name: 'Helpdesk', address: 'desk@help.example.com' })
    expect(mail.message.text).toBeTruthy()
    expect(mail.message.html).toBeTruthy()
    expect(mail.message.html).not.toMatch(/<script|<img|<b>burns|href="(?!https:\/\/desk\.example\.com)/)
    expect(mail.raw).not.toContain(password)
    expect(mail.raw).not.toContain(secret)
  }
  const lastWord = toMallory.find(({ message }) => message.html?.includes('Turned &lt;the&gt; valve &amp;'))
  expect(lastWord?.message.text).toContain('Turned <the> valve & "waited".')
  expect(confirmation?.message.to?.[0]).toEqual({ name: hostileName, address: address('mallory') })

  // The same mails, as the admin sees them.
  const mails = await ada.get('/emails?ticket_id=TKT0001&limit=100')
  expect(mails.body.emails).toHaveLength(9)
  expect(
    mails.body.emails.every(
      ({ state, attempts }: { state: string; attempts: number }) => state === 'sent' && attempts === 1,
    ),
  ).toBe(true)
  const all = await ada.get('/emails?limit=100')
  const invitationMail = all.body.emails.find(({ template }: { template: string }) => template === 'account_invited')
  const shown = await ada.get(`/emails/${invitationMail.email_id}`)
  expect(shown.body.text).toContain('?token=masked')
  expect(shown.text).not.toContain(tokenIn(invitation))
})
