import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTenantWithAdmin } from '../../modules/identity/accounts/first-admin.service.ts'
import { type Asker, askerOf, mapHost } from '../../testing/support/any-host.ts'
import { createOperator } from '../../testing/support/operator-client.ts'
import { createWorld, type Person, password, type World } from '../../testing/support/people.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { hostNameOf } from './place.ts'

// At which address a request came: a mapped host, below `/t/<slug>`, or `PUBLIC_URL` itself.

let desk: Desk
let north: World
let south: World
/** The mapped host of south. */
let host: string
let ask: Asker

beforeAll(async () => {
  const settings = { PUBLIC_URL: 'https://desk.example.com/help', CONSOLE: 'false', TRUST_PROXY: 'loopback' }
  desk = await startDesk({ withWorker: false, settings })
  ask = askerOf(desk)
  north = await createWorld(desk)
  south = await createWorld(desk)
  host = `help.${south.slug}.example`
  await map(south, host)
})
afterAll(() => desk?.stop())

const map = (world: World, name: string | null): Promise<void> => mapHost(desk, world, name)

const below = ({ slug }: World): string => `/t/${slug}`
const tenantNameAt = async (path: string, headers: Record<string, string> = {}): Promise<unknown> => {
  const answer = await ask(`${path}/api/registration`, { headers })
  return answer.status === 200 ? JSON.parse(answer.text).tenant_name : [answer.status, answer.code]
}

/** Signs in at a place and answers with the cookie, as a browser sends it. */
const signInAt = async (path: string, { email }: Person, headers: Record<string, string> = {}): Promise<string> => {
  const { headers: given, status } = await ask(`${path}/api/users/signin`, { headers, body: { email, password } })
  expect(status).toBe(200)
  return given['set-cookie']?.[0]?.split(';')[0] ?? ''
}

const whoAt = async (path: string, headers: Record<string, string>): Promise<unknown> => {
  const { status, text: body, code } = await ask(`${path}/api/me`, { headers })
  return status === 200 ? JSON.parse(body).email : [status, code]
}

describe('before the sign-in the tenant', () => {
  test('is that of the mapped host, else of the path, else of X-Tenant, else the default one', async () => {
    const name = ({ slug }: World): string => `Desk ${slug}`
    expect(await tenantNameAt('', { Host: host })).toBe(name(south))
    expect(await tenantNameAt(below(north))).toBe(name(north))
    expect(await tenantNameAt(below(south))).toBe(name(south))
    expect(await tenantNameAt('', { 'X-Tenant': north.slug })).toBe(name(north))
    expect(await tenantNameAt('')).toEqual([404, 'tenant_not_found'])
    expect(await tenantNameAt(below(south), { Host: host, 'X-Tenant': south.slug })).toBe(name(south))
  })

  test('is one: an address with another X-Tenant, or another path, is refused whoever asks', async () => {
    const refused = [400, 'other_tenant']
    expect(await tenantNameAt('', { Host: host, 'X-Tenant': north.slug })).toEqual(refused)
    expect(await tenantNameAt(below(north), { 'X-Tenant': south.slug })).toEqual(refused)
    expect(await tenantNameAt(below(north), { 'X-Tenant': '' })).toEqual(refused)
    expect(await tenantNameAt(below(north), { Host: host })).toEqual(refused)
    const named = { ...south.cleo.headers, Host: host, 'X-Tenant': north.slug }
    expect(await whoAt('', named)).toEqual(refused)
  })

  test.each(['nobody', 'T-X', '%2e%2e', '..', '', 'a--b', '-a', 'a_b', 'a'.repeat(64)])(
    'is none below /t/%s',
    async (slug) => {
      for (const path of ['/api/tickets', '/api/registration', '/api/nothing']) {
        const { status, code } = await ask(`/t/${slug}${path}`)
        expect([path, status, code]).toEqual([path, 404, slug === 'nobody' ? 'tenant_not_found' : 'route_not_found'])
      }
    },
  )
})

