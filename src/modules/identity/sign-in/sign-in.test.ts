import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { createApi, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeResetToken } from '../accounts/reset-tokens.ts'

let desk: Desk
let world: World

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const address = (name: string): string => `${name}@${world.slug}.example.com`
const unique = (): string => `p-${randomUUID().slice(0, 13)}`
const someone = (): Promise<Person> => world.customer(unique())

const logIn = (name: unknown, secret: unknown): Promise<Reply> =>
  world.nobody.post('/auth/login', { user_id_or_email: name, password: secret })

/** All of an answer that somebody could tell two of them apart by. */
const visible = ({ status, text, headers, body }: Reply) => {
  const shown = [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id')
  return [status, text.replace(body?.request_id, ''), shown]
}

const expectCode = async (answer: Promise<Reply> | Reply, status: number, code: string): Promise<Reply> => {
  const reply = await answer
  expect([reply.status, reply.body?.code]).toEqual([status, code])
  return reply
}

const expectAlive = async (person: Person): Promise<void> => {
  expect((await person.get('/auth/me')).body).toMatchObject({ user: { id: person.id, email: person.email } })
}
const expectDead = (person: Person): Promise<Reply> => expectCode(person.get('/auth/me'), 401, 'invalid_token')
const refresh = (token: unknown): Promise<Reply> => world.nobody.post('/auth/refresh', { refresh_token: token })

const tenantId = async (): Promise<number> => {
  const { rows } = await desk.app.pool.query('select tenant_id from tenants where slug = $1', [world.slug])
  return rows[0].tenant_id
}
const hashOf = async (person: Person): Promise<string> => {
  const { rows } = await desk.app.pool.query('select password_hash from accounts where email = $1', [person.email])
  return rows[0].password_hash
}

/** The token of the newest link of an account, as the mail would carry it. */
const newestLink = async (accountId: string): Promise<string> => {
  const tenant = await tenantId()
  const { rows } = await desk.app.pool.query(
    'select reset_id from password_resets where tenant_id = $1 and account_id = $2 order by created_at desc limit 1',
    [tenant, accountId],
  )
  return writeResetToken(desk.app, tenant, rows[0].reset_id)
}
const forgot = (email: string): Promise<Reply> => world.nobody.post('/auth/password/forgot', { email })
const linkFor = async (person: Person): Promise<string> => {
  expect((await forgot(person.email)).status).toBe(202)
  return newestLink(person.id)
}
const reset = (token: unknown, secret: unknown = 'a-new-password-5'): Promise<Reply> =>
  world.nobody.post('/auth/password/reset', { token, password: secret })

describe('signing in', () => {
  test('takes the user id, the address or the account number, in any case', async () => {
    const email = address('wanda')
    const wanda = { name: 'Wanda', email, phone_number: '030 1234', category: 'Wires', user_id: 'Wanda.W', password }
    const { technician_id } = (await world.ada.post('/technicians', wanda)).body
    const names = ['Wanda.W', 'wANDA.w', email, email.toUpperCase(), technician_id, technician_id.toLowerCase()]
    for (const name of [...names, ` ${email} `]) {
      const { status, body } = await logIn(name, password)
      expect([status, body.user]).toEqual([
        200,
        { id: technician_id, role: 'technician', name: 'Wanda', email, tenant: world.slug },
      ])
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 86_400 })
    }
    expect((await logIn('ADA', password)).body.user.role).toBe('admin')
    expect((await logIn(world.cleo.id, password)).body.user.role).toBe('customer')
  })

  test('fails with one and the same answer, whatever was wrong', async () => {
    const other = await createWorld(desk)
    const gone = await someone()
    await world.ada.delete(`/customers/${gone.id}`)
    await world.ada.post('/customers', { name: 'Ines', email: address('ines') })
    const long = 'L'.repeat(72)
    const loud = address('loud')
    await world.nobody.post('/auth/register', { name: 'Loud', email: loud, password: long })
    const attempts: [unknown, string][] = [
      ['nobody-at-all', password],
      [address('nobody'), password],
      ['CUS9999', password],
      [world.cleo.email, `${password}!`],
      ['ada', 'wrong'],
      [gone.email, password],
      [address('ines'), password],
      [other.cleo.email, password],
      [loud, `${long}more`],
      [world.cleo.email, `${password}\0`],
      [`${world.cleo.email}\0`, password],
      ['\ud800', password],
      ['%', password],
    ]
    const answers = await Promise.all(attempts.map(([name, secret]) => logIn(name, secret)))
    await expectCode(answers[0] as Reply, 401, 'invalid_credentials')
    for (const answer of answers) expect(visible(answer)).toEqual(visible(answers[0] as Reply))
    const byCookie = await Promise.all(
      attempts.map(([email, secret]) => world.nobody.post('/users/signin', { email, password: secret })),
    )
    for (const answer of byCookie) expect(visible(answer)).toEqual(visible(answers[0] as Reply))
  })

  test('says who is signed in', async () => {
    const { body } = await world.tess.get('/auth/me')
    const { id, email } = world.tess
    expect(body).toEqual({ user: { id, role: 'technician', name: 'Tess Technician', email, tenant: world.slug } })
    await expectCode(world.nobody.get('/auth/me'), 401, 'not_signed_in')
  })

  test('makes a stronger hash once the cost was raised, and never a weaker one', async () => {
    const person = await someone()
    const before = await hashOf(person)
    const raised = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false, settings: { BCRYPT_COST: '5' } })
    onTestFinished(() => raised.stop())
    const there = createApi(raised.url, { 'X-Tenant': world.slug })
    expect((await there.post('/auth/login', { user_id_or_email: person.email, password: 'wrong' })).status).toBe(401)
    expect(await hashOf(person)).toBe(before)
    expect((await there.post('/auth/login', { user_id_or_email: person.email, password })).status).toBe(200)
    const stronger = await hashOf(person)
    expect([before.slice(3, 7), stronger.slice(3, 7)]).toEqual(['$04$', '$05$'])
    expect((await logIn(person.email, password)).status).toBe(200)
    expect(await hashOf(person)).toBe(stronger)
  })
})

