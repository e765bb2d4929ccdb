import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { startMailServer } from '../peers/smtp-server.ts'
import { startWebhookReceiver } from '../peers/webhook-receiver.ts'
import { askerOf } from '../support/any-host.ts'
import { issue } from '../support/create-tickets.ts'
import { endProgram, newFolder, removeFolder, startProgram } from '../support/real-program.ts'
import { type Api, bodyOf, createApi, expectSuccess } from '../support/requests.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { until } from '../support/waiting.ts'

const platformToken = 'organisation-story-8Kd2Wq6Zn4Xr9Vb3Ty7Lm5Hc1Pf0Js'
const password = 'correct-horse-battery-7'
const host = 'hilfe.hafen.example'
const address = `https://${host}`

/** Signs somebody in, and answers with what asks for them. */
const signIn = async (url: string, name: string, secret: string): Promise<Api> => {
  const tenant = { 'X-Tenant': 'hafen' }
  const body = { user_id_or_email: name, password: secret }
  const { token } = bodyOf(await createApi(url, tenant).post('/auth/login', body))
  return createApi(url, { Authorization: `Bearer ${token}` })
}

test('an organisation is created, makes the desk its own, and its webhook gets everything in order', async ({
  onTestFinished,
}) => {
  const [smtp, database, receiver] = [await startMailServer(), await createTestDatabase(), await startWebhookReceiver()]
  const folder = await newFolder()
  const program = await startProgram(folder, {
    DATABASE_URL: database.url,
    SMTP_URL: smtp.url,
    PUBLIC_URL: 'https://desk.example.com',
    ADMIN_PASSWORD: password,
    PLATFORM_TOKEN: platformToken,
    WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
    HOST: '127.0.0.1',
  })
  onTestFinished(async () => {
    await endProgram(program)
    await database.drop()
    await smtp.stop()
    await receiver.stop()
    await removeFolder(folder)
  })
  await program.answers(200)
  const mailsTo = (email: string) =>
    smtp.delivered.filter(({ recipient }) => recipient === email).map(({ message }) => message)
  const tokenIn = (text: string | undefined): string => /token=([\w.~-]+)/.exec(text ?? '')?.[1] ?? ''

  // The operator creates it and gives it its host; its admin follows the link of a mail.
  const operator = createApi(program.url, { Authorization: `Bearer ${platformToken}` })
  const admin = { user_id: 'hanna', name: 'Hanna Hafen', email: 'hanna@hafen.example' }
  expectSuccess(await operator.post('/tenants', { slug: 'hafen', name: 'Hafenwerke', admin }))
  expectSuccess(await operator.patch('/tenants/hafen', { host }))
  await until('the admin is invited', () => mailsTo(admin.email).length > 0)
  const nobody = createApi(program.url, { 'X-Tenant': 'hafen' })
  const invitation = tokenIn(mailsTo(admin.email)[0]?.text)
  expectSuccess(await nobody.post('/auth/password/reset', { token: invitation, password }))
  const hanna = await signIn(program.url, 'hanna', password)

  // It gets colours, German mails with a text of its own, and a webhook.
  expectSuccess(await hanna.patch('/settings', { languages: ['de', 'en'], accent_colour: '#0b5c57' }))
  const subject = '[{{ticket_id}}] Moin, wir haben es: {{ticket_subject}}'
  const text =
    'Moin {{#recipient_name}}{{recipient_name}}{{/recipient_name}},\n\nwir sehen nach.\n\n{{quote}}\n\n{{link}}'
  expectSuccess(await hanna.put('/mail-templates/ticket_created_customer/de', { subject, text }))
  const wanted = { url: receiver.url, types: ['ticket.created'], is_ordered: true }
  const { secret, webhook_id: id } = bodyOf(await hanna.post('/webhooks', wanted))

  // Its customer's mail is German, in its colours, and leads to its own sign-in.
  const cleo = { name: 'Cleo Kundin', email: 'cleo@kunden.example' }
  expectSuccess(await hanna.post('/customers', cleo))
  await until('the customer is invited', () => mailsTo(cleo.email).length > 0)
  const invited = tokenIn(mailsTo(cleo.email)[0]?.text)
  expectSuccess(await nobody.post('/auth/password/reset', { token: invited, password }))
  const customer = await signIn(program.url, cleo.email, password)
  const first = bodyOf(await customer.post('/tickets', issue)).ticket_id
  await until('the ticket is confirmed', () => mailsTo(cleo.email).some((mail) => mail.subject?.includes('Moin')))
  const mail = mailsTo(cleo.email).find((one) => one.subject?.includes('Moin'))
  expect(mail?.subject).toBe(`[${first}] Moin, wir haben es: No network`)
  expect(mail?.text).toContain(`${address}/tickets/${first}`)
  expect(String(mail?.html)).toContain('#0b5c57')
  const links = smtp.delivered.flatMap(({ message }) => message.text?.match(/https?:\/\/\S+/g) ?? [])
  expect(links.filter((link) => link.includes('desk.example.com'))).toEqual([])
  const page = await askerOf(program)(`/tickets/${first}`, { headers: { Host: host, Accept: 'text/html' } })
  expect(page.text).toContain(`<base href="${new URL(address).pathname}`)

  // The receiver is down, and comes back.
  const taken: string[] = []
  const takes = () =>
    receiver.answer(({ raw, headers, body }, response) => {
      new Webhook(secret).verify(raw, headers as Record<string, string>)
      taken.push(body.data.subject_id)
      response.end()
    })
  await until('the first is told', () => receiver.received.length > 0)
  receiver.answer(503)
  const missed: string[] = []
  for (let count = 0; count < 5; count += 1) missed.push(bodyOf(await customer.post('/tickets', issue)).ticket_id)
  await until('it is down', async () => bodyOf(await hanna.get(`/webhooks/${id}`)).failures > 0)
  takes()
  const { deliveries } = bodyOf(await hanna.get(`/webhooks/${id}/deliveries?state=waiting`))
  expectSuccess(await hanna.post(`/webhooks/${id}/deliveries/${deliveries.at(-1).delivery_id}/resend`))
  await until('all are told', () => new Set(taken).size === 5)
  expect([...new Set(taken)]).toEqual(missed)
}, 180_000)
