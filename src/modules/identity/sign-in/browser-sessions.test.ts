import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import {
  type Api,
  createApi,
  expectRefusal,
  expectStatus,
  type Reply,
  verdict,
} from '../../../testing/support/requests.ts'
import {
  expectAlive,
  expectDead,
  forgetPassword,
  refresh,
  resetPassword,
} from '../../../testing/support/sign-in-requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { readAccessToken } from './access-tokens.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const name = '__Host-counterdesk_session'

/** The session cookie that an answer sets. */
const cookieIn = ({ headers }: Reply): string => {
  const [header = '', ...more] = headers.getSetCookie()
  expect(more).toEqual([])
  return new RegExp(`^${name}=([^;]+);`).exec(header)?.[1] ?? ''
}

/** A browser after a sign-in, with the value and the id of its session. */
interface Browser extends Api {
  value: string
  session: string
}

const browserOf = (value: string): Browser => {
  const api = createApi(desk.url, { Cookie: `${name}=${value}`, Origin: 'https://desk.example.com' })
  return { ...api, value, session: readAccessToken(desk.app, value).session }
}

const ways: Record<string, (who: string, secret?: string) => Promise<Reply>> = {
  '/auth/login': (who, secret = password) =>
    world.nobody.post('/auth/login', { user_id_or_email: who, password: secret, session: 'cookie' }),
  '/users/signin': (who, secret = password) => world.nobody.post('/users/signin', { email: who, password: secret }),
}

const signInAt = async (way: string, { email }: Person): Promise<Browser> =>
  browserOf(cookieIn(expectStatus((await ways[way]?.(email)) as Reply, 200)))
const signIn = (person: Person): Promise<Browser> => signInAt('/auth/login', person)

const rowOf = async (session: string) => {
  const { rows } = await desk.app.pool.query(
    `select kind, user_agent, address, refresh_hash, xmin::text as written_by, revoked_at is not null as is_over,
       round(extract(epoch from now() - coalesce(last_used_at, refreshed_at)))::int as unused_seconds,
       round(extract(epoch from expires_at - now()) / 3600)::int as idle_hours,
       round(extract(epoch from ends_at - now()) / 3600)::int as whole_hours
     from sessions where session_id = $1`,
    [session],
  )
  return rows[0]
}

/** Changes the row of a session, and forgets what the desk remembers of it. */
const change = async (session: string, set: string): Promise<void> => {
  await desk.app.pool.query(`update sessions set ${set} where session_id = $1`, [session])
  desk.app.principals.clear()
}

const livingOf = async ({ id }: Person): Promise<string[]> => {
  const { rows } = await desk.app.pool.query(
    `select session_id from sessions where tenant_id = $1 and account_id = $2 and revoked_at is null
     order by created_at, session_id`,
    [world.tenantId, id],
  )
  return rows.map(({ session_id }) => session_id)
}

describe('a browser', () => {
  test.each(Object.keys(ways))('of every role signs in by %s, without a refresh token', async (way) => {
    const { ada, tess, cleo } = world
    for (const person of [ada, tess, cleo]) {
      const browser = await signInAt(way, person)
      expect((await browser.get('/auth/me')).body.user.id).toBe(person.id)
      expect(await rowOf(browser.session)).toMatchObject({
        kind: 'cookie',
        refresh_hash: null,
        idle_hours: 720,
        whole_hours: 2160,
        is_over: false,
      })
    }
  })

  test('gets no token in the answer of /auth/login, and other clients get theirs', async () => {
    const { id, email } = world.cleo
    const user = { id, email, role: 'customer', name: 'Cleo Customer', tenant: world.slug }
    const reply = (await ways['/auth/login']?.(email)) as Reply
    expect([reply.status, reply.body]).toEqual([200, { user }])
    const login = { user_id_or_email: email, password }
    for (const body of [login, { ...login, session: 'bearer' }]) {
      const other = expectStatus(await world.nobody.post('/auth/login', body), 200)
      expect(other.headers.getSetCookie()).toEqual([])
      expect(Object.keys(other.body)).toEqual(['token', 'token_type', 'expires_in', 'refresh_token', 'user'])
    }
    await expectRefusal(world.nobody.post('/auth/login', { ...login, session: 'none' }), 400, 'validation_failed')
    const wrong = (await ways['/auth/login']?.(email, 'a-wrong-password')) as Reply
    expect([wrong.status, wrong.headers.getSetCookie()]).toEqual([401, []])
  })

  test('is noted with its device and address', async () => {
    const headers = { 'User-Agent': 'Browser of Cleo' }
    const reply = await world.nobody.post('/users/signin', { email: world.cleo.email, password }, { headers })
    const { session } = browserOf(cookieIn(reply))
    expect(await rowOf(session)).toMatchObject({ user_agent: 'Browser of Cleo', address: '127.0.0.1' })
  })

  test('is signed out at the absolute end, however much it is used', async () => {
    const browser = await signIn(world.cleo)
    await change(browser.session, `ends_at = now()`)
    await expectRefusal(browser.get('/auth/me'), 401, 'invalid_token')
  })

  test('is signed out when nobody uses it for too long', async () => {
    const browser = await signIn(world.cleo)
    await change(browser.session, 'expires_at = now()')
    await expectRefusal(browser.get('/auth/me'), 401, 'invalid_token')
  })
})

