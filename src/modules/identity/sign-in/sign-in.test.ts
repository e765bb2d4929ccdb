import { randomUUID } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { Piscina } from 'piscina'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createWorld, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { createApi, expectRefusal, expectStatus, type Reply } from '../../../testing/support/requests.ts'
import {
  expectAlive,
  expectDead,
  forgetPassword,
  logIn,
  passwordHashOf,
  refresh,
  resetPassword,
  visibleIn,
} from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const address = (name: string): string => `${name}@${world.slug}.example.com`

describe('signing in', () => {
  test('takes the user id, the address or the account number, in any case', async () => {
    const email = address('wanda')
    const wanda = { name: 'Wanda', email, phone_number: '030 1234', category: 'Wires', user_id: 'Wanda.W', password }
    const { technician_id } = (await world.ada.post('/technicians', wanda)).body
    const names = ['Wanda.W', 'wANDA.w', email, email.toUpperCase(), technician_id, technician_id.toLowerCase()]
    for (const name of [...names, ` ${email} `]) {
      const { status, body } = await logIn(world.nobody, name, password)
      expect([status, body.user]).toEqual([
        200,
        { id: technician_id, role: 'technician', name: 'Wanda', email, tenant: world.slug },
      ])
      expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 86_400 })
    }
    expect((await logIn(world.nobody, 'ADA', password)).body.user.role).toBe('admin')
    expect((await logIn(world.nobody, world.cleo.id, password)).body.user.role).toBe('customer')
  })

  test('takes the name as `email` instead, and exactly one of the two', async () => {
    const sign = (body: object) => world.nobody.post('/auth/login', { password, ...body })
    const { email, id } = world.cleo
    for (const name of [email, id, ` ${email.toUpperCase()} `]) {
      expect((await sign({ email: name })).body.user).toMatchObject({ id, role: 'customer' })
    }
    const none = await expectRefusal(sign({}), 400, 'validation_failed')
    expect(none.body.detail).toBe('user_id_or_email is missing')
    const both = await expectRefusal(sign({ email, user_id_or_email: email }), 400, 'validation_failed')
    expect(both.body.detail).toBe('email must be left out when user_id_or_email is there')
  })

  test('fails with the same answer for every reason', async () => {
    const other = await createWorld(desk)
    const gone = await world.customer()
    await world.ada.delete(`/customers/${gone.id}`)
    await world.ada.post('/customers', { name: 'Ines', email: address('ines') })
    const long = 'Long'.repeat(18)
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
    const answers = await Promise.all(attempts.map(([name, secret]) => logIn(world.nobody, name, secret)))
    await expectRefusal(answers[0] as Reply, 401, 'invalid_credentials')
    for (const answer of answers) expect(visibleIn(answer)).toEqual(visibleIn(answers[0] as Reply))
    const byCookie = await Promise.all(
      attempts.map(([email, secret]) => world.nobody.post('/users/signin', { email, password: secret })),
    )
    for (const answer of byCookie) expect(visibleIn(answer)).toEqual(visibleIn(answers[0] as Reply))
  })

  test('says who is signed in', async () => {
    const { body } = await world.tess.get('/auth/me')
    const { id, email } = world.tess
    expect(body).toEqual({ user: { id, role: 'technician', name: 'Tess Technician', email, tenant: world.slug } })
    await expectRefusal(world.nobody.get('/auth/me'), 401, 'not_signed_in')
  })

  test('makes a stronger hash once the cost is higher, and never a weaker one', async () => {
    const person = await world.customer()
    const before = await passwordHashOf(desk, person)
    const stronger = await startDesk({
      databaseUrl: desk.databaseUrl,
      withWorker: false,
      settings: { BCRYPT_COST: '5' },
    })
    onTestFinished(() => stronger.stop())
    const there = createApi(stronger.url, { 'X-Tenant': world.slug })
    expect((await there.post('/auth/login', { user_id_or_email: person.email, password: 'wrong' })).status).toBe(401)
    expect(await passwordHashOf(desk, person)).toBe(before)
    expect((await there.post('/auth/login', { user_id_or_email: person.email, password })).status).toBe(200)
    const improved = await passwordHashOf(desk, person)
    expect([before.slice(3, 7), improved.slice(3, 7)]).toEqual(['$04$', '$05$'])
    expect((await logIn(world.nobody, person.email, password)).status).toBe(200)
    expect(await passwordHashOf(desk, person)).toBe(improved)
  })
})

