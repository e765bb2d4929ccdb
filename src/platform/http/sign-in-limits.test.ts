import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { type Api, createApi, type Reply } from '../../testing/support/requests.ts'
import { logIn, visibleIn } from '../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { accountNamedBy } from './strangers.ts'

/** A desk without limits, on which people are created, and one with limits on its database. */
let open: Desk
let desk: Desk
let world: World
const limit = 4

beforeAll(async () => {
  open = await startDesk({ withWorker: false })
  desk = await startDesk({
    databaseUrl: open.databaseUrl,
    withWorker: false,
    settings: { RATE_LIMIT_SIGN_INS_PER_MINUTE: String(limit), TRUST_PROXY: '1' },
  })
  world = await createWorld(open)
})
beforeEach(async () => {
  await open.app.pool.query('delete from rate_limits')
})
afterAll(async () => {
  await desk?.stop()
  await open?.stop()
})

const from = (address: number | string): Api =>
  createApi(desk.url, {
    'X-Tenant': world.slug,
    'X-Forwarded-For': typeof address === 'string' ? address : `198.51.100.${address}`,
  })

/** Wrong passwords for a name, each from an address of its own, until the limit of the account is reached. */
const flood = async (name: string, first = 1): Promise<void> => {
  for (let index = 0; index < limit; index += 1) {
    expect((await logIn(from(first + index), name, 'not-the-password')).status).toBe(401)
  }
}

const failuresOf = async (accountId: string): Promise<string[]> => {
  const { rows } = await open.app.pool.query(
    `select e.details ->> 'reason' as reason from events e
     where e.tenant_id = $1 and e.subject_id = $2 and e.type = 'sign_in.failed' order by e.event_id`,
    [world.tenantId, accountId],
  )
  return rows.map(({ reason }) => reason)
}

test.each([
  ['admin', 'admin'],
  [' ADMIN ', 'admin'],
  ['admİn', 'admin'],
  ['ADMİN', 'admin'],
  ['àdmin', 'admin'],
  ['ａｄｍｉｎ', 'admin'],
  ['cuſ0002', 'cus0002'],
  ['\u212aim', 'kim'],
  ['ada\0', 'ada\ufffd'],
  ['\ud800', '\ufffd'],
])('%s counts as %s', (typed, counted) => {
  expect(accountNamedBy({ name: typed }, 'name')).toBe(counted)
})

test('a name of other letters opens nothing, and shares the count of the plain name', async () => {
  const cleo = world.cleo.id.toLowerCase()
  for (const name of ['àda', 'ａda', 'ad\u0430', cleo.replace('s', 'ſ'), `${world.cleo.id}\u0301`]) {
    expect([name, (await logIn(createApi(open.url, { 'X-Tenant': world.slug }), name, password)).status]).toEqual([
      name,
      401,
    ])
  }
  await flood('ada')
  for (const name of ['ada', 'àda', 'ÅDA', 'ａｄａ']) {
    const reply = await logIn(from(1), name, password)
    expect([name, reply.status, reply.body.code]).toEqual([name, 429, 'rate_limited'])
  }
})

test('an account has one budget for all its names, and its owner still gets in', async () => {
  const { id, email } = world.cleo
  await flood(id)
  // A second attempt of an address, by another name of the account and with the right password, is refused.
  expect((await logIn(from(1), email, password)).status).toBe(401)
  const cookie = await from(2).post('/users/signin', { email: email.toUpperCase(), password })
  expect(cookie.status).toBe(401)
  expect(await failuresOf(id)).toEqual([
    ...Array.from({ length: limit }, () => 'wrong_password'),
    'too_many_attempts',
    'too_many_attempts',
  ])
  expect((await logIn(from(77), email, password)).status).toBe(200)
  await open.app.pool.query('update rate_limits set window_ends_at = now()')
  expect((await logIn(from(1), email, password)).status).toBe(200)
})

test('a name has one budget, whichever member of the sign-in has it', async () => {
  const { email } = await world.customer()
  await flood(email)
  for (const member of ['email', 'user_id_or_email']) {
    const reply = await from(1).post('/auth/login', { [member]: email, password })
    expect([reply.status, reply.body.code], member).toEqual([429, 'rate_limited'])
  }
})

test('no answer tells that two names belong to one account', async () => {
  await flood(world.carl.id)
  /** What a stranger sees who tries a name twice from an address that has tried the account. */
  const see = async (name: string, address: number): Promise<unknown[]> => {
    const first: Reply = await logIn(from(address), name, 'guess-number-1')
    const second: Reply = await logIn(from(address), name, 'guess-number-2')
    return [first, second].map(visibleIn).map(([status, text, headers]) => {
      const shown = (headers as [string, string][]).filter(([header]) => !header.startsWith('ratelimit'))
      return [status, text, shown]
    })
  }
  const own = await see(world.carl.email, 1)
  expect(own).toEqual(await see(world.cleo.email, 2))
  expect(own).toEqual(await see('nobody@example.com', 3))
})

test('one address is one, however a proxy writes it', async () => {
  const forms = [
    ['203.0.113.7', '203.0.113.7:4001', '203.0.113.7:4002', '::ffff:203.0.113.7', '[::ffff:203.0.113.7]:80'],
    ['2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:4001', '2001:DB8:0::2', 'fe80::1%eth0', '2001:db8::1%eth1'],
    ['unknown', '_hidden', '1.2.3', '[::1', '203.0.113.7:port'],
  ]
  for (const [index, spellings] of forms.entries()) {
    await open.app.pool.query('delete from rate_limits')
    const same = spellings.filter((spelling) => !spelling.startsWith('fe80'))
    const statuses: number[] = []
    for (const spelling of same) {
      statuses.push((await logIn(from(spelling), `name-${index}-${statuses.length}`, 'not-the-password')).status)
    }
    expect([same, statuses]).toEqual([same, [401, 401, 401, 401, 429].slice(0, same.length)])
  }
})