describe('a session', () => {
  test('gets a new pair for a refresh token; the old one, used again, ends it with all its tokens', async () => {
    const person = await someone()
    const first = await refresh(person.refreshToken)
    const second = await refresh(first.body.refresh_token)
    expect([first.status, second.status]).toEqual([200, 200])
    const fresh = createApi(desk.url, { Authorization: `Bearer ${second.body.token}` })
    expect((await fresh.get('/auth/me')).body.user.id).toBe(person.id)
    await expectCode(refresh(person.refreshToken), 401, 'invalid_refresh_token')
    await expectCode(refresh(second.body.refresh_token), 401, 'invalid_refresh_token')
    await expectCode(fresh.get('/auth/me'), 401, 'invalid_token')
    await expectDead(person)
    await expectAlive(await world.signIn(person.email, password))
  })

  test('of many refreshes at once exactly one wins, and the others end the session', async () => {
    const person = await someone()
    const answers = await Promise.all(Array.from({ length: 12 }, () => refresh(person.refreshToken)))
    const [winner, ...more] = answers.filter(({ status }) => status === 200)
    expect(more).toEqual([])
    expect(answers.filter(({ body }) => body.code === 'invalid_refresh_token')).toHaveLength(11)
    await expectCode(refresh(winner?.body.refresh_token), 401, 'invalid_refresh_token')
    await expectDead(person)
  })

  test('is not opened by what only looks like a refresh token', async () => {
    const person = await someone()
    const [tenant, session, secret] = person.refreshToken.split('.')
    const fakes = ['x', '..', `${tenant}.${session}`, `0.${session}.${secret}`, `9999999.${session}.${secret}`]
    for (const fake of [...fakes, `${tenant}.${session}.%`, `${person.refreshToken}.x`, person.token.slice(0, 300)]) {
      await expectCode(refresh(fake), 401, 'invalid_refresh_token')
    }
    for (const fake of ['', null, ['x'], 7, {}]) await expectCode(refresh(fake), 400, 'validation_failed')
  })

  test('ends alone when it signs out', async () => {
    const here = await someone()
    const there = await world.signIn(here.email, password)
    await expectAlive(here)
    expect((await here.post('/auth/logout')).status).toBe(204)
    await expectDead(here)
    await expectCode(refresh(here.refreshToken), 401, 'invalid_refresh_token')
    await expectAlive(there)
    expect((await refresh(there.refreshToken)).status).toBe(200)
  })

  test('goes on when it changes the password, and every other one ends, and open links', async () => {
    const here = await someone()
    const there = await world.signIn(here.email, password)
    await expectAlive(there)
    const link = await linkFor(here)
    const change = (current_password: string) =>
      here.post('/auth/password/change', { current_password, password: 'changed-it-42' })
    await expectCode(change('not-it-at-all'), 422, 'wrong_password')
    await expectCode(change(`${password}\0`), 422, 'wrong_password')
    await expectAlive(there)
    expect((await change(password)).status).toBe(204)
    await expectDead(there)
    await expectCode(refresh(there.refreshToken), 401, 'invalid_refresh_token')
    await expectAlive(here)
    expect((await refresh(here.refreshToken)).status).toBe(200)
    await expectCode(logIn(here.email, password), 401, 'invalid_credentials')
    await expectAlive(await world.signIn(here.email, 'changed-it-42'))
    await expectCode(reset(link), 422, 'invalid_reset_token')
  })

  test.each(['technicians', 'customers'])(
    'of the %s ends with the next request once they are deactivated',
    async (kind) => {
      const person = kind === 'customers' ? await someone() : await world.technician(unique(), 'Doors')
      const link = await linkFor(person)
      await expectAlive(person)
      expect((await world.ada.delete(`/${kind}/${person.id}`)).status).toBe(204)
      await expectDead(person)
      await expectCode(person.get('/tickets'), 401, 'invalid_token')
      await expectCode(refresh(person.refreshToken), 401, 'invalid_refresh_token')
      await expectCode(reset(link), 422, 'invalid_reset_token')
      await expectCode(logIn(person.email, password), 401, 'invalid_credentials')
    },
  )

  test('is not opened, nor the password changed, by a password that was replaced meanwhile', async () => {
    const person = await someone()
    const replaced = await desk.app.passwords.hash('by-somebody-else-1')
    const change = { current_password: password, password: 'by-the-thief-22' }
    const attempts = [() => logIn(person.email, password), () => person.post('/auth/password/change', change)]
    const expected = [
      [401, 'invalid_credentials'],
      [422, 'wrong_password'],
    ]
    for (const [index, attempt] of attempts.entries()) {
      const before = await hashOf(person)
      const other = await desk.app.pool.connect()
      await other.query('begin')
      await other.query('update accounts set password_hash = $1 where email = $2', [replaced, person.email])
      const answer = attempt()
      // The old password has been found right, and is waiting for what becomes of the account.
      await vi.waitFor(async () => {
        const waiting =
          "select from pg_stat_activity a where a.datname = current_database() and a.wait_event_type = 'Lock'"
        expect((await desk.owner.query(waiting)).rowCount).toBe(1)
      })
      await other.query('commit')
      other.release()
      const { status, body } = await answer
      expect([status, body.code]).toEqual(expected[index])
      expect(await hashOf(person)).toBe(replaced)
      await desk.app.pool.query('update accounts set password_hash = $1 where email = $2', [before, person.email])
    }
  })

  test('ends with the version of its tokens, and when it is too old', async () => {
    const [older, late] = [await someone(), await someone()]
    const set = (statement: string, person: Person) => desk.app.pool.query(statement, [person.id, world.slug])
    const ofTenant = '(select tenant_id from tenants where slug = $2)'
    await set(
      `update accounts set token_version = token_version + 1 where account_id = $1 and tenant_id = ${ofTenant}`,
      older,
    )
    await set(`update sessions set expires_at = now() where account_id = $1 and tenant_id = ${ofTenant}`, late)
    desk.app.principals.clear()
    await expectDead(older)
    await expectDead(late)
    await expectCode(refresh(late.refreshToken), 401, 'invalid_refresh_token')
  })
})

