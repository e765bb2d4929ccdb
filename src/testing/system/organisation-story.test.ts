import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attributesOf } from '../../modules/channels/outgoing-mail/templates/read-html.ts'
import { type MailServer, startMailServer } from '../peers/smtp-server.ts'
import { proxyAddress, startTlsProxy, type TlsProxy } from '../peers/tls-proxy.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../peers/webhook-receiver.ts'
import { issue } from '../support/create-tickets.ts'
import { pngOf } from '../support/pictures.ts'
import { endProgram, newFolder, type Program, removeFolder, startProgram } from '../support/real-program.ts'
import { type Api, createApi, expectSuccess } from '../support/requests.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { createVisitor, type Visited, type VisitedPage, type Visitor } from '../support/tls-visitor.ts'
import { until } from '../support/waiting.ts'

// An organisation from its first day on, as its people see it: at its own address, in the browser, by the links of its
// mails. Nobody in this story names the tenant in a header.

const platformToken = 'organisation-story-8Kd2Wq6Zn4Xr9Vb3Ty7Lm5Hc1Pf0Js'
const password = 'correct-horse-battery-7'
const host = 'hilfe.hafen.example'

let smtp: MailServer
let database: Awaited<ReturnType<typeof createTestDatabase>>
let receiver: WebhookReceiver
let folder: string
let program: Program
let proxy: TlsProxy
let operator: Api

beforeAll(async () => {
  ;[smtp, database, receiver] = [await startMailServer(), await createTestDatabase(), await startWebhookReceiver()]
  folder = await newFolder()
  program = await startProgram(folder, {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    SMTP_URL: smtp.url,
    PUBLIC_URL: 'https://desk.example.com',
    TRUST_PROXY: proxyAddress,
    MAIL_SENDER_DOMAINS: 'hafen.example,werft.example',
    ADMIN_PASSWORD: password,
    PLATFORM_TOKEN: platformToken,
    WEBHOOK_ALLOW_HOSTS: '127.0.0.1',
    HOST: '127.0.0.1',
  })
  proxy = await startTlsProxy(program.port, ['desk.example.com', host])
  await program.answers(200)
  operator = createApi(program.url, { Authorization: `Bearer ${platformToken}` })
})
afterAll(async () => {
  await proxy?.stop()
  if (program !== undefined) await endProgram(program)
  await database?.drop()
  await smtp?.stop()
  await receiver?.stop()
  if (folder !== undefined) await removeFolder(folder)
})

/** The first mail to somebody whose text has these words. */
const mailTo = async (email: string, words: string) => {
  const find = () =>
    smtp.delivered.find(({ recipient, message }) => recipient === email && message.text?.includes(words))
  await until(`${email} is mailed ${words}`, () => find() !== undefined)
  return find()?.message
}

