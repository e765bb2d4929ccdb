import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createWorld, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { createApi, expectRefusal, type Reply } from '../../../testing/support/requests.ts'
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
    await expectRefusal(resetPassword(world, late), 422, 'invalid_reset_token')
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
    const good = ['8 bytes!', '7'.repeat(72), 'äöüß', 'ä'.repeat(36), `${'😀'.repeat(17)}1234`]
    for (const secret of good)
      expect([secret, (await set(secret)).status]).toEqual([secret, expect.toBeOneOf([200, 201, 204])])
    const bad = ['7 bytes', '7'.repeat(73), `${'7'.repeat(71)}ä`, 'äöü1', `${'ä'.repeat(36)}1`, '😀'.repeat(19), '']
    for (const secret of [...bad, 'null\0byte', 'lone\ud800surrogate', 'password1', 'PassWord1', '12345678']) {
      const { body } = await expectRefusal(set(secret), 400, 'validation_failed')
      expect(body.errors[0].field).toBe('password')
    }
  })

  test('opens nothing by the part of it that bcrypt would read', async () => {
    const email = address(uniqueName())
    const secret = 'ä'.repeat(36)
    await world.nobody.post('/auth/register', { name: 'Long', email, password: secret })
    await expectAlive(await world.signIn(email, secret))
    for (const longer of [`${secret}1`, `${secret}ä`, `${secret}\0`, 'ä'.repeat(35)]) {
      await expectRefusal(logIn(world.nobody, email, longer), 401, 'invalid_credentials')
    }
  })
})