test('a browser reads a page where the address is that of two tenants, or where its tenant is suspended', async () => {
  const html = { Accept: 'text/html' }
  for (const path of ['/', '/signin', '/password/reset?token=x']) {
    const { status, text } = await ask(`${below(north)}${path}`, { headers: { ...html, Host: host } })
    expect([path, status]).toEqual([path, 400])
    expect(text, path).toContain('<h1>There is nothing at this address</h1>')
  }
  const closed = await createWorld(desk)
  const closedHost = `help.${closed.slug}.example`
  await map(closed, closedHost)
  await createOperator(desk).post(`/tenants/${closed.slug}/suspend`)
  const { status, text } = await ask('/', { headers: { ...html, Host: closedHost } })
  expect(status).toBe(403)
  expect(text).toContain('<h1>This helpdesk is suspended at the moment</h1>')
})

test('what the operator asks, and a proxy may hide, is not below the address of a tenant', async () => {
  for (const path of [
    '/health',
    '/ready',
    '/metrics',
    '/METRICS',
    '/version',
    '/api/health',
    '/api/v1/ready',
    '/metrics/?a=b',
    '/api/tenants',
    '/api/v1/tenants/log',
  ]) {
    const { status, code } = await ask(`${below(north)}${path}`)
    expect([path, status, code]).toEqual([path, 404, 'route_not_found'])
  }
  expect((await ask('/health', { headers: { Host: host } })).status).toBe(200)
})

