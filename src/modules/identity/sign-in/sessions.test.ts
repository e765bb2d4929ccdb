import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { createApi, expectRefusal, type Reply } from '../../../testing/support/requests.ts'
import {
  expectAlive,
  expectDead,
  forgetPassword,
  logIn,
  passwordHashOf,
  refresh,
  resetPassword,
} from '../../../testing/support/sign-in-requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const address = (name: string): string => `${name}@${world.slug}.example.com`

describe('a session', () => {
  test('gets a new pair for a refresh token; the old one, used again, ends it with all its tokens', async () => {
    const person = await world.customer()
    const first = await refresh(world, person.refreshToken)
    const second = await refresh(world, first.body.refresh_token)
    expect([first.status, second.status]).toEqual([200, 200])
    const fresh = createApi(desk.url, { Authorization: `Bearer ${second.body.token}` })
    expect((await fresh.get('/auth/me')).body.user.id).toBe(person.id)
    await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
    await expectRefusal(refresh(world, second.body.refresh_token), 401, 'invalid_refresh_token')
    await expectRefusal(fresh.get('/auth/me'), 401, 'invalid_token')
    await expectDead(person)
    await expectAlive(await world.signIn(person.email, password))
  })

  test('is not opened by a text that only looks like a refresh token', async () => {
    const person = await world.customer()
    const [tenant, session, secret] = person.refreshToken.split('.')
    const fakes = ['x', '..', `${tenant}.${session}`, `0.${session}.${secret}`, `9999999.${session}.${secret}`]
    for (const fake of [...fakes, `${tenant}.${session}.%`, `${person.refreshToken}.x`, person.token.slice(0, 300)]) {
      await expectRefusal(refresh(world, fake), 401, 'invalid_refresh_token')
    }
    for (const fake of ['', null, ['x'], 7, {}]) await expectRefusal(refresh(world, fake), 400, 'validation_failed')
  })

  test('ends alone when it signs out', async () => {
    const here = await world.customer()
    const there = await world.signIn(here.email, password)
    await expectAlive(here)
    expect((await here.post('/auth/logout')).status).toBe(204)
    await expectDead(here)
    await expectRefusal(refresh(world, here.refreshToken), 401, 'invalid_refresh_token')
    await expectAlive(there)
    expect((await refresh(world, there.refreshToken)).status).toBe(200)
  })

  test('goes on when it changes the password, and every other one ends, and open links', async () => {
    const here = await world.customer()
    const there = await world.signIn(here.email, password)
    await expectAlive(there)
    const link = await forgetPassword(desk, world, here)
    const change = (current_password: string) =>
      here.post('/auth/password/change', { current_password, password: 'changed-it-42' })
    await expectRefusal(change('not-it-at-all'), 422, 'wrong_password')
    await expectRefusal(change(`${password}\0`), 422, 'wrong_password')
    await expectAlive(there)
    expect((await change(password)).status).toBe(204)
    await expectDead(there)
    await expectRefusal(refresh(world, there.refreshToken), 401, 'invalid_refresh_token')
    await expectAlive(here)
    expect((await refresh(world, here.refreshToken)).status).toBe(200)
    await expectRefusal(logIn(world.nobody, here.email, password), 401, 'invalid_credentials')
    await expectAlive(await world.signIn(here.email, 'changed-it-42'))
    await expectRefusal(resetPassword(world, link), 422, 'invalid_reset_token')
  })

  test.each(['technicians', 'customers'])(
    'of the %s ends with the next request once they are deactivated',
    async (kind) => {
      const person = kind === 'customers' ? await world.customer() : await world.technician(uniqueName(), 'Doors')
      const link = await forgetPassword(desk, world, person)
      await expectAlive(person)
      expect((await world.ada.delete(`/${kind}/${person.id}`)).status).toBe(204)
      await expectDead(person)
      await expectRefusal(person.get('/tickets'), 401, 'invalid_token')
      await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
      await expectRefusal(resetPassword(world, link), 422, 'invalid_reset_token')
      await expectRefusal(logIn(world.nobody, person.email, password), 401, 'invalid_credentials')
    },
  )

  test('is not opened by a password that was replaced meanwhile, nor is the password changed by it', async () => {
    const person = await world.customer()
    const replaced = await desk.app.passwords.hash('by-somebody-else-1')
    const change = { current_password: password, password: 'by-the-thief-22' }
    const attempts = [
      () => logIn(world.nobody, person.email, password),
      () => person.post('/auth/password/change', change),
    ]
    const expected = [
      [401, 'invalid_credentials'],
      [422, 'wrong_password'],
    ]
    for (const [index, attempt] of attempts.entries()) {
      const before = await passwordHashOf(desk, person)
      const other = await desk.app.pool.connect()
      await other.query('begin')
      await other.query('update accounts set password_hash = $1 where email = $2', [replaced, person.email])
      const answer = attempt()
      // The desk has accepted the old password, and waits for the lock of the account.
      await untilLockIsAwaited(desk)
      await other.query('commit')
      other.release()
      const { status, body } = await answer
      expect([status, body.code]).toEqual(expected[index])
      expect(await passwordHashOf(desk, person)).toBe(replaced)
      await desk.app.pool.query('update accounts set password_hash = $1 where email = $2', [before, person.email])
    }
  })

  test('ends with the version of its tokens, and when it is too old', async () => {
    const [older, late] = [await world.customer(), await world.customer()]
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
    await expectRefusal(refresh(world, late.refreshToken), 401, 'invalid_refresh_token')
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
    const email = address(uniqueName())
    const reply = await world.nobody.post('/users/signup', { email, password })
    return { email, reply, ...cookieOf(reply) }
  }

  test('is set by signing up and in, out of reach of scripts, and replaces the header until signing out', async () => {
    const { email, reply, pair, flags } = await signUp()
    expect([reply.status, reply.body.user.email]).toEqual([201, email])
    expect(pair).toMatch(/^__Host-counterdesk_session=[\w-]+\.[\w-]+\.[\w-]+$/)
    const maxAge = 90 * 86_400
    const expected = ['HttpOnly', 'SameSite=Lax', 'Path=/', 'Secure', `Max-Age=${maxAge}`]
    expect(flags.filter((flag) => !flag.startsWith('Expires')).toSorted()).toEqual(expected.toSorted())
    expect((await createApi(desk.url, { Authorization: `Bearer ${reply.body.token}` }).get('/auth/me')).status).toBe(
      200,
    )

    const signedIn = await world.nobody.post('/users/signin', { email: email.toUpperCase(), password })
    expect([signedIn.status, signedIn.body.user]).toEqual([200, reply.body.user])
    const browser = createApi(desk.url, { Cookie: `theme=dark; ${cookieOf(signedIn).pair}` })
    const { id } = reply.body.user
    expect((await browser.get('/users/currentuser')).body).toEqual({ currentUser: { id, email, role: 'customer' } })
    expect((await browser.get('/auth/me')).body.user.id).toBe(id)
    expect((await browser.post('/tickets', issue)).status).toBe(201)

    const out = await browser.post('/users/signout')
    const over = 'Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax'
    const cleared = [`__Host-counterdesk_session=; ${over}`, `counterdesk_session=; ${over}`]
    expect([out.status, out.headers.getSetCookie()]).toEqual([200, cleared])
    expect((await browser.get('/users/currentuser')).body).toEqual({ currentUser: null })
    await expectRefusal(browser.get('/auth/me'), 401, 'invalid_token')
    expect((await world.nobody.get('/users/currentuser')).body).toEqual({ currentUser: null })
    expect((await world.nobody.post('/users/signout')).status).toBe(200)
    // Only that session has ended. The session of the sign-up goes on.
    expect((await createApi(desk.url, { Cookie: pair }).get('/auth/me')).status).toBe(200)
  })

  test.each([
    ['production', 'http://desk.example.com', '__Host-counterdesk_session', true],
    ['development', 'https://desk.example.com', '__Host-counterdesk_session', true],
    ['development', 'http://localhost:5000', 'counterdesk_session', false],
  ])('in %s at %s is called %s', async (NODE_ENV, PUBLIC_URL, name, isSecure) => {
    const settings = { NODE_ENV, PUBLIC_URL }
    const other = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false, settings })
    onTestFinished(() => other.stop())
    const nobody = createApi(other.url, { 'X-Tenant': world.slug })
    const { pair, flags } = cookieOf(await nobody.post('/users/signin', { email: 'ada', password }))
    expect(pair.split('=')[0]).toBe(name)
    expect(flags.includes('Secure')).toBe(isSecure)
    expect(flags.some((flag) => flag.startsWith('Domain'))).toBe(false)
  })

  test('changes nothing for another site, and works for our own', async () => {
    const { pair } = await signUp()
    const from = (headers: Record<string, string>) => createApi(desk.url, { Cookie: pair, ...headers })
    const strangers: Record<string, string>[] = [
      { Origin: 'https://evil.example.com' },
      { Origin: 'null' },
      { Origin: 'https://desk.example.com.evil.example.com' },
      { Origin: 'http://desk.example.com' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ]
    for (const stranger of strangers) {
      await expectRefusal(from(stranger).post('/tickets', issue), 403, 'cross_site_request')
      await expectRefusal(from(stranger).post('/users/signout'), 403, 'cross_site_request')
      expect((await from(stranger).get('/auth/me')).status).toBe(200)
    }
    expect((await from({}).get('/tickets')).body.tickets).toEqual([])
    const ours: Record<string, string>[] = [
      {},
      { Origin: 'https://desk.example.com' },
      { Origin: desk.url, 'Sec-Fetch-Site': 'same-origin' },
    ]
    for (const site of ours) {
      expect((await from(site).post('/tickets', issue)).status).toBe(201)
    }
    // A token in the header is no cookie: another site cannot send it.
    const { headers } = world.cleo
    const byHeader = from({ ...headers, Origin: 'https://evil.example.com' })
    expect((await byHeader.post('/tickets', issue)).body.customer_id).toBe(world.cleo.id)
  })
})
