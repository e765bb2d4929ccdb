import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../peers/smtp-server.ts'
import { proxyAddress, startTlsProxy, type TlsProxy } from '../peers/tls-proxy.ts'
import { askerOf, mapHost } from '../support/any-host.ts'
import { issue } from '../support/create-tickets.ts'
import { createWorld, password, type World } from '../support/people.ts'
import { createVisitor } from '../support/tls-visitor.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// The program as it runs for people: in production, behind a proxy that speaks TLS, at two kinds of addresses.

const publicUrl = 'https://desk.example.com'
const evil = 'evil.example'

let smtp: MailServer
let desk: Desk
let proxy: TlsProxy
/** Its people reach it below `/t/<slug>`. */
let north: World
/** Its people reach it at a mapped host. */
let south: World
let host: string
let places: { world: World; address: string }[]

beforeAll(async () => {
  smtp = await startMailServer()
  const settings = { NODE_ENV: 'production', SMTP_URL: smtp.url, PUBLIC_URL: publicUrl, TRUST_PROXY: proxyAddress }
  desk = await startDesk({ settings })
  north = await createWorld(desk)
  south = await createWorld(desk)
  host = `help.${south.slug}.example`
  await mapHost(desk, south, host)
  places = [
    { world: north, address: `${publicUrl}/t/${north.slug}` },
    { world: south, address: `https://${host}` },
  ]
  proxy = await startTlsProxy(Number(new URL(desk.url).port), ['desk.example.com', host])
})
afterAll(async () => {
  await proxy?.stop()
  await desk?.stop()
  await smtp?.stop()
})

const signedIn = async ({ world, address }: (typeof places)[number]) => {
  const visitor = createVisitor(proxy)
  const body = { user_id_or_email: world.cleo.email, password, session: 'cookie' }
  return { visitor, answer: await visitor.go(`${address}/api/auth/login`, { body }) }
}

test('the cookie is of this host, over TLS, for the whole host, and browsers are told to stay with https', async () => {
  for (const place of places) {
    const { answer } = await signedIn(place)
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
    const [cookie = '', ...more] = answer.headers['set-cookie'] ?? []
    expect(more).toEqual([])
    const [pair = '', ...attributes] = cookie.split('; ')
    expect(pair.split('=')[0]).toBe(`__Host-counterdesk_${place.world.slug}`)
    expect(attributes).toEqual(expect.arrayContaining(['Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']))
    expect(cookie).not.toMatch(/domain/i)
  }
})

test('a page changes something from the origin of its own address only', async () => {
  const origins = [publicUrl, `https://${host}`, `http://${host}`, `https://${evil}`, `https://${host}.${evil}`]
  for (const place of places) {
    const { visitor } = await signedIn(place)
    const own = new URL(place.address).origin
    for (const Origin of origins) {
      const change = { method: 'PATCH', headers: { Origin, 'X-Forwarded-Host': evil }, body: { name: 'Cleo Clear' } }
      const { status, body } = await visitor.go(`${place.address}/api/me`, change)
      const wanted = Origin === own ? [200, undefined] : [403, 'cross_site_request']
      expect([Origin, status, body.code]).toEqual([Origin, ...wanted])
    }
  }
})

const named = {
  'X-Forwarded-Host': evil,
  'X-Forwarded-Server': evil,
  'X-Host': evil,
  'X-Original-URL': `https://${evil}/`,
  Forwarded: `host=${evil};proto=https`,
}

test('no name of a host that a client sends gets into a mail, through the proxy or past it', async () => {
  for (const { world, address } of places) {
    const person = await world.customer()
    const visitor = createVisitor(proxy, named)
    const forgot = await visitor.go(`${address}/api/auth/password/forgot`, { body: { email: person.email } })
    expect(forgot.status).toBe(202)
    // Past the proxy `Host` is the client's own, too.
    const headers = { ...person.headers, ...named, Host: evil, 'X-Forwarded-Proto': 'https' }
    expect((await askerOf(desk)('/api/tickets', { headers, body: issue })).status).toBe(201)
    const mails = await smtp.mailsTo(person.email, 3)
    const whole = mails.map(({ raw, message: { text, html } }) => `${raw}\n${text}\n${html}`).join('\n')
    expect(whole).toContain(`${address}/`)
    expect(whole).not.toContain(evil)
    const links = mails.flatMap(({ message }) => message.text?.match(/https?:\/\/\S+/g) ?? [])
    expect(links.filter((link) => !link.startsWith(`${address}/`))).toEqual([])
  }
})

test('http is sent to https where the proxy says so; what a stranger says of it counts for nothing', async () => {
  const ask = askerOf(desk)
  const headers = { Host: host, 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': evil }
  expect((await ask('/api/registration', { headers })).status).toBe(200)
  const sent = await ask('/api/registration?a=b', { headers, localAddress: proxyAddress })
  expect([sent.status, sent.headers.location]).toEqual([308, `https://${host}/api/registration?a=b`])
})