describe('a host', () => {
  test.each([
    ['help.example', 'help.example'],
    ['Help.EXAMPLE:8443', 'help.example'],
    ['help.example.', 'help.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['127.0.0.1:5000', null],
    ['[::1]:5000', null],
    ['bücher.example', null],
    ['a@b.example', null],
    ['help.example/evil', null],
    ['', null],
  ])('%s is called %s', (written, name) => expect(hostNameOf({ headers: { host: written } })).toBe(name))

  test.each(['help.example..', 'a:443:443', 'a@help.example', 'help.example/evil', '.', 'a b'])(
    '%s has no valid form, and is refused',
    async (written) => expect(await tenantNameAt('', { Host: written })).toEqual([400, 'malformed_request']),
  )

  test.each(['my_desk:3000', '[::1]:5000', '127.0.0.1:5000', 'help.example.:', 'h.example'])(
    '%s is a host that is not mapped',
    async (written) => expect(await tenantNameAt('', { Host: written })).toEqual([404, 'tenant_not_found']),
  )

  test('that is mapped does not lead to what the operator asks', async () => {
    const { status, code } = await ask('/api/tenants', { headers: { Host: host } })
    expect([status, code]).toEqual([404, 'route_not_found'])
  })

  test('and a path take a refresh token of their own tenant only', async () => {
    const login = { user_id_or_email: north.cleo.email, password }
    const { text } = await ask(`${below(north)}/api/auth/login`, { body: login })
    const body = { refresh_token: JSON.parse(text).refresh_token }
    for (const [path, headers] of [
      [below(south), {}],
      ['', { Host: host }],
    ] as const) {
      const { status, code } = await ask(`${path}/api/auth/refresh`, { headers, body })
      expect([status, code]).toEqual([401, 'invalid_refresh_token'])
    }
    expect((await ask(`${below(north)}/api/auth/refresh`, { body })).status).toBe(200)
  })

  test('counts in any spelling of its name, an IDN too, and only in Host', async () => {
    const name = `Desk ${south.slug}`
    expect(await tenantNameAt('', { Host: `${host.toUpperCase()}:8443` })).toBe(name)
    await map(south, 'xn--bcher-kva.example')
    expect(await tenantNameAt('', { Host: 'xn--BCHER-kva.example.' })).toBe(name)
    await map(south, host)
    expect(await tenantNameAt('', { Host: 'xn--bcher-kva.example' })).toEqual([404, 'tenant_not_found'])
    for (const header of ['X-Forwarded-Host', 'X-Host', 'X-Original-Host', 'Forwarded']) {
      const value = header === 'Forwarded' ? `host=${host}` : host
      expect(await tenantNameAt('', { [header]: value }), header).toEqual([404, 'tenant_not_found'])
    }
  })

  test('that is not mapped is as before, and costs no query of its own', async () => {
    await tenantNameAt('', { Host: 'first.example' })
    const hosts = Array.from({ length: 50 }, (_, index) => `h${index}.evil.example`)
    const before = desk.app.tenantHosts
    let loads = 0
    desk.app.tenantHosts = {
      ...before,
      get: (key, load) =>
        before.get(key, () => {
          loads += 1
          return load()
        }),
    }
    const asks = hosts.map((evil) => tenantNameAt('', { Host: evil, 'X-Tenant': north.slug }))
    expect(new Set(await Promise.all(asks))).toEqual(new Set([`Desk ${north.slug}`]))
    desk.app.tenantHosts = before
    expect(loads).toBeLessThanOrEqual(2)
  })
})

describe('the cookie', () => {
  test('is named after the tenant of the address, and two tenants stay signed in side by side', async () => {
    const cookies = [
      await signInAt(below(north), north.cleo),
      await signInAt(below(south), south.cleo),
      await signInAt('', north.carl, { 'X-Tenant': north.slug }),
    ]
    expect(cookies.map((cookie) => cookie.split('=')[0])).toEqual([
      `__Host-counterdesk_${north.slug}`,
      `__Host-counterdesk_${south.slug}`,
      '__Host-counterdesk_session',
    ])
    const jar = { Cookie: cookies.join('; ') }
    expect(await whoAt(below(north), jar)).toBe(north.cleo.email)
    expect(await whoAt(below(south), jar)).toBe(south.cleo.email)
    expect(await whoAt('', { ...jar, Host: host })).toBe(south.cleo.email)
    // At PUBLIC_URL itself the session says its tenant, as before there were addresses.
    expect(await whoAt('', jar)).toBe(north.carl.email)
    expect(await whoAt('', { ...jar, 'X-Tenant': south.slug })).toBe(north.carl.email)

    const signedOut = await ask(`${below(north)}/api/users/signout`, { headers: jar, body: {} })
    expect([signedOut.status, signedOut.cookies]).toEqual([
      200,
      [`__Host-counterdesk_${north.slug}`, `counterdesk_${north.slug}`],
    ])
    expect(await whoAt(below(north), jar)).toEqual([401, 'invalid_token'])
    expect(await whoAt(below(south), jar)).toBe(south.cleo.email)
    expect(await whoAt('', jar)).toBe(north.carl.email)
  })

  test('of a tenant called session is not that of PUBLIC_URL', async () => {
    const email = 'ada@session.example.com'
    const admin = { userId: 'ada', name: 'Ada Admin', email, password }
    await createTenantWithAdmin(desk.app, { slug: 'session', name: 'Desk session' }, admin)
    const answer = await ask('/t/session/api/users/signin', { body: { email, password } })
    expect(answer.cookies).toEqual(['__Host-counterdesk_session_'])
    const [pair = ''] = answer.headers['set-cookie']?.[0]?.split(';') ?? []
    expect(await whoAt('/t/session', { Cookie: pair })).toBe(email)
    expect(await whoAt('', { Cookie: pair })).toEqual([401, 'not_signed_in'])
    const renamed = pair.replace('session_=', 'session=')
    expect(await whoAt('/t/session', { Cookie: renamed })).toEqual([401, 'not_signed_in'])
  })

  test('of one tenant with the name of another is nobody, and so is a token', async () => {
    const [, value = ''] = (await signInAt(below(north), north.cleo)).split('=')
    const cookie = { Cookie: `__Host-counterdesk_${south.slug}=${value}` }
    const refused = [401, 'invalid_token']
    for (const headers of [cookie, north.cleo.headers]) {
      expect(await whoAt(below(south), headers)).toEqual(refused)
      expect(await whoAt('', { ...headers, Host: host })).toEqual(refused)
    }
    expect(await whoAt(below(north), { Cookie: `__Host-counterdesk_session=${value}` })).toEqual([401, 'not_signed_in'])
    expect(await whoAt(below(north), { Cookie: `counterdesk_${north.slug}=${value}` })).toEqual([401, 'not_signed_in'])
    expect(await whoAt('', { Cookie: `__Host-counterdesk_${north.slug}=${value}` })).toEqual([401, 'not_signed_in'])
  })
})