test('a use keeps a browser signed in, but no client; uses are written at once, and in some minutes once', async () => {
  const [browser, old, client] = [await signIn(world.cleo), await signIn(world.cleo), await world.customer()]
  const { session } = readAccessToken(desk.app, client.token)
  const isNoted = async (one: string): Promise<boolean> => (await rowOf(one)).unused_seconds < 60
  const unused = `last_used_at = now() - interval '1 hour', expires_at = now() + interval '5 hours'`
  await change(browser.session, unused)
  await change(old.session, `${unused}, ends_at = now() + interval '9 days'`)
  await change(session, unused)
  await Promise.all([browser, old, client].map((one) => one.get('/auth/me')))
  await until('the uses are written', () => isNoted(session))
  const rows = await Promise.all([browser.session, old.session, session].map(rowOf))
  // The browser that was signed in 81 days ago stays so for 9 days more, and the client must refresh.
  expect(rows.map(({ idle_hours }) => idle_hours)).toEqual([720, 216, 5])
  expect(new Set(rows.map(({ written_by }) => written_by)).size).toBe(1)
  // Another use of the client soon after is not due, so it is not written with that of a browser whose use is.
  await change(browser.session, unused)
  await Promise.all([browser, client].map((one) => one.get('/auth/me')))
  await until('the use is written', () => isNoted(browser.session))
  expect((await rowOf(session)).written_by).toBe(rows[2]?.written_by)
})

describe('an account', () => {
  /** Gives a person this many sessions. The one that began last was not used for longest. */
  const fill = async ({ id }: Person, count: number): Promise<void> => {
    await desk.app.pool.query(
      `insert into sessions (tenant_id, account_id, expires_at, created_at, last_used_at)
       select $1, $2, now() + interval '1 day', now() - interval '2 days' + n * interval '1 minute',
         now() - interval '1 hour' - n * interval '1 second' from generate_series(1, $3::integer) n`,
      [world.tenantId, id, count],
    )
  }

  test('has thirty sessions at most; the next one ends that which was not used for longest', async () => {
    const person = await world.customer()
    await fill(person, 29)
    const before = await livingOf(person)
    expect(before).toHaveLength(30)
    const { session } = await signIn(person)
    const after = await livingOf(person)
    // The session of the registration was used last.
    expect(before.filter((one) => !after.includes(one))).toEqual([before.at(-2)])
    expect(after).toEqual(expect.arrayContaining([session]))
    const { rows } = await desk.app.pool.query(
      `select details from events where tenant_id = $1 and subject_id = $2 and type = 'session.revoked'`,
      [world.tenantId, person.id],
    )
    expect(rows).toEqual([{ details: { session_id: before.at(-2), reason: 'too_many_sessions' } }])
    await expectAlive(person)
  })

  test('with more than that from the version before has thirty after the next sign-in', async () => {
    const person = await world.customer()
    await fill(person, 93)
    await world.signIn(person.email, password)
    expect(await livingOf(person)).toHaveLength(30)
  })

  test('has thirty after forty sign-ins at once', async () => {
    const person = await world.customer()
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => ways['/auth/login']?.(person.email) as Promise<Reply>),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200))
    expect(new Set(answers.map((reply) => browserOf(cookieIn(reply)).session)).size).toBe(40)
    const living = await livingOf(person)
    expect(living).toHaveLength(30)
    const alive = await Promise.all(answers.map((reply) => browserOf(cookieIn(reply)).get('/auth/me')))
    expect(alive.filter(({ status }) => status === 200)).toHaveLength(30)
    await expectDead(person)
  })

  test('that others sign in to does not end the sessions of anybody else', async () => {
    const [one, two] = [await world.customer(), await world.customer()]
    await fill(one, 40)
    await world.signIn(two.email, password)
    expect(await livingOf(one)).toHaveLength(41)
  })
})

