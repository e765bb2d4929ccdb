import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../peers/smtp-server.ts'
import { type Asker, askerOf, type HostAnswer, mapHost } from '../support/any-host.ts'
import { createAssignedTicket, issue } from '../support/create-tickets.ts'
import { announcementOf, textFile } from '../support/files.ts'
import { createWorld, type Person, password, type World } from '../support/people.ts'
import { bodyOf } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// What starts with the address of a tenant, who may use its cookie, and what an untrusted Host never gets into.

const evil = 'evil.example'
const publicUrl = 'https://desk.example.com'

let smtp: MailServer
let desk: Desk
let ask: Asker
/** Its people reach it below `/t/<slug>`. */
let north: World
/** Its people reach it at a mapped host. */
let south: World
let host: string

beforeAll(async () => {
  smtp = await startMailServer()
  const settings = {
    SMTP_URL: smtp.url,
    PUBLIC_URL: publicUrl,
    TRUST_PROXY: 'loopback',
    CORS_ORIGINS: 'https://own.example',
  }
  desk = await startDesk({ settings })
  ask = askerOf(desk)
  north = await createWorld(desk)
  south = await createWorld(desk)
  host = `help.${south.slug}.example`
  await mapHost(desk, south, host)
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

/** Every header by which somebody may name a host. */
const hostile = (name: string): Record<string, string> => ({
  Host: name,
  'X-Forwarded-Host': name,
  'X-Host': name,
  'X-Forwarded-Server': name,
  'X-Original-URL': `https://${name}/`,
  Forwarded: `host=${name}`,
})

const addresses = (): [World, string][] => [
  [north, `${publicUrl}/t/${north.slug}`],
  [south, `https://${host}`],
]

/** The addresses in the mails to a person, and in their headers. */
const linksTo = async ({ email }: Person, count: number): Promise<string[]> => {
  const mails = await smtp.mailsTo(email, count)
  return mails.flatMap(({ message: { text = '', html, headers } }) => {
    const all = [text, html || '', JSON.stringify([...headers.entries()])].join('\n')
    return (all.match(/https?:\/\/[^\s"<>\\)]+/g) ?? []).filter((link) => !link.includes('www.w3.org'))
  })
}

describe('the address of a tenant', () => {
  test('starts every link of its mails, whatever Host asked for them', async () => {
    for (const [world, address] of addresses()) {
      const person = await world.customer()
      const created = await ask('/api/tickets', { headers: { ...person.headers, ...hostile(evil) }, body: issue })
      expect(created.status).toBe(201)
      const forgot = { headers: { 'X-Tenant': world.slug, ...hostile(evil) }, body: { email: person.email } }
      expect((await ask('/api/auth/password/forgot', forgot)).status).toBe(202)
      const links = await linksTo(person, 3)
      expect(links.length).toBeGreaterThan(3)
      expect(links.filter((link) => !link.startsWith(`${address}/`))).toEqual([])
    }
    await createAssignedTicket(south)
    const links = (await linksTo(south.tess, 1)).filter((link) => link.includes('/unsubscribe'))
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((link) => !link.startsWith(`https://${host}/unsubscribe?token=`))).toEqual([])
  })

  test('starts the addresses of its files, and Location has its path', async () => {
    for (const [world, address] of addresses()) {
      const id = await createAssignedTicket(world)
      const announced = bodyOf(
        await world.tess.post(`/tickets/${id}/attachments/upload-url`, announcementOf(textFile('a.txt'))),
      )
      expect(announced.url.startsWith(`${address}/api/objects/`)).toBe(true)
    }
    const locationAt = async (path: string, headers: Record<string, string>): Promise<unknown> =>
      (await ask(`${path}/api/tickets`, { headers, body: issue })).headers.location
    const ticket = /\/api\/tickets\/TKT\d+$/
    expect(await locationAt('', north.cleo.headers)).toMatch(new RegExp(`^${ticket.source}`))
    expect(await locationAt(`/t/${north.slug}`, north.cleo.headers)).toMatch(
      new RegExp(`^/t/${north.slug}${ticket.source}`),
    )
    expect(await locationAt('', { ...south.cleo.headers, Host: host })).toMatch(new RegExp(`^${ticket.source}`))
  })

  test('is where its pages are, and what they name', async () => {
    const browser = { Accept: 'text/html' }
    const places: [string, Record<string, string>, string][] = [
      [`/t/${north.slug}`, browser, `${publicUrl}/t/${north.slug}/api`],
      ['', { ...browser, Host: host }, `https://${host}/api`],
      [`/t/${south.slug}`, { ...browser, Host: host }, `https://${host}/t/${south.slug}/api`],
      ['', { ...browser, ...hostile(evil) }, `${publicUrl}/api`],
    ]
    for (const [path, headers, api] of places) {
      const home = await ask(`${path}/`, { headers })
      expect([home.status, home.text.includes(`>${api}<`), home.text.includes(evil)]).toEqual([200, true, false])
      expect((await ask(`${path}/password/forgot`, { headers })).status).toBe(200)
      expect((await ask(`${path}/tickets/TKT0001`, { headers })).text).toContain(`${api}/tickets/TKT0001`)
    }
    expect((await ask('/t/nobody/', { headers: browser })).status).toBe(404)
    const bare = await ask(`/t/${north.slug}?lang=de`, { headers: { ...browser, ...hostile(evil) } })
    expect([bare.status, bare.headers.location]).toEqual([308, `${north.slug}/?lang=de`])
    // A form that names another tenant than the address is refused, too.
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', ...browser }
    const sent = { headers: form, body: 'email=a%40example.com' }
    expect((await ask(`/t/${north.slug}/password/forgot?tenant=${north.slug}`, sent)).status).toBe(200)
    expect((await ask(`/t/${north.slug}/password/forgot?tenant=${south.slug}`, sent)).status).toBe(400)
  })

  test('is where http is sent to https: the mapped host, or PUBLIC_URL for any other', async () => {
    const locationOf = async (path: string, name: string): Promise<unknown> => {
      const { status, headers } = await ask(path, { headers: { ...hostile(name), 'X-Forwarded-Proto': 'http' } })
      return [status, headers.location]
    }
    expect(await locationOf('/api/tickets?q=a', host)).toEqual([308, `https://${host}/api/tickets?q=a`])
    expect(await locationOf('/api/tickets?q=a', evil)).toEqual([308, `${publicUrl}/api/tickets?q=a`])
    expect(await locationOf(`/t/${north.slug}/tickets`, evil)).toEqual([308, `${publicUrl}/t/${north.slug}/tickets`])
  })
})

describe('the cookie of a tenant', () => {
  const signIn = ({ cleo }: World, path: string, headers: Record<string, string>): Promise<HostAnswer> =>
    ask(`${path}/api/users/signin`, { headers, body: { email: cleo.email, password } })
  const cookieOf = ({ headers }: HostAnswer): string => headers['set-cookie']?.[0]?.split(';')[0] ?? ''

  test('is used by pages of its own address, and by none of another tenant', async () => {
    const atHost = cookieOf(await signIn(south, '', { Host: host }))
    const below = cookieOf(await signIn(north, `/t/${north.slug}`, {}))
    const change = async (path: string, headers: Record<string, string>): Promise<unknown> => {
      const { status, code } = await ask(`${path}/api/me`, { method: 'PATCH', headers, body: { name: 'Cleo Clear' } })
      return status === 200 ? 'changed' : code
    }
    const south1 = { Cookie: atHost, Host: host }
    const north1 = { Cookie: below }
    expect(await change('', { ...south1, Origin: `https://${host}` })).toBe('changed')
    expect(await change('', { ...south1, Origin: 'https://own.example' })).toBe('changed')
    expect(await change(`/t/${north.slug}`, { ...north1, Origin: publicUrl })).toBe('changed')
    for (const other of [publicUrl, `https://${evil}`, `http://${host}.${evil}`, 'null']) {
      expect(await change('', { ...south1, Origin: other }), other).toBe('cross_site_request')
    }
    for (const other of [`https://${host}`, `https://${evil}`, 'null']) {
      expect(await change(`/t/${north.slug}`, { ...north1, Origin: other }), other).toBe('cross_site_request')
    }
    expect(await change('', { ...south1, 'Sec-Fetch-Site': 'same-site' })).toBe('cross_site_request')
  })

  test('is set by no page of another tenant, and no other origin reads an answer', async () => {
    for (const Origin of [publicUrl, `https://${evil}`]) {
      const answer = await signIn(south, '', { Host: host, Origin })
      expect([answer.status, answer.code, answer.cookies]).toEqual([403, 'cross_site_request', []])
    }
    const read = await ask('/api/registration', { headers: { Host: host, Origin: publicUrl } })
    expect([read.status, read.headers['access-control-allow-origin']]).toEqual([200, undefined])
    expect(read.headers.vary).toMatch(/Origin/)
  })

  test('is set and cleared by every way to sign in and out, under its own name', async () => {
    const name = `__Host-counterdesk_${south.slug}`
    const at = { Host: host, Origin: `https://${host}` }
    const body = { user_id_or_email: south.carl.email, password, session: 'cookie' }
    const started = await ask('/api/auth/login', { headers: at, body })
    expect([started.status, started.cookies]).toEqual([200, [name]])
    expect(started.headers['set-cookie']?.[0]).toMatch(/; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/)
    const ended = await ask('/api/auth/logout', { method: 'POST', headers: { ...at, Cookie: cookieOf(started) } })
    expect([ended.status, ended.cookies]).toEqual([204, [name, `counterdesk_${south.slug}`]])
    const signedUp = await ask('/api/users/signup', {
      headers: at,
      body: { email: `new@${south.slug}.example.com`, password },
    })
    expect([signedUp.status, signedUp.cookies]).toEqual([201, [name]])
  })
})
