import { afterAll, beforeAll, expect, test } from 'vitest'
import { isReplayed, under, uniqueEmail } from '../../testing/support/keyed-requests.ts'
import { createWorld, password, type World } from '../../testing/support/people.ts'
import { type Api, createApi, expectRefusal, expectStatus } from '../../testing/support/requests.ts'
import { forgetPassword } from '../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { TRUST_PROXY: '1' } })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** Somebody who is not signed in, at a network address. */
const stranger = (last: number): Api =>
  createApi(desk.url, { 'X-Tenant': world.slug, 'X-Forwarded-For': `203.0.113.${last}` })

test('strangers with the same key do not meet', async () => {
  const register = (email: string) => ({ name: 'Kim', email, password })
  for (const path of ['/auth/register', '/users/signup']) {
    const [one, two] = [uniqueEmail(), uniqueEmail()]
    const bodyFor = (email: string) => (path === '/users/signup' ? { email, password } : register(email))
    // From one address too: people behind a proxy share it.
    for (const email of [one, two]) {
      const reply = expectStatus(await stranger(1).post(path, bodyFor(email), under('1')), 201)
      expect([reply.body.user.email, isReplayed(reply)]).toEqual([email, false])
    }
    const again = await stranger(1).post(path, bodyFor(one), under('1'))
    expect([again.body.user.email, isReplayed(again)]).toEqual([one, true])
    await expectRefusal(
      stranger(1).post(path, { ...bodyFor(one), name: 'Other' }, under('1')),
      422,
      'idempotency_key_reused',
    )
  }
  for (const person of [world.cleo, world.carl]) {
    const login = { user_id_or_email: person.email, password }
    const reply = expectStatus(await stranger(1).post('/auth/login', login, under('1')), 200)
    expect([reply.body.user.id, isReplayed(reply)]).toEqual([person.id, false])
  }
})

test("a stranger elsewhere gets nobody's answer, and takes nobody's mail", async () => {
  const email = uniqueEmail()
  const body = { name: 'Kim', email, password }
  expectStatus(await stranger(1).post('/auth/register', body, under('2')), 201)
  await expectRefusal(stranger(2).post('/auth/register', body, under('2')), 409, 'email_taken')
  // Somebody asks first for a new password of another person, with a key that the person will use, too.
  const links = async () => (await desk.app.pool.query('select from password_resets')).rowCount
  const before = Number(await links())
  for (const last of [3, 4])
    expectStatus(await stranger(last).post('/auth/password/forgot', { email }, under('2')), 202)
  expect(await links()).toBe(before + 2)
})

test('a secret has its own keys, wherever its owner is', async () => {
  const person = await world.customer()
  const token = await forgetPassword(desk, world, person)
  const reset = { token, password: 'another-one-3' }
  expectStatus(await stranger(1).post('/auth/password/reset', reset, under('3')), 204)
  // The answer was lost on the way, and the network has changed meanwhile.
  expect(isReplayed(await stranger(2).post('/auth/password/reset', reset, under('3')))).toBe(true)
  const changed = { token, password: 'another-one-4' }
  await expectRefusal(stranger(1).post('/auth/password/reset', changed, under('3')), 422, 'idempotency_key_reused')
})

test('keys are passed over at a refresh, and no answer of it is stored', async () => {
  const [one, two] = [await world.customer(), await world.customer()]
  for (const { refreshToken } of [one, two]) {
    const refreshed = await stranger(1).post('/auth/refresh', { refresh_token: refreshToken }, under('refresh'))
    expect([refreshed.status, isReplayed(refreshed)]).toEqual([200, false])
  }
  const { rows } = await desk.app.pool.query("select from idempotency_keys where key = 'refresh'")
  expect(rows).toEqual([])
  const strange = { headers: { 'Idempotency-Key': '' } }
  expectStatus(await stranger(1).post('/auth/refresh', { refresh_token: one.refreshToken }, strange), 200)
})

test('a key of nobody is not the key of an account called anyone, nor of the account that is named', async () => {
  const { rows } = await desk.app.pool.query(
    `select distinct k.scope from idempotency_keys k where k.key in ('1', '2', '3')`,
  )
  expect(rows.length).toBeGreaterThan(5)
  for (const { scope } of rows) expect(scope).toMatch(/^anyone [\w-]{43}$/)
})
