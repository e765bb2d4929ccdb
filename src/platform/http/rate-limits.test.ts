import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { endpoints } from '../../modules.ts'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { type Api, createApi, expectSuccess, type Reply } from '../../testing/support/requests.ts'
import { logIn } from '../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

/**
 * A desk without limits, on which people are created. All other desks use its database, and each test counts from zero.
 */
let open: Desk
let world: World
const desks: Desk[] = []

beforeAll(async () => {
  open = await startDesk({ withWorker: false })
})
beforeEach(async () => {
  // New people, because the desks of the tests before write their counts up to a second later.
  world = await createWorld(open)
  await open.app.pool.query('delete from rate_limits')
})
afterAll(async () => {
  await Promise.all(desks.map((desk) => desk.stop()))
  await open?.stop()
})

interface Limits {
  requests?: number
  signIns?: number
  trustProxy?: string
}

/** Starts a desk with limits. Answers with a function that makes a client, with an address when a test wants one. */
const limited = async ({ requests = 0, signIns = 0, trustProxy = 'false' }: Limits) => {
  const desk = await startDesk({
    databaseUrl: open.databaseUrl,
    withWorker: false,
    settings: {
      RATE_LIMIT_REQUESTS_PER_MINUTE: String(requests),
      RATE_LIMIT_SIGN_INS_PER_MINUTE: String(signIns),
      TRUST_PROXY: trustProxy,
    },
  })
  desks.push(desk)
  return (headers: Record<string, string> = { 'X-Tenant': world.slug }, address?: string): Api =>
    createApi(desk.url, { ...headers, ...(address === undefined ? {} : { 'X-Forwarded-For': address }) })
}

/** Tries to sign in with a wrong password. */
const guess = (as: Api, name: string): Promise<Reply> => logIn(as, name, 'not-the-password')

const expectRefused = (reply: Reply, exceeded?: string): void => {
  expect([reply.status, reply.body?.code]).toEqual([429, 'rate_limited'])
  if (exceeded !== undefined) expect(reply.body.exceeded).toBe(exceeded)
  const seconds = Number(reply.headers.get('retry-after'))
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true)
  expect(reply.body.detail).toContain(`${seconds} s`)
}
test('the page of a refusal asks the database for no language', async () => {
  expectSuccess(await world.ada.patch('/settings', { languages: ['de'] }))
  await limited({ requests: 2 })
  const headers = { Accept: 'text/html', 'Accept-Language': '*' }
  const languageAt = async (path: string) => {
    const page = await fetch(`${desks.at(-1)?.url}${path}`, { headers })
    return [page.status, page.headers.get('content-language')]
  }
  const path = `/t/${world.slug}/password/forgot`
  expect(await languageAt(path)).toEqual([200, 'de'])
  expect(await languageAt(path)).toEqual([200, 'de'])
  expect(await languageAt(path)).toEqual([429, 'en'])
})

const statusesOf = async (count: number, ask: (index: number) => Promise<Reply>): Promise<number[]> => {
  const statuses: number[] = []
  for (let index = 0; index < count; index += 1) statuses.push((await ask(index)).status)
  return statuses
}
const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status)