describe('a forgotten password', () => {
  test('gets the same answer for every address, and a link only for those who can sign in', async () => {
    const other = await createWorld(desk)
    const [person, gone] = [await world.customer(), await world.customer()]
    await world.ada.delete(`/customers/${gone.id}`)
    const links = async () => (await desk.app.pool.query('select account_id from password_resets')).rows.length
    const before = await links()
    const addresses = [person.email, person.email.toUpperCase(), address('nobody'), gone.email, other.cleo.email]
    const answers = await Promise.all(addresses.map((email) => world.nobody.post('/auth/password/forgot', { email })))
    expect([answers[0]?.status, answers[0]?.text]).toEqual([202, ''])
    for (const answer of answers) expect(visibleIn(answer)).toEqual(visibleIn(answers[0] as Reply))
    expect(await links()).toBe(before + 2)
  })

  test('is taken for an address without a domain, which the first admin may have', async () => {
    const person = await world.customer()
    await desk.owner.query(
      'update accounts set email = $1, sign_in_name = $1 where account_id = $2 and tenant_id = $3',
      ['admin@localhost', person.id, world.tenantId],
    )
    const links = async () => (await desk.app.pool.query('select account_id from password_resets')).rows.length
    const before = await links()
    for (const email of ['admin@localhost', ' Admin@LOCALHOST ', 'nobody@localhost']) {
      expect((await world.nobody.post('/auth/password/forgot', { email })).status).toBe(202)
    }
    expect(await links()).toBeGreaterThan(before)
    expect((await logIn(world.nobody, 'admin@localhost', password)).status).toBe(200)
    for (const email of ['admin', 'a b@localhost', '<a@localhost>', 'a\u0000@localhost']) {
      await expectRefusal(world.nobody.post('/auth/password/forgot', { email }), 400, 'validation_failed')
    }
    // The own address is no new one.
    const own = createApi(desk.url, person.headers)
    const ask = (email: string) => own.post('/me/email', { email, current_password: password })
    expect((await ask('admin@localhost')).status).toBe(202)
    const refused = await ask('other@localhost')
    expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('must be an e-mail address')])
  })

  test('is set once by a link, however many try at once; every session ends', async () => {
    const person = await world.customer()
    await expectAlive(person)
    const link = await forgetPassword(desk, world, person)
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, index) => resetPassword(world, link, `parallel-try-${index}`)),
    )
    expect(tries.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(tries.filter(({ body }) => body?.code === 'invalid_reset_token')).toHaveLength(19)
    await expectDead(person)
    await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
    const winner = tries.findIndex(({ status }) => status === 204)
    await expectAlive(await world.signIn(person.email, `parallel-try-${winner}`))
    await expectRefusal(logIn(world.nobody, person.email, password), 401, 'invalid_credentials')
  })

  test('is set by the newest link only, and only in time', async () => {
    const person = await world.customer()
    const older = await forgetPassword(desk, world, person)
    const newer = await forgetPassword(desk, world, person)
    await expectRefusal(resetPassword(world, older), 422, 'invalid_reset_token')
    // A password that is refused does not spend the link.
    await expectRefusal(resetPassword(world, newer, 'password1'), 400, 'validation_failed')
    expect((await resetPassword(world, newer)).status).toBe(204)
    const late = await forgetPassword(desk, world, person)
    await desk.app.pool.query(
      'update password_resets set expires_at = now() where used_at is null and account_id = $1',
      [person.id],
    )
    // A link that is not good costs no hash.
    const run = vi.spyOn(Piscina.prototype, 'run')
    onTestFinished(() => run.mockRestore())
    await expectRefusal(resetPassword(world, late), 422, 'invalid_reset_token')
    expect(run).not.toHaveBeenCalled()
  })

  test('is not set by a text that only looks like a link', async () => {
    const person = await world.customer()
    const link = await forgetPassword(desk, world, person)
    const [tenant, id, mac = ''] = link.split('.')
    const fakes = ['%', '_', '*', link.slice(0, -1), `${link}x`, `${link}.`, `${tenant}.%.${mac}`, `${tenant}.${id}.`]
    for (const fake of [
      ...fakes,
      `${tenant}.${id}.%`,
      `1${link}`,
      `${tenant}.${randomUUID()}.${mac}`,
      person.token.slice(-300),
    ]) {
      await expectRefusal(resetPassword(world, fake), 422, 'invalid_reset_token')
    }
    for (const fake of ['', null, [link], { token: link }, true])
      await expectRefusal(resetPassword(world, fake), 400, 'validation_failed')
    expect((await resetPassword(world, link)).status).toBe(204)
  })
})

