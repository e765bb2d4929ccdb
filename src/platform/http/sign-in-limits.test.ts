import { Piscina } from 'piscina'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { type Api, createApi, type Reply } from '../../testing/support/requests.ts'
import { codeNow, createMovableClock, enrol, finish } from '../../testing/support/second-factors.ts'
import { confirmationToken, forgetPassword, logIn, visibleIn } from '../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { accountNamedBy } from './strangers.ts'

/** A desk without limits, on which people are created, and one with limits on its database. */
let open: Desk
let desk: Desk
let world: World
const limit = 4
const clock = createMovableClock()

beforeAll(async () => {
  open = await startDesk({ withWorker: false, clock })
  desk = await startDesk({
    databaseUrl: open.databaseUrl,
    withWorker: false,
    clock,
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

/** Moves the clock of all counters past their window. */
const endWindows = () => open.app.pool.query('update rate_limits set window_ends_at = now()')

/** The right password of Cleo and Carl, Ada and others, each once from an address. */
const signInFrom = async (address: number | string, names: string[]): Promise<number[]> => {
  const replies = await Promise.all(names.map((name) => logIn(from(address), name, password)))
  return replies.map(({ status }) => status)
}

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

test('an account has one budget for all its names, and its owner gets in where they signed in before', async () => {
  const { id, email } = world.cleo
  expect((await logIn(from(77), email, password)).status).toBe(200)
  await flood(id)
  // By another name of the account and with the right password, an attempt past the limit is one with a wrong password.
  expect((await logIn(from(50), email, password)).status).toBe(401)
  const cookie = await from(51).post('/users/signin', { email: email.toUpperCase(), password })
  expect(cookie.status).toBe(401)
  expect(await failuresOf(id)).toEqual([
    ...Array.from({ length: limit }, () => 'wrong_password'),
    'too_many_attempts',
    'too_many_attempts',
  ])
  expect((await logIn(from(77), email, password)).status).toBe(200)
  await endWindows()
  expect((await logIn(from(50), email, password)).status).toBe(200)
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

/** People with the password of Cleo. */
const createCrowd = async (count: number): Promise<string[]> => {
  await open.owner.query(
    `insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
     select tenant_id, 'CUS' || 5000 + n, role, n || email, n || email, name, password_hash, 'active'
     from accounts, generate_series(1, $3) n where tenant_id = $1 and account_id = $2`,
    [world.tenantId, world.cleo.id, count],
  )
  return Array.from({ length: count }, (_, index) => `${index + 1}${world.cleo.email}`)
}

const ofAddress = [429, 'rate_limited', 'address']
const ofAccount = [429, 'rate_limited', 'account']
const refusalIn = ({ status, body }: Reply) => [status, body.code, body.exceeded]

test('forty people behind one address sign in within a minute, at once and in turn', async () => {
  const crowd = await createCrowd(40)
  expect(await signInFrom(9, crowd)).toEqual(crowd.map(() => 200))
  for (const name of crowd.slice(0, 10)) expect((await logIn(from(9), name, password)).status).toBe(200)
  const { rows } = await open.app.pool.query(
    `select hits, under_way from rate_limits where key = 'sign_in from 198.51.100.9'`,
  )
  expect(rows).toEqual([{ hits: 0, under_way: 0 }])
})

test('right sign-ins of an address have an ample bound', async () => {
  await logIn(from(9), 'ada', password)
  await open.app.pool.query(`update rate_limits set hits = $1 where key = 'sign_in from 198.51.100.9 in all'`, [
    limit * 30 - 1,
  ])
  expect((await logIn(from(9), 'ada', password)).status).toBe(200)
  const refused = await logIn(from(9), 'ada', password)
  expect(refusalIn(refused)).toEqual(ofAddress)
  // It promises nothing to those who are known here, because they wait as well.
  expect(refused.body.detail).toMatch(/^Too many attempts of this kind from this address; try again in \d+ s\.$/)
  expect((await logIn(from(10), 'ada', password)).status).toBe(200)
})

test('a guesser at an address stops nobody who signed in there before', async () => {
  const [known, other, stranger] = ['ada', world.carl.email, world.tess.email]
  expect(await signInFrom(9, [known, other])).toEqual([200, 200])
  for (let index = 0; index < limit; index += 1) await logIn(from(9), `name-${index}`, 'not-the-password')
  const recorded = await failuresOf('-')
  // The guesser is refused at every name, also that of a colleague, and learns nothing of who works here.
  const refused = await Promise.all(
    ['nobody', known, stranger, world.tom.id].map((name) => logIn(from(9), name, 'not-the-password')),
  )
  const seen = refused.map(({ status, body: { request_id: _, ends_at: __, ...said } }) => [status, said])
  expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1)
  expect(refusalIn(refused[0] as Reply)).toEqual(ofAddress)
  expect(refused[0]?.body.detail).toMatch(/^Too many failed sign-ins from this address; try again in \d+ s\. /)
  expect(Date.parse(refused[0]?.body.ends_at) - Date.now()).toBeLessThanOrEqual(61_000)
  // What is refused is no sign-in that failed.
  expect(await failuresOf('-')).toEqual(recorded)
  // Colleagues go on to work. Whoever signs in here for the first time waits for the end of the window.
  expect(await signInFrom(9, [known, other, other])).toEqual([200, 200, 200])
  expect(refusalIn(await logIn(from(9), stranger, password))).toEqual(ofAddress)
  expect((await logIn(from(10), stranger, password)).status).toBe(200)
  await endWindows()
  expect(await signInFrom(9, [stranger])).toEqual([200])
})

test('nor does it stop who signs in there with a second factor, in either step', async () => {
  const person = await world.customer()
  const { secret } = await enrol(person, clock)
  const signIn = async (address: number): Promise<unknown[]> => {
    const asked = await logIn(from(address), person.email, password)
    if (asked.body.code !== 'second_factor_required') return refusalIn(asked)
    const { status, body } = await finish(from(address), asked.body.challenge, { code: codeNow(secret, clock) })
    clock.advance(30)
    return [status, body.user?.id]
  }
  const isIn = [200, person.id]
  expect(await signIn(9)).toEqual(isIn)
  for (let index = 0; index <= limit; index += 1) {
    await logIn(from(9), `name-${index}`, 'not-the-password')
    const junk = await finish(from(9), `1.${crypto.randomUUID()}.${'A'.repeat(43)}`, { code: '000000' })
    expect([junk.status, junk.body.code]).toEqual([401, 'invalid_challenge'])
  }
  expect(await signIn(9)).toEqual(isIn)
  // A place where only the password was right is not known.
  await logIn(from(10), person.email, password)
  for (let index = 0; index < limit; index += 1) await logIn(from(10), `name-${index}`, 'not-the-password')
  expect(await signIn(10)).toEqual(ofAddress)
})

test('a body without the code that it needs is no guess', async () => {
  const person = await world.customer()
  const { secret } = await enrol(person, clock)
  const at = createApi(desk.url, person.headers)
  for (let index = 0; index < limit; index += 1) {
    const asked = await at.post('/me/second-factor/disable', { current_password: password })
    expect([asked.status, asked.body.code]).toEqual([403, 'second_factor_code_required'])
  }
  const body = { current_password: password, second_factor_code: codeNow(secret, clock) }
  expect((await at.post('/me/second-factor/disable', body)).status).toBe(204)
})

test('bodies that are refused stop nobody who signed in at the address before', async () => {
  expect(await signInFrom(9, ['ada'])).toEqual([200])
  for (let round = 0; round < 31; round += 1) {
    await Promise.all(Array.from({ length: limit }, (_, index) => from(9).post('/auth/login', index % 2 ? {} : [])))
  }
  expect(await signInFrom(9, ['ada'])).toEqual([200])
  expect(refusalIn(await logIn(from(9), world.tom.email, password))).toEqual(ofAddress)
})

test('every endpoint that checks a code counts wrong ones for who is signed in', async () => {
  const { secret } = await enrol(world.ada, clock)
  const service = (
    await world.ada.post('/service-accounts', { name: 'Robot', role: 'technician', category: 'Network' })
  ).body
  const at = createApi(desk.url, world.ada.headers)
  const begun = await world.ada.post('/me/second-factor', {
    current_password: password,
    second_factor_code: codeNow(secret, clock),
  })
  expect(begun.status).toBe(200)
  clock.advance(30)
  const proof = { second_factor_code: 'none' }
  const token = { name: 'Report', scopes: ['ticket:list'], ...proof }
  const requests = (
    [
      ['/me/second-factor/recovery-codes', proof],
      [`/people/${world.tom.id}/second-factor/reset`, { ...proof, current_password: password }],
      ['/api-tokens', token],
      [`/service-accounts/${service.account_id}/api-tokens`, token],
      ['/me/second-factor/confirm', { code: 'none' }],
    ] as const
  ).map(
    ([path, body]) =>
      () =>
        at.post(path, body),
  )
  const statuses: unknown[] = []
  for (const request of requests) {
    await endWindows()
    for (let index = 0; index < limit; index += 1) statuses.push((await request()).body.code)
    for (const each of requests) expect(refusalIn(await each())).toEqual(ofAccount)
  }
  expect(new Set(statuses)).toEqual(new Set(['wrong_second_factor']))
  await endWindows()
  const off = { current_password: password, second_factor_code: codeNow(secret, clock) }
  expect((await at.post('/me/second-factor/disable', off)).status).toBe(204)
})

test('links that nobody was mailed do not stop who follows a right one at the same address', async () => {
  const person = await world.customer()
  const reset = await forgetPassword(open, world, person)
  const confirm = await confirmationToken(open, world, person)
  const junk = ['', 'x', '1.2.3', `${reset.slice(0, -4)}AAAA`, `1.${crypto.randomUUID()}.${'A'.repeat(43)}`, confirm]
  for (const token of junk) {
    const replies = [
      await from(9).post('/auth/password/reset', { token, password: 'seven quiet rivers' }),
      await from(9).post('/auth/register/confirm', { token, name: 'Rita', password: 'seven quiet rivers' }),
      await from(9).post('/auth/email/confirm', { token: `${token}A` }),
    ]
    for (const { status } of replies) expect(status).toBeLessThan(429)
  }
  const follow = await from(9).post('/auth/password/reset', { token: reset, password: 'seven quiet rivers' })
  expect([follow.status, follow.headers.get('ratelimit-policy')]).toEqual([
    204,
    expect.stringContaining(`"password-resets"; q=${limit * 30}; w=60`),
  ])
  expect((await from(9).post('/auth/email/confirm', { token: confirm })).status).toBe(204)
  await open.app.pool.query(`update rate_limits set hits = $1 where key like '%from 198.51.100.9 in all'`, [limit * 30])
  for (const path of ['/auth/password/reset', '/auth/register/confirm', '/auth/email/confirm']) {
    const refused = await from(9).post(path, { token: 'x', password: 'seven quiet rivers' })
    expect([refusalIn(refused), refused.body.detail]).toEqual([ofAddress, expect.not.stringContaining('failed')])
  }
})

test('past the limit every password is compared as often, whose ever it is', async () => {
  const gone = await world.customer()
  await world.ada.delete(`/customers/${gone.id}`)
  expect(await signInFrom(9, ['ada'])).toEqual([200])
  for (let index = 0; index < limit; index += 1) await logIn(from(9), `name-${index}`, 'not-the-password')
  const run = vi.spyOn(Piscina.prototype, 'run')
  onTestFinished(() => run.mockRestore())
  for (const name of ['ada', world.tess.email, gone.email, 'nobody']) {
    for (const [typed, comparisons] of [
      ['plain text', 1],
      ['Gru\u0308\u00dfe', 2],
    ] as const) {
      run.mockClear()
      expect(refusalIn(await logIn(from(9), name, typed))).toEqual(ofAddress)
      expect([name, typed, run.mock.calls.length]).toEqual([name, typed, comparisons])
    }
  }
})

test('a guesser at one account, from many addresses, does not stop its owner, and neither may guess on', async () => {
  expect(await signInFrom(9, ['ada'])).toEqual([200])
  await flood('ada', 20)
  expect(refusalIn(await logIn(from(40), 'ada', password))).toEqual(ofAccount)
  expect(await signInFrom(9, ['ada', 'ada'])).toEqual([200, 200])
  // The known place has a count of its own, which a guesser there uses up.
  for (let index = 0; index < limit; index += 1) await logIn(from(9), 'ada', 'not-the-password')
  const refused = await logIn(from(9), 'ada', password)
  expect(refusalIn(refused)).toEqual(ofAddress)
  expect(refused.body.detail).toContain('unless that is used up')
  await endWindows()
  expect(await signInFrom(9, ['ada'])).toEqual([200])
})

test('of a hundred guesses at once no more than the limit are looked at', async () => {
  const guesses = Array.from({ length: 100 }, (_, index) => logIn(from(9), `name-${index}`, 'not-the-password'))
  const statuses = (await Promise.all(guesses)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 401)).toHaveLength(limit)
  expect(statuses.filter((status) => status === 429)).toHaveLength(100 - limit)
})

test('a body that is refused counts as a failure', async () => {
  for (const body of [[], { password: 7 }, { user_id_or_email: 'ada' }, 'x']) {
    expect((await from(9).post('/auth/login', body)).status).toBeLessThan(429)
  }
  expect(refusalIn(await from(9).post('/auth/login', []))).toEqual(ofAddress)
  expect(refusalIn(await logIn(from(9), world.tom.email, password))).toEqual(ofAddress)
})

test('who is signed in guesses at their own password only, from whatever address', async () => {
  const person = await world.customer()
  const change = (address: number, current_password: string) =>
    createApi(desk.url, { ...person.headers, 'X-Forwarded-For': `198.51.100.${address}` }).post(
      '/auth/password/change',
      { current_password, password: 'seven quiet rivers' },
    )
  for (let index = 0; index < limit; index += 1) expect((await change(index, 'wrong')).status).toBe(422)
  const refused = await change(99, password)
  expect(refusalIn(refused)).toEqual(ofAccount)
  expect(refused.body.detail).toMatch(/^Too many wrong passwords or codes for this account; try again in \d+ s\.$/)
  // All refusals of a window name the same whole second.
  expect(refused.body.ends_at).toMatch(/:\d\d\.000Z$/)
  await endWindows()
  expect((await change(99, password)).status).toBe(204)
})

test('a place is remembered for thirty days, as an HMAC, at most twenty of an account, and written once a day', async () => {
  const { id, email } = await world.customer()
  const read = async () => {
    const { rows } = await open.owner.query(
      `select place, xmin::text, signed_in_at > now() - interval '1 hour' as is_new from sign_in_places
       where tenant_id = $1 and account_id = $2 order by signed_in_at`,
      [world.tenantId, id],
    )
    return rows
  }
  await logIn(from(1), email, password)
  const [first] = await read()
  expect(first.place).toHaveLength(32)
  await logIn(from(1), email, password)
  expect(await read()).toEqual([first])
  await open.owner.query(`update sign_in_places set signed_in_at = now() - interval '25 hours'`)
  await logIn(from(1), email, password)
  expect(await read()).toMatchObject([{ place: first.place, is_new: true }])
  for (let address = 2; address <= 22; address += 1) await logIn(from(address), email, password)
  const places = await read()
  expect(places).toHaveLength(20)
  expect(places.map(({ place }) => place.toString('hex'))).not.toContain(first.place.toString('hex'))
  // A client without an address has no place.
  await logIn(from('nonsense'), email, password)
  expect(await read()).toEqual(places)

  await open.owner.query(`update sign_in_places set signed_in_at = now() - interval '31 days'`)
  await flood(email, 30)
  expect(refusalIn(await logIn(from(22), email, password))).toEqual(ofAccount)
})