describe('the limit of requests', () => {
  test('holds for an account, over all its sessions, and for nobody else', async () => {
    const as = await limited({ requests: 6 })
    const again = await world.signIn(world.cleo.email, password)
    const [cleo, alsoCleo] = [as(world.cleo.headers), as(again.headers)]
    const first = await cleo.get('/auth/me')
    expect(first.headers.get('ratelimit-policy')).toMatch(/^"requests"; q=6; w=60/)
    expect(first.headers.get('ratelimit')).toMatch(/^"requests"; r=5; t=\d+$/)
    expect(await statusesOf(2, () => cleo.get('/tickets'))).toEqual(times(2, 200))
    expect(await statusesOf(3, () => alsoCleo.get('/tickets'))).toEqual(times(3, 200))
    for (const person of [cleo, alsoCleo]) {
      const refused = await person.get('/tickets')
      expectRefused(refused, 'requests')
      expect(refused.headers.get('ratelimit')).toMatch(/^"requests"; r=0; t=\d+$/)
    }
    expectRefused(await cleo.post('/tickets', { issue_category: 'Doors', issue_description: 'Stuck' }))
    expect((await as(world.carl.headers).get('/auth/me')).status).toBe(200)
    // Health checks and metrics are never limited.
    expect(await statusesOf(20, () => cleo.get('/health'))).toEqual(times(20, 200))
  })

  test('holds for an address before sign-in, even when the request claims another origin', async () => {
    const as = await limited({ requests: 6 })
    const claims = ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'CF-Connecting-IP', 'X-Client-IP', 'True-Client-IP']
    const from = (index: number) => {
      const address = `198.51.100.${index}`
      return as(Object.fromEntries(claims.map((name) => [name, name === 'Forwarded' ? `for=${address}` : address])))
    }
    const forged = (index: number) => as({ Authorization: `Bearer garbage${index}` }).get('/auth/me')
    expect(await statusesOf(3, (index) => from(index).get('/auth/me'))).toEqual(times(3, 401))
    expect(await statusesOf(3, forged)).toEqual(times(3, 401))
    expectRefused(await from(99).get('/auth/me'))
    expectRefused(await forged(99))
    expectRefused(await as({ Cookie: '__Host-counterdesk_session=garbage' }).get('/users/currentuser'))
    expect((await as(world.cleo.headers).get('/auth/me')).status).toBe(200)
  })

  test('counts the address that the proxy in front saw, and no address that the client made up', async () => {
    const as = await limited({ requests: 3, trustProxy: '1' })
    const from = (address: string) => as(undefined, address).get('/auth/me')
    expect(await statusesOf(3, (index) => from(`203.0.113.${index}, 198.51.100.7`))).toEqual(times(3, 401))
    expectRefused(await from('198.51.100.7'))
    expectRefused(await from('::1, 203.0.113.50, 198.51.100.7'))
    expect((await from('198.51.100.8')).status).toBe(401)
    // A caller with an IPv6 address has a whole network of addresses.
    expect(await statusesOf(3, (index) => from(`2001:db8:1:2${index}::${index}`))).toEqual(times(3, 401))
    expectRefused(await from('2001:db8:1:2f:1234::1'))
    expect((await from('2001:db8:1:300::1')).status).toBe(401)
  })

  test('is one limit for all processes on a database', async () => {
    const [here, there] = [await limited({ requests: 200 }), await limited({ requests: 200 })]
    expect(await statusesOf(200, () => here(world.cleo.headers).get('/auth/me'))).toEqual(times(200, 200))
    // This desk gets fewer requests than the limit allows. It refuses because of what the other desk counted.
    await vi.waitFor(async () => expectRefused(await there(world.cleo.headers).get('/auth/me')), {
      interval: 100,
      timeout: 15_000,
    })
    expect((await there(world.carl.headers).get('/auth/me')).status).toBe(200)
  })

  test.each([10, -10])('holds on a machine whose clock is %d minutes ahead', async (minutes) => {
    const as = await limited({ requests: 20, signIns: 3 })
    const ask = () => as(world.cleo.headers).get('/auth/me')
    const counted = async (): Promise<number> => {
      const { rows } = await open.app.pool.query(
        `select r.hits from rate_limits r join tenants t on r.key = 'requests ' || t.tenant_id || ' ' || $1
         where t.slug = $2`,
        [world.cleo.id, world.slug],
      )
      return rows[0]?.hits ?? 0
    }
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
      expect(await statusesOf(20, ask)).toEqual(times(20, 200))
      // Each count is merged with the count in the database, which also says when the window ends.
      for (const sent of [21, 22, 23]) {
        expectRefused(await ask())
        await vi.waitFor(async () => expect(await counted()).toBe(sent), { interval: 50, timeout: 15_000 })
      }
      expect(await statusesOf(3, () => guess(as(), 'nobody'))).toEqual(times(3, 401))
      expectRefused(await guess(as(), 'nobody'))
    } finally {
      vi.useRealTimers()
    }
  })

  test('is off when it is 0', async () => {
    const as = await limited({})
    expect(await statusesOf(50, () => as(world.cleo.headers).get('/auth/me'))).toEqual(times(50, 200))
    const reply = await logIn(as(), 'ada', password)
    expect([reply.status, reply.headers.get('ratelimit'), reply.headers.get('ratelimit-policy')]).toEqual([
      200,
      null,
      null,
    ])
    expect(await statusesOf(15, () => guess(as(), 'nobody'))).toEqual(times(15, 401))
  })
})