const linksIn = (text = ''): string[] => text.match(/https?:\/\/[^\s<>"]+/g) ?? []

const good = ({ status, text, body }: Visited): Visited['body'] => {
  if (status >= 300) throw new Error(`expected a success, got ${status}: ${text}`)
  return body
}

/** Follows the link of an invitation, chooses a password on the page, and signs in there with a cookie. */
const followInvitation = async (visitor: Visitor, email: string): Promise<VisitedPage> => {
  const mail = await mailTo(email, 'token=')
  const link = linksIn(mail?.text).find((one) => one.includes('token=')) ?? ''
  const page = await visitor.opened(link)
  expect(page.status).toBe(200)
  const token = new URL(link).searchParams.get('token')
  good(await page.api('/auth/password/reset', { body: { token, password } }))
  good(await page.api('/auth/login', { body: { user_id_or_email: email, password, session: 'cookie' } }))
  return page
}

const subject = '[{{ticket_id}}] Moin, wir haben es: {{ticket_subject}}'
const text =
  'Moin {{#recipient_name}}{{recipient_name}}{{/recipient_name}},\n\nwir sehen nach.\n\n{{quote}}\n\n{{link}}'
const logo = pngOf(80, 20, [11, 92, 87])

/** It gets colours, a logo, a sender, and German mails with a text of its own. */
const makeItsOwn = async (admin: VisitedPage, slug: string): Promise<void> => {
  const mail_sender = { name: `Hilfe, ${slug}`, address: `hilfe@${slug}.example` }
  const chosen = { accent_colour: '#0b5c57', mail_sender }
  good(await admin.api('/settings', { method: 'PATCH', body: chosen }))
  good(await admin.api('/settings/logo', { method: 'PUT', body: logo, headers: { 'Content-Type': 'image/png' } }))
  good(await admin.api('/mail-templates/ticket_created_customer/de', { method: 'PUT', body: { subject, text } }))
}

/** The receiver is down, comes back, and has got everything in order. */
const expectEverything = async (admin: VisitedPage, customer: VisitedPage, slug: string): Promise<void> => {
  const wanted = { url: `${receiver.url}?${slug}`, types: ['ticket.created'], is_ordered: true }
  receiver.answer(503)
  const { secret, webhook_id: id } = good(await admin.api('/webhooks', { body: wanted }))
  const missed: string[] = []
  for (let count = 0; count < 5; count += 1) {
    missed.push(good(await customer.api('/tickets', { body: issue })).ticket_id)
  }
  await until('it is down', async () => good(await admin.api(`/webhooks/${id}`)).failures > 0)
  const taken: string[] = []
  receiver.answer(({ raw, headers, body }, response) => {
    new Webhook(secret).verify(raw, headers as Record<string, string>)
    taken.push(body.data.subject_id)
    response.end()
  })
  const { deliveries } = good(await admin.api(`/webhooks/${id}/deliveries?state=waiting`))
  const oldest = deliveries.at(-1).delivery_id
  good(await admin.api(`/webhooks/${id}/deliveries/${oldest}/resend`, { body: {} }))
  await until('all are told', () => new Set(taken).size === 5)
  expect([...new Set(taken)]).toEqual(missed)
}

test.each([
  ['hafen', 'at its host', `https://${host}`],
  ['werft', 'below /t/<slug>', 'https://desk.example.com/t/werft'],
])(
  '%s, %s, makes the desk its own, and its people find it by its mails',
  async (slug, _, address) => {
    // The operator creates it and gives it its host; its admin follows the link of a mail.
    const admin = { user_id: 'hanna', name: 'Hanna Hafen', email: `hanna@${slug}.example` }
    expectSuccess(await operator.post('/tenants', { slug, name: `Die ${slug}`, languages: ['de', 'en'], admin }))
    if (slug === 'hafen') expectSuccess(await operator.patch(`/tenants/${slug}`, { host }))
    const hanna = await followInvitation(createVisitor(proxy), admin.email)
    expect(hanna.base).toBe(`${address}/`)
    expect((await mailTo(admin.email, 'token='))?.text).toMatch(/Passwort/)
    await makeItsOwn(hanna, slug)

    // Its customer's mail is German, of its own sender, in its colours, with its logo.
    const cleo = { name: 'Cleo Kundin', email: `cleo@kunden-${slug}.example` }
    good(await hanna.api('/customers', { body: cleo }))
    const browser = createVisitor(proxy, { 'Accept-Language': 'de' })
    const customer = await followInvitation(browser, cleo.email)
    expect((await mailTo(cleo.email, 'token='))?.text).toMatch(/Passwort/)
    const { hostname } = new URL(address)
    expect(browser.cookies(hostname)).toEqual([`__Host-counterdesk_${slug}`])
    const first = good(await customer.api('/tickets', { body: issue })).ticket_id
    const mail = await mailTo(cleo.email, 'Moin')
    expect(mail).toMatchObject({
      subject: `[${first}] Moin, wir haben es: No network`,
      from: { name: `Hilfe, ${slug}`, address: `hilfe@${slug}.example` },
    })
    const logoAt = attributesOf(String(mail?.html), 'src')
    expect(logoAt).toEqual([`${address}/api/tenant/logo`])
    expect(mail?.html).toContain('#0b5c57')
    // A mail program asks for the picture, and has no cookie.
    const picture = await createVisitor(proxy).go(logoAt[0] ?? '')
    expect([picture.status, picture.headers['content-type'], picture.bytes.equals(logo)]).toEqual([
      200,
      'image/png',
      true,
    ])

    // Whoever is signed out comes by the link to the sign-in of this organisation, and then to the ticket.
    good(await customer.api('/auth/logout', { method: 'POST' }))
    expect(browser.cookies(hostname)).toEqual([])
    const [link = ''] = linksIn(mail?.text).filter((one) => one.includes(first))
    expect(link).toBe(`${address}/tickets/${first}`)
    const page = await browser.opened(link)
    expect([page.status, page.base]).toEqual([200, `${address}/`])
    expect((await page.api(`/tickets/${first}`)).body.code).toBe('not_signed_in')
    expect(good(await page.api('/tenant'))).toMatchObject({ name: `Die ${slug}`, accent_colour: '#0b5c57' })
    good(await page.api('/auth/login', { body: { user_id_or_email: cleo.email, password, session: 'cookie' } }))
    expect(good(await page.api(`/tickets/${first}`)).subject).toBe('No network')
    await expectEverything(hanna, customer, slug)

    // No mail of the organisation leads anywhere else.
    const people = [admin.email, cleo.email]
    const own = smtp.delivered.filter(({ recipient }) => people.includes(recipient))
    const links = own.flatMap(({ message }) => linksIn(`${message.text}\n${JSON.stringify([...message.headers])}`))
    expect(links.filter((one) => !one.startsWith(`${address}/`))).toEqual([])
  },
  120_000,
)

test('two organisations in one browser stay apart', async () => {
  const browser = createVisitor(proxy)
  const at = { hafen: `https://${host}`, werft: 'https://desk.example.com/t/werft' }
  const [hafen, werft] = [await browser.opened(`${at.hafen}/`), await browser.opened(`${at.werft}/`)]
  const signIn = (page: VisitedPage, slug: string) =>
    page.api('/auth/login', { body: { user_id_or_email: `hanna@${slug}.example`, password, session: 'cookie' } })
  good(await signIn(hafen, 'hafen'))
  good(await signIn(werft, 'werft'))
  const desk = await browser.opened('https://desk.example.com/')
  const main = { user_id_or_email: 'admin', password, session: 'cookie' }
  good(await desk.api('/auth/login', { body: main }))
  expect(browser.cookies('desk.example.com')).toEqual(['__Host-counterdesk_werft', '__Host-counterdesk_session'])
  const whoAt = async (page: VisitedPage) => (await page.api('/me')).body.email
  expect([await whoAt(hafen), await whoAt(werft), await whoAt(desk)]).toEqual([
    'hanna@hafen.example',
    'hanna@werft.example',
    'admin@localhost',
  ])
  // Signing out of one leaves the others.
  good(await werft.api('/auth/logout', { method: 'POST' }))
  expect((await werft.api('/me')).body.code).toBe('not_signed_in')
  expect([await whoAt(hafen), await whoAt(desk)]).toEqual(['hanna@hafen.example', 'admin@localhost'])
  // The token of one is refused at the address of another.
  const { token } = good(
    await werft.api('/auth/login', { body: { user_id_or_email: 'hanna@werft.example', password } }),
  )
  const bearer = { headers: { Authorization: `Bearer ${token}` } }
  expect(good(await werft.api('/me', bearer)).email).toBe('hanna@werft.example')
  expect((await createVisitor(proxy).go(`${at.hafen}/api/me`, bearer)).body.code).toBe('invalid_token')
})