describe('a session', () => {
  test('is a new one at each sign-in, whatever cookie the browser had', async () => {
    const first = await signIn(world.cleo)
    const planted = ['', 'x.y.z', `${first.value.slice(0, -3)}AAA`, first.value, world.carl.token]
    const seen = new Set([first.session])
    for (const value of planted) {
      const browser = createApi(desk.url, { 'X-Tenant': world.slug, Cookie: `${name}=${value}` })
      const body = { user_id_or_email: world.cleo.email, password, session: 'cookie' }
      const next = browserOf(cookieIn(expectStatus(await browser.post('/auth/login', body), 200)))
      expect(planted).not.toContain(next.value)
      seen.add(next.session)
    }
    expect(seen.size).toBe(planted.length + 1)
    // Those that were replaced are over: nobody could sign out of them.
    await expectRefusal(first.get('/auth/me'), 401, 'invalid_token')
    await expectDead(world.carl)
    world = { ...world, carl: await world.signIn(world.carl.email, password) }
  })

  test('goes on when a sign-in over it fails, and when a sign-in only asks for tokens', async () => {
    const browser = await signIn(world.cleo)
    for (const [body, status] of [
      [{ password: 'a-wrong-password', session: 'cookie' }, 401],
      [{ password }, 200],
      [{ password: '', session: 'cookie' }, 400],
    ] as const) {
      expectStatus(
        await browser.post('/auth/login', { user_id_or_email: world.tess.id, ...body }, tenantHeader()),
        status,
      )
      expectStatus(await browser.get('/auth/me'), 200)
    }
  })
  const tenantHeader = () => ({ headers: { 'X-Tenant': world.slug } })

  const ends: [string, (browser: Browser, person: Person) => Promise<unknown>][] = [
    ['POST /auth/logout', async (browser) => expectCleared(expectStatus(await browser.post('/auth/logout'), 204))],
    ['POST /users/signout', async (browser) => expectCleared(expectStatus(await browser.post('/users/signout'), 200))],
    [
      'a changed password elsewhere',
      async (_, person) =>
        expectStatus(
          await person.post('/auth/password/change', { current_password: password, password: 'other-9-words' }),
          204,
        ),
    ],
    [
      'a password set by a link',
      async (_, person) => expectStatus(await resetPassword(world, await forgetPassword(desk, world, person)), 204),
    ],
    ['deactivation', async (_, { id }) => expectStatus(await world.ada.delete(`/customers/${id}`), 204)],
    [
      'another version of the account, as a changed role makes it',
      async (_, { id }) => {
        const raise = 'update accounts set token_version = token_version + 1 where tenant_id = $1 and account_id = $2'
        await desk.app.pool.query(raise, [world.tenantId, id])
        desk.app.principals.clear()
      },
    ],
    [
      'the reuse of a refresh token of the same person',
      async (browser, person) => {
        // It ends its own session only.
        const next = expectStatus(await refresh(world, person.refreshToken), 200).body.refresh_token
        expectStatus(await refresh(world, next), 200)
        await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
        expectStatus(await browser.get('/auth/me'), 200)
        expectStatus(await browser.post('/users/signout'), 200)
      },
    ],
  ]
  const expectCleared = ({ headers }: Reply): void => {
    const cleared = headers.getSetCookie().map((cookie) => cookie.split(';')[0])
    expect(cleared).toEqual([`${name}=`, 'counterdesk_session='])
  }

  test.each(ends)('is dead at once after %s', async (_, end) => {
    const person = await world.customer()
    const browser = await signIn(person)
    expectStatus(await browser.get('/auth/me'), 200)
    await end(browser, person)
    expect(verdict(await browser.get('/auth/me'))).toEqual([401, 'invalid_token'])
    expect((await browser.get('/users/currentuser')).body).toEqual({ currentUser: null })
  })

  test('is dead at once after a changed role, each way', async () => {
    const person = await world.technician(uniqueName(), 'Doors')
    for (const role of ['admin', 'technician']) {
      const browser = await signIn(person)
      expectStatus(await world.ada.patch(`/people/${person.id}`, { role, current_password: password }), 200)
      expect(verdict(await browser.get('/auth/me'))).toEqual([401, 'invalid_token'])
    }
  })

  test('goes on when its own browser changes the password', async () => {
    const person = await world.customer()
    const browser = await signIn(person)
    const body = { current_password: password, password: 'other-9-words' }
    expectStatus(await browser.post('/auth/password/change', body), 204)
    expectStatus(await browser.get('/auth/me'), 200)
    await expectDead(person)
  })
})