describe('the limit of sign-ins', () => {
  test('holds for what fails at an address, over many accounts', async () => {
    const as = await limited({ signIns: 4, trustProxy: '1' })
    const from = (address: string) => as(undefined, address)
    const first = await guess(from('198.51.100.1'), 'somebody-0')
    expect(first.headers.get('ratelimit-policy')).toBe('"sign-ins"; q=4; w=60')
    expect(first.headers.get('ratelimit')).toMatch(/^"sign-ins"; r=3; t=\d+$/)
    expect(await statusesOf(3, (index) => guess(from('198.51.100.1'), `somebody-${index}`))).toEqual(times(3, 401))
    expectRefused(await logIn(from('198.51.100.1'), 'ada', password), 'address')
    expectRefused(await logIn(from('10.0.0.1, 198.51.100.1'), 'ada', password), 'address')
    expect((await logIn(from('198.51.100.2'), 'ada', password)).status).toBe(200)
    await open.app.pool.query('update rate_limits set window_ends_at = now()')
    expect((await logIn(from('198.51.100.1'), 'ada', password)).status).toBe(200)
  })

  test('counts each kind of attempt apart', async () => {
    const as = await limited({ signIns: 2 })
    const tried = endpoints.filter(({ signInLimit }) => signInLimit !== undefined)
    const bodies: Record<string, Record<string, unknown>> = {
      '/auth/login': { user_id_or_email: 'nobody', password },
      '/auth/register': { name: 'Kim', email: 'no address', password },
      '/auth/password/forgot': { email: 'someone@example.com' },
      '/auth/password/reset': { token: 'x', password },
      '/auth/email/confirm': { token: 'x' },
      '/auth/password/change': { current_password: 'not-the-password', password },
    }
    for (const { path, signInLimit } of tried.filter((each) => bodies[each.path] !== undefined)) {
      const someone = path === '/auth/password/change' ? as(world.cleo.headers) : as()
      // A body that is refused counts as well.
      expect((await someone.post(path, [])).status, path).toBeLessThan(429)
      expect((await someone.post(path, bodies[path])).status, path).toBeLessThan(429)
      const third = await someone.post(path, bodies[path])
      // Nobody can guess a link, so only the ample bound counts there.
      if (signInLimit?.counts === 'flood') expect(third.status, path).toBe(422)
      else expectRefused(third)
    }
    expect(Object.keys(bodies).filter((path) => !tried.some((each) => each.path === path))).toEqual([])
  })

  test('holds for an account over many addresses, whatever way its name is written', async () => {
    const as = await limited({ signIns: 4, trustProxy: '1' })
    const from = (address: number) => as(undefined, `198.51.100.${address}`)
    const names = ['ada', 'ADA', ' ada', 'Ada ']
    expect(await statusesOf(4, (index) => guess(from(index % 2), names[index] ?? ''))).toEqual(times(4, 401))
    for (const address of [0, 1, 2]) expectRefused(await logIn(from(address), 'ada', password), 'account')
    // Other accounts are not limited, even for an address of the flood, and neither is an account of the same name in
    // another tenant.
    expect((await logIn(from(0), world.carl.email, password)).status).toBe(200)
    const other = await createWorld(open)
    const elsewhere = as({ 'X-Tenant': other.slug }, '198.51.100.1')
    expect((await logIn(elsewhere, 'ada', password)).status).toBe(200)
    // A name of bytes that the database cannot store is limited like any other name.
    for (const name of ['ada\0', '\ud800', '\0']) expect((await guess(from(88), name)).status).toBe(401)
  })

  test('is one limit for all processes on a database, also for requests at once', async () => {
    const [here, there] = [await limited({ signIns: 4 }), await limited({ signIns: 4 })]
    const turns = [here, there, there, here]
    expect(await statusesOf(4, (index) => guess((turns[index] ?? here)(), `n-${index}`))).toEqual(times(4, 401))
    for (const desk of [here, there]) expectRefused(await guess(desk(), 'ada'), 'address')
    // Ada signed in from this address when she was created.
    for (const desk of [here, there]) expect((await logIn(desk(), 'ada', password)).status).toBe(200)
  })

  test('counts every attempt of many at once', async () => {
    const as = await limited({ signIns: 5 })
    const replies = await Promise.all(Array.from({ length: 30 }, (_, index) => guess(as(), `n-${index}`)))
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(5)
    for (const reply of replies.filter(({ status }) => status !== 401)) expectRefused(reply)
  })
})
