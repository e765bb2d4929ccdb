import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoints } from '../../../modules.ts'
import { createWorld, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { type Api, createApi, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { expectAlive, expectDead } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { readAccessToken, signCookieToken } from './access-tokens.ts'

let desk: Desk
let north: World
let south: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  north = await createWorld(desk)
  south = await createWorld(desk)
})
afterAll(() => desk?.stop())

const addressIn = ({ slug }: World): string => `${uniqueName()}@${slug}.example.com`

/** A browser, which sends the cookies that it has. */
const browserWith = (token: string | null, more: Record<string, string> = {}, { slug } = north): Api =>
  createApi(desk.url, {
    'X-Tenant': slug,
    ...(token === null ? {} : { Cookie: `__Host-counterdesk_session=${token}` }),
    ...more,
  })

describe('a request of another site', () => {
  const strangers: Record<string, string>[] = [
    { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ]
  const setting = endpoints.filter(({ setsCookie }) => setsCookie).map(({ path }) => path)

  test('is known for every endpoint that sets or clears the cookie', () => {
    expect(setting.toSorted()).toEqual([
      '/auth/login',
      '/auth/login/second-factor',
      '/auth/logout',
      '/auth/register/confirm',
      '/users/signin',
      '/users/signout',
      '/users/signup',
    ])
  })

  test.each(setting)('to %s is refused, also when the browser keeps the cookie back', async (path) => {
    const bodies: Record<string, Record<string, unknown>> = {
      '/auth/login': { user_id_or_email: north.cleo.email, password, session: 'cookie' },
      '/auth/login/second-factor': { challenge: 'none', code: '123456', session: 'cookie' },
      '/auth/register/confirm': { token: 'none', name: 'Rita Register', password, session: 'cookie' },
      '/users/signin': { email: north.cleo.email, password },
      '/users/signup': { email: addressIn(north), password },
    }
    for (const stranger of strangers) {
      for (const token of [null, north.cleo.token, 'junk']) {
        const reply = await browserWith(token, stranger).post(path, bodies[path])
        await expectRefusal(reply, 403, 'cross_site_request')
        expect(reply.headers.getSetCookie()).toEqual([])
      }
    }
    await expectAlive(north.cleo)
    // A form sends no JSON.
    const form = { headers: { 'Content-Type': 'text/plain' }, raw: '{}' }
    const reply = await browserWith(null, strangers[0]).post(path, undefined, form)
    expect([reply.status, reply.headers.getSetCookie()]).toEqual([
      /^\/auth\/(?:login|register)/.test(path) ? 415 : 403,
      [],
    ])
  })

  test('with a cookie, good or not, is refused by every endpoint that changes something', async () => {
    const unsafe = endpoints.filter(({ method, standing }) => method !== 'get' && !standing)
    expect(unsafe.length).toBeGreaterThan(40)
    const asks = unsafe.flatMap(({ method, path }, index) =>
      [north.cleo.token, 'junk'].map(async (token, turn) => {
        const browser = browserWith(token, strangers[(index + turn) % strangers.length])
        const reply = await browser.send(method.toUpperCase(), path.replaceAll(/:\w+/g, 'TKT0001'), {})
        return `${method} ${path} ${reply.status} ${reply.body.code} ${reply.headers.getSetCookie().length}`
      }),
    )
    const expected = unsafe.map(({ method, path }) => `${method} ${path} 403 cross_site_request 0`)
    expect(new Set(await Promise.all(asks))).toEqual(new Set(expected))
  })

  test('is none when it comes from our own site, from no browser, or with a token in its header', async () => {
    const [one, two] = [await north.customer(), await north.customer()]
    const own = { Origin: 'https://desk.example.com', 'Sec-Fetch-Site': 'same-origin' }
    expectStatus(await browserWith(null, own).post('/users/signin', { email: one.email, password }), 200)
    expectStatus(await browserWith(null).post('/users/signout'), 200)
    const typed = { 'Sec-Fetch-Site': 'none' }
    expectStatus(await browserWith(null, typed).post('/users/signin', { email: one.email, password }), 200)
    const forTokens = { user_id_or_email: one.email, password }
    expectStatus(await browserWith(null, strangers[0]).post('/auth/login', forTokens), 200)
    const bearer = createApi(desk.url, { ...two.headers, Origin: 'https://evil.example' })
    expectStatus(await bearer.post('/auth/logout'), 204)
  })
})

describe('a request that is meant for another account', () => {
  const closed = endpoints.filter(
    ({ can, standing, needsSession }) => (can !== 'anyone' || needsSession) && can !== 'operator' && !standing,
  )
  const ask = (token: string, account: string, { method, path }: (typeof closed)[number]) =>
    browserWith(token, { 'X-Account': account }).send(method.toUpperCase(), path.replaceAll(/:\w+/g, 'TKT0001'))

  test('is refused by every endpoint that needs a sign-in or ends one, whatever its method', async () => {
    expect(closed.length).toBeGreaterThan(100)
    expect(closed.map(({ path }) => path)).toContain('/users/signout')
    const asks = closed.map(async (endpoint) => {
      const reply = await ask(north.ada.token, `${north.slug}/${north.tess.id}`, endpoint)
      return `${endpoint.method} ${endpoint.path} ${reply.status} ${reply.body.code}`
    })
    const expected = closed.map(({ method, path }) => `${method} ${path} 409 other_account`)
    expect(await Promise.all(asks)).toEqual(expected)
  })

  test('is known by tenant and account, and only behind a cookie', async () => {
    const { cleo } = north
    const name = `${north.slug}/${cleo.id}`
    const others = [
      `${south.slug}/${cleo.id}`,
      `${north.slug}/${north.tess.id}`,
      cleo.id,
      `${name} `.repeat(2),
      '/',
      '"',
    ]
    for (const other of others) {
      await expectRefusal(await browserWith(cleo.token, { 'X-Account': other }).get('/me'), 409, 'other_account')
      expectStatus(await createApi(desk.url, { ...cleo.headers, 'X-Account': other }).get('/me'), 200)
      await expectRefusal(await browserWith('junk', { 'X-Account': other }).get('/me'), 401, 'invalid_token')
    }
    expectStatus(await browserWith(cleo.token, { 'X-Account': name }).get('/me'), 200)
    expectStatus(await browserWith(cleo.token).get('/me'), 200)
    // What needs no sign-in is for everybody.
    expectStatus(await browserWith(cleo.token, { 'X-Account': '/' }).get('/users/currentuser'), 200)
  })
})

describe('the session cookie', () => {
  test('that a sign-in replaces ends its session, whatever tenant it is of', async () => {
    for (const [before, home] of [
      [await north.customer(), north],
      [await south.customer(), south],
    ] as const) {
      const browser = browserWith(before.token)
      expectStatus(await browser.post('/users/signin', { email: north.cleo.email, password }), 200)
      await expectDead(before)
      const next = await home.signIn(before.email, password)
      expectStatus(await browserWith(next.token).post('/users/signup', { email: addressIn(north), password }), 201)
      await expectDead(next)
    }
  })

  test('stays when a sign-in fails, and a token in the header is never replaced', async () => {
    const person = await north.customer()
    const wrong = { email: north.cleo.email, password: 'not-the-password' }
    expectStatus(await browserWith(person.token).post('/users/signin', wrong), 401)
    await expectAlive(person)
    const right = { email: north.cleo.email, password }
    const byHeader = createApi(desk.url, { ...person.headers, 'X-Tenant': north.slug })
    expectStatus(await byHeader.post('/users/signin', right), 200)
    await expectAlive(person)
  })
})

/** Whom a desk sees behind cookies. */
const seenAt = async ({ url }: Desk, cookie: string): Promise<string | null> =>
  (await createApi(url, { Cookie: cookie }).get('/users/currentuser')).body.currentUser?.id ?? null

/** Cookies by short names: `own` is Cleo's, `planted` somebody else's, the others are of nobody. */
type Cookies = (prefix: string, plain: string) => [title: string, cookie: string, isOwn: boolean][]
const cookieTable: Cookies = (prefix, plain) => [
  ['one', `${prefix}=own`, true],
  ['one among others', `theme=dark; ${prefix}=own; lang=de`, true],
  ['one twice, and an empty one', `${prefix}=; ${prefix}=own; theme=dark; ${prefix}=own`, true],
  ['two of one session', `${prefix}=own; ${prefix}=ownAgain`, true],
  ['junk in front', `${prefix}=junk; ${prefix}=own`, true],
  ['junk behind', `${prefix}=own; ${prefix}=junk`, true],
  [
    'junk in the form of a token in front, four times',
    `${'1234'.replace(/./g, `${prefix}=$&.b.c; `)}${prefix}=own`,
    true,
  ],
  ['a session that has ended in front', `${prefix}=ended; ${prefix}=own`, true],
  ['somebody else in front', `${prefix}=planted; ${prefix}=own`, false],
  ['somebody else behind', `${prefix}=own; ${prefix}=planted`, false],
  ['junk only', `${prefix}=junk; ${prefix}=x.y.z`, false],
  ['a refresh token', `${prefix}=refresh`, false],
  ['forged ones in front, seven times', `${'1234567'.replace(/./g, `${prefix}=$&.b.c; `)}${prefix}=own`, true],
  ['more of ended sessions than are tried', `${'12345'.replace(/./g, `${prefix}=ended$&; `)}${prefix}=own`, false],
  ['somebody else without the prefix', `${plain}=planted; ${prefix}=own`, true],
  ['junk with the prefix, somebody else without', `${prefix}=junk; ${plain}=planted`, false],
]

describe('of several session cookies', () => {
  let trial: Desk
  let values: Record<string, string>
  beforeAll(async () => {
    const settings = { PUBLIC_URL: 'http://localhost:5000' }
    trial = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false, settings })
    const cookieOf = async (email: string): Promise<string> => {
      const reply = await browserWith(null).post('/users/signin', { email, password })
      return /=([^;]+)/.exec(expectStatus(reply, 200).headers.getSetCookie()[0] ?? '')?.[1] ?? ''
    }
    const [own, planted, ended] = await Promise.all([
      cookieOf(north.cleo.email),
      cookieOf(north.carl.email),
      cookieOf('ada'),
    ])
    expectStatus(await browserWith(ended).post('/users/signout'), 200)
    const { id, role, tenant, version, session } = readAccessToken(desk.app, own)
    const aMinuteAgo = { ...desk.app, clock: { now: () => Date.now() - 60_000 } }
    const ownAgain = signCookieToken(aMinuteAgo, { id, role, tenant, version, session })
    const gone = readAccessToken(desk.app, ended)
    const endedOnes = [1, 2, 3, 4, 5].map((minutes) => {
      const before = { ...desk.app, clock: { now: () => Date.now() - minutes * 60_000 } }
      const { id, role, tenant, version, session } = gone
      return [`ended${minutes}`, signCookieToken(before, { id, role, tenant, version, session })]
    })
    values = { own, ownAgain, planted, ended, refresh: north.cleo.refreshToken, ...Object.fromEntries(endedOnes) }
  })
  afterAll(() => trial?.stop())

  const filled = (cookie: string): string =>
    cookie.replace(/=(\w+)(?=;|$)/g, (all, name) => (values[name] ? `=${values[name]}` : all))
  const [prefix, plain] = ['__Host-counterdesk_session', 'counterdesk_session']

  test.each(cookieTable(prefix, plain))('%s: where cookies have the prefix', async (_, cookie, isOwn) => {
    expect(await seenAt(desk, filled(cookie))).toBe(isOwn ? north.cleo.id : null)
  })

  test.each(cookieTable(plain, 'other'))('%s: where they have none', async (_, cookie, isOwn) => {
    expect(await seenAt(trial, filled(cookie))).toBe(isOwn ? north.cleo.id : null)
  })

  test.each([
    ['the plain name', `${plain}=planted`],
    ['a space of Latin-1 before the prefix', `\u00a0${prefix}=planted`],
    ['another case', `__host-counterdesk_session=planted`],
    ['the prefix as a value', `=${prefix}=planted`],
  ])('one by %s, which a neighbouring host can set, opens nothing', async (_, cookie) => {
    expect(await seenAt(desk, filled(cookie))).toBeNull()
  })

  test('one of the version before goes on until its token expires, without the prefix, too', async () => {
    const { token, id } = await north.customer()
    const former = `${plain}=${token}`
    expect(await seenAt(desk, former)).toBeNull()
    const { session } = readAccessToken(desk.app, token)
    await desk.app.pool.query('update sessions set generation = null where session_id = $1', [session])
    expect(await seenAt(desk, former)).toBe(id)
    // The next sign-in takes it away.
    const reply = await createApi(desk.url, { 'X-Tenant': north.slug, Cookie: former }).post('/users/signin', {
      email: 'ada',
      password,
    })
    expect(reply.headers.getSetCookie().map((cookie) => cookie.split(/[=;]/, 2)[0])).toEqual([prefix, plain])
    expect(await seenAt(desk, former)).toBeNull()
  })

  test('the value is good in a cookie only', async () => {
    const byHeader = createApi(desk.url, { Authorization: `Bearer ${values.own}` })
    await expectRefusal(byHeader.get('/auth/me'), 401, 'invalid_token')
  })
})