describe('a password', () => {
  /** Every place where a password is set. */
  const places: [string, (secret: string) => Promise<Reply>][] = [
    [
      'register',
      (secret) => world.nobody.post('/auth/register', { name: 'P', email: address(uniqueName()), password: secret }),
    ],
    ['signup', (secret) => world.nobody.post('/users/signup', { email: address(uniqueName()), password: secret })],
    [
      'technicians',
      (secret) => {
        const more = { phone_number: '030 1234', category: 'Doors', password: secret }
        return world.ada.post('/technicians', { name: 'P', email: address(uniqueName()), ...more })
      },
    ],
    [
      'reset',
      async (secret) => resetPassword(world, await forgetPassword(desk, world, await world.customer()), secret),
    ],
    [
      'change',
      async (secret) =>
        (await world.customer()).post('/auth/password/change', { current_password: password, password: secret }),
    ],
  ]

  test.each(places)('has 8 to 72 bytes, and is neither common nor no text: %s', async (_, set) => {
    const good = [
      '8 bytes!',
      '78'.repeat(36),
      'äöüß',
      'äö'.repeat(18),
      `${'😀'.repeat(17)}1234`,
      'o\u0308a\u0308'.repeat(18),
    ]
    for (const secret of good)
      expect([secret, (await set(secret)).status]).toEqual([secret, expect.toBeOneOf([200, 201, 204])])
    const bad = [
      '7 bytes',
      `${'78'.repeat(36)}9`,
      `1${'78'.repeat(35)}ä`,
      'äöü1',
      `${'äö'.repeat(18)}1`,
      '😀'.repeat(19),
      '',
    ]
    const easy = ['password1', 'PassWord1', '12345678', '\uff10'.repeat(9), 'aAaAaAaA', 'ä'.repeat(36)]
    const blank = [' '.repeat(8), '\u00a0 '.repeat(5), '\u3000'.repeat(4), '\t\t\t\t\t\t\t\t']
    const unseen = [
      'tab\tinside',
      'esc\u001binside',
      'soft\u00adhyphen',
      'zero\u200bwidth',
      'turned\u202eround',
      '\ufeffmarked text',
    ]
    const noText = ['null\0byte', 'lone\ud800surrogate', 'private\ue000use', 'unassigned\u0378', 'jamo\u1113\u1176']
    for (const secret of [...bad, ...easy, ...blank, ...unseen, ...noText]) {
      const { body } = await expectRefusal(set(secret), 400, 'validation_failed')
      expect(body.errors[0].field).toBe('password')
    }
  })

  test('is not the name, the address or the sign-in name of its owner, wherever it is set', async () => {
    const name = 'Wilma Weakly-Named'
    const local = uniqueName()
    const email = address(local)
    const own = [name, 'wilmaweakly-named', 'WILMA\u00a0WEAKLY-NAMED', email, email.toUpperCase(), local, ` ${local} `]
    const wilma = { name, phone_number: '030 1', category: 'Doors', user_id: 'wilma.signs.in' }
    for (const secret of [...own, 'Wilma.Signs.In']) {
      const tries = [world.ada.post('/technicians', { ...wilma, email, password: secret })]
      if (secret !== 'Wilma.Signs.In')
        tries.push(world.nobody.post('/auth/register', { name, email, password: secret }))
      for (const reply of await Promise.all(tries)) {
        expect([secret, reply.status, reply.body.errors?.[0]]).toEqual([secret, 400, expect.anything()])
        expect(reply.body.errors[0]).toMatchObject({ field: 'password', code: 'weak_password' })
      }
    }
    expectStatus(await world.ada.post('/technicians', { ...wilma, email, password }), 201)
    const person = await world.signIn(email, password)
    const link = await forgetPassword(desk, world, person)
    for (const secret of [...own, 'Wilma.Signs.In']) {
      await expectRefusal(resetPassword(world, link, secret), 400, 'validation_failed')
      const change = { current_password: password, password: secret }
      await expectRefusal(person.post('/auth/password/change', change), 400, 'validation_failed')
    }
    // A link that is not good says only that.
    await expectRefusal(resetPassword(world, 'made-up', 'a fine password'), 422, 'invalid_reset_token')
  })

  test('is the same however its letters are composed and its spaces are typed', async () => {
    const person = await world.customer()
    const spellings = ['Gr\u00fc\u00dfe an alle', 'Gru\u0308\u00dfe an alle', 'Gr\u00fc\u00dfe\u00a0an\u3000alle']
    const others = ['GR\u00dc\u00dfE AN ALLE', 'Gruesse an alle', 'Gr\u00fc\u00dfe an alle ', 'Gru\u0308sse an alle']
    for (const set of spellings) {
      expectStatus(await resetPassword(world, await forgetPassword(desk, world, person), set), 204)
      for (const typed of spellings)
        expect([typed, (await logIn(world.nobody, person.email, typed)).status]).toEqual([typed, 200])
      for (const typed of others)
        expect([typed, (await logIn(world.nobody, person.email, typed)).status]).toEqual([typed, 401])
    }
  })

  test('that an earlier version hashed as it was typed signs in, and its hash is renewed to the form', async () => {
    const person = await world.customer()
    const hashAs = async (typed: string): Promise<void> => {
      const hash = await bcrypt.hash(typed, 4)
      await desk.owner.query('update accounts set password_hash = $2 where email = $1', [person.email, hash])
    }
    const composed = 'Gr\u00fc\u00dfe an alle'
    for (const typed of ['Gru\u0308\u00dfe an alle', 'Gr\u00fc\u00dfe\u00a0an alle', `old${'\u0007'}control`]) {
      await hashAs(typed)
      const before = await passwordHashOf(desk, person)
      expectStatus(await logIn(world.nobody, person.email, typed), 200)
      const isOfForm = typed.includes('\u0007')
      expect((await passwordHashOf(desk, person)) === before).toBe(isOfForm)
      if (!isOfForm) expectStatus(await logIn(world.nobody, person.email, composed), 200)
      expectStatus(await logIn(world.nobody, person.email, typed), 200)
    }
    // One letter that is longer in its form: what fits as it is typed goes on to fit.
    const long = `${'\u0958'.repeat(23)}abc`
    await hashAs(long)
    expectStatus(await logIn(world.nobody, person.email, long), 200)
    expectStatus(await logIn(world.nobody, person.email, long), 200)
    expect((await logIn(world.nobody, person.email, `${long}d`)).status).toBe(401)
  })

  test('is compared as often for a name that nobody has', async () => {
    const run = vi.spyOn(Piscina.prototype, 'run')
    onTestFinished(() => run.mockRestore())
    const gone = await world.customer()
    await world.ada.delete(`/customers/${gone.id}`)
    const comparisons: number[][] = []
    for (const name of [world.cleo.email, 'nobody@example.com', gone.email]) {
      const counted: number[] = []
      for (const typed of ['plain text', 'Gru\u0308\u00dfe', 'a\u00a0b']) {
        run.mockClear()
        await logIn(world.nobody, name, typed)
        counted.push(run.mock.calls.length)
      }
      comparisons.push(counted)
    }
    expect(comparisons).toEqual([
      [1, 2, 2],
      [1, 2, 2],
      [1, 2, 2],
    ])
  })

  test('opens nothing by the part of it that bcrypt would read', async () => {
    const email = address(uniqueName())
    const secret = 'äö'.repeat(18)
    await world.nobody.post('/auth/register', { name: 'Long', email, password: secret })
    await expectAlive(await world.signIn(email, secret))
    for (const longer of [`${secret}1`, `${secret}ä`, `${secret}\0`, 'äö'.repeat(17)]) {
      await expectRefusal(logIn(world.nobody, email, longer), 401, 'invalid_credentials')
    }
  })
})