describe('a forgotten password', () => {
  test('gets the same answer for every address, and a link only for those who can sign in', async () => {
    const other = await createWorld(desk)
    const [person, gone] = [await someone(), await someone()]
    await world.ada.delete(`/customers/${gone.id}`)
    const links = async () => (await desk.app.pool.query('select account_id from password_resets')).rows.length
    const before = await links()
    const addresses = [person.email, person.email.toUpperCase(), address('nobody'), gone.email, other.cleo.email]
    const answers = await Promise.all(addresses.map(forgot))
    expect([answers[0]?.status, answers[0]?.text]).toEqual([202, ''])
    for (const answer of answers) expect(visible(answer)).toEqual(visible(answers[0] as Reply))
    expect(await links()).toBe(before + 2)
  })

  test('is set once by a link, however many try at once; every session ends', async () => {
    const person = await someone()
    await expectAlive(person)
    const link = await linkFor(person)
    const tries = await Promise.all(Array.from({ length: 20 }, (_, index) => reset(link, `parallel-try-${index}`)))
    expect(tries.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(tries.filter(({ body }) => body?.code === 'invalid_reset_token')).toHaveLength(19)
    await expectDead(person)
    await expectCode(refresh(person.refreshToken), 401, 'invalid_refresh_token')
    const winner = tries.findIndex(({ status }) => status === 204)
    await expectAlive(await world.signIn(person.email, `parallel-try-${winner}`))
    await expectCode(logIn(person.email, password), 401, 'invalid_credentials')
  })

  test('is set by the newest link only, and only in time', async () => {
    const person = await someone()
    const older = await linkFor(person)
    const newer = await linkFor(person)
    await expectCode(reset(older), 422, 'invalid_reset_token')
    // A password that is refused does not spend the link.
    await expectCode(reset(newer, 'password1'), 400, 'validation_failed')
    expect((await reset(newer)).status).toBe(204)
    const late = await linkFor(person)
    await desk.app.pool.query(
      'update password_resets set expires_at = now() where used_at is null and account_id = $1',
      [person.id],
    )
    await expectCode(reset(late), 422, 'invalid_reset_token')
  })

  test('is not set by what only looks like a link', async () => {
    const person = await someone()
    const link = await linkFor(person)
    const [tenant, id, mac = ''] = link.split('.')
    const fakes = ['%', '_', '*', link.slice(0, -1), `${link}x`, `${link}.`, `${tenant}.%.${mac}`, `${tenant}.${id}.`]
    for (const fake of [
      ...fakes,
      `${tenant}.${id}.%`,
      `1${link}`,
      `${tenant}.${randomUUID()}.${mac}`,
      person.token.slice(-300),
    ]) {
      await expectCode(reset(fake), 422, 'invalid_reset_token')
    }
    for (const fake of ['', null, [link], { token: link }, true])
      await expectCode(reset(fake), 400, 'validation_failed')
    expect((await reset(link)).status).toBe(204)
  })
})

describe('a password', () => {
  /** Every place where one is set. */
  const places: [string, (secret: string) => Promise<Reply>][] = [
    [
      'register',
      (secret) => world.nobody.post('/auth/register', { name: 'P', email: address(unique()), password: secret }),
    ],
    ['signup', (secret) => world.nobody.post('/users/signup', { email: address(unique()), password: secret })],
    [
      'technicians',
      (secret) => {
        const more = { phone_number: '030 1234', category: 'Doors', password: secret }
        return world.ada.post('/technicians', { name: 'P', email: address(unique()), ...more })
      },
    ],
    ['reset', async (secret) => reset(await linkFor(await someone()), secret)],
    [
      'change',
      async (secret) =>
        (await someone()).post('/auth/password/change', { current_password: password, password: secret }),
    ],
  ]

  test.each(places)('has 8 to 72 bytes, and is neither common nor no text: %s', async (_, set) => {
    const good = ['8 bytes!', '7'.repeat(72), 'äöüß', 'ä'.repeat(36), `${'😀'.repeat(17)}1234`]
    for (const secret of good)
      expect([secret, (await set(secret)).status]).toEqual([secret, expect.toBeOneOf([200, 201, 204])])
    const bad = ['7 bytes', '7'.repeat(73), `${'7'.repeat(71)}ä`, 'äöü1', `${'ä'.repeat(36)}1`, '😀'.repeat(19), '']
    for (const secret of [...bad, 'null\0byte', 'lone\ud800surrogate', 'password1', 'PassWord1', '12345678']) {
      const { body } = await expectCode(set(secret), 400, 'validation_failed')
      expect(body.errors[0].field).toBe('password')
    }
  })

  test('opens nothing by the part of it that bcrypt would read', async () => {
    const email = address(unique())
    const secret = 'ä'.repeat(36)
    await world.nobody.post('/auth/register', { name: 'Long', email, password: secret })
    await expectAlive(await world.signIn(email, secret))
    for (const longer of [`${secret}1`, `${secret}ä`, `${secret}\0`, 'ä'.repeat(35)]) {
      await expectCode(logIn(email, longer), 401, 'invalid_credentials')
    }
  })
})

describe('the cookie', () => {
  const cookieOf = (reply: Reply): { pair: string; flags: string[] } => {
    const [header, ...more] = reply.headers.getSetCookie()
    expect(more).toEqual([])
    const [pair = '', ...flags] = (header ?? '').split('; ')
    return { pair, flags }
  }
  const signUp = async () => {
    const email = address(unique())
    const reply = await world.nobody.post('/users/signup', { email, password })
    return { email, reply, ...cookieOf(reply) }
  }

  test('is set by signing up and in, out of reach of scripts, and stands in for the header until signing out', async () => {
    const { email, reply, pair, flags } = await signUp()
    expect([reply.status, reply.body.user.email]).toEqual([201, email])
    expect(pair).toBe(`counterdesk_session=${reply.body.token}`)
    expect(flags).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/']))
    expect(flags).not.toContain('Secure')

    const signedIn = await world.nobody.post('/users/signin', { email: email.toUpperCase(), password })
    expect([signedIn.status, signedIn.body.user]).toEqual([200, reply.body.user])
    const browser = createApi(desk.url, { Cookie: `theme=dark; ${cookieOf(signedIn).pair}` })
    const { id } = reply.body.user
    expect((await browser.get('/users/currentuser')).body).toEqual({ currentUser: { id, email, role: 'customer' } })
    expect((await browser.get('/auth/me')).body.user.id).toBe(id)
    expect((await browser.post('/tickets', { issue_category: 'Doors', issue_description: 'Stuck' })).status).toBe(201)

    const out = await browser.post('/users/signout')
    expect([out.status, cookieOf(out).pair]).toEqual([200, 'counterdesk_session='])
    expect(cookieOf(out).flags).toEqual(
      expect.arrayContaining(['Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'HttpOnly', 'Path=/']),
    )
    expect((await browser.get('/users/currentuser')).body).toEqual({ currentUser: null })
    await expectCode(browser.get('/auth/me'), 401, 'invalid_token')
    expect((await world.nobody.get('/users/currentuser')).body).toEqual({ currentUser: null })
    expect((await world.nobody.post('/users/signout')).status).toBe(200)
    // Only that session has ended: the one of signing up goes on.
    expect((await createApi(desk.url, { Cookie: pair }).get('/auth/me')).status).toBe(200)
  })

  test('goes over TLS only in production', async () => {
    const settings = { NODE_ENV: 'production' }
    const live = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false, settings })
    onTestFinished(() => live.stop())
    const reply = await createApi(live.url, { 'X-Tenant': world.slug }).post('/users/signin', {
      email: 'ada',
      password,
    })
    expect(cookieOf(reply).flags).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/', 'Secure']))
  })

  test('changes nothing for another site, and all for ours', async () => {
    const { pair } = await signUp()
    const ticket = { issue_category: 'Doors', issue_description: 'Stuck' }
    const from = (headers: Record<string, string>) => createApi(desk.url, { Cookie: pair, ...headers })
    const strangers: Record<string, string>[] = [
      { Origin: 'https://evil.example.com' },
      { Origin: 'null' },
      { Origin: 'https://desk.example.com.evil.example.com' },
      { Origin: 'http://desk.example.com' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ]
    for (const stranger of strangers) {
      await expectCode(from(stranger).post('/tickets', ticket), 403, 'cross_site_request')
      await expectCode(from(stranger).post('/users/signout'), 403, 'cross_site_request')
      expect((await from(stranger).get('/auth/me')).status).toBe(200)
    }
    expect((await from({}).get('/tickets')).body.tickets).toEqual([])
    const ours: Record<string, string>[] = [
      {},
      { Origin: 'https://desk.example.com' },
      { Origin: desk.url, 'Sec-Fetch-Site': 'same-origin' },
    ]
    for (const site of ours) {
      expect((await from(site).post('/tickets', ticket)).status).toBe(201)
    }
    // A token in the header is no cookie: another site cannot send it.
    const { headers } = world.cleo
    const byHeader = from({ ...headers, Origin: 'https://evil.example.com' })
    expect((await byHeader.post('/tickets', ticket)).body.customer_id).toBe(world.cleo.id)
  })
})
