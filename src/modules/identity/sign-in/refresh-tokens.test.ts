import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hmac, sha256 } from '../../../platform/secrets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { createApi, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { expectAlive, expectDead, refresh } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** The reasons for which sessions of a person were revoked. */
const revocationsOf = async (person: Person): Promise<string[]> => {
  const { rows } = await desk.app.pool.query(
    `select e.details ->> 'reason' as reason from events e
     where e.tenant_id = $1 and e.subject_id = $2 and e.type = 'session.revoked' order by e.event_id`,
    [world.tenantId, person.id],
  )
  return rows.map(({ reason }) => reason)
}

const partsOf = (token: string): [tenant: string, session: string, secret: string] => {
  const [tenant = '', session = '', secret = ''] = token.split('.')
  return [tenant, session, secret]
}

/** Refreshes several times; answers with every token, the newest last. */
const chainOf = async (first: string, length: number): Promise<string[]> => {
  const chain = [first]
  for (let times = 0; times < length; times += 1) {
    chain.push(expectStatus(await refresh(world, chain.at(-1)), 200).body.refresh_token)
  }
  return chain
}

/** Makes the last refresh of a session some seconds older. */
const age = (token: string | undefined, seconds: number): Promise<unknown> =>
  desk.app.pool.query(
    `update sessions set refreshed_at = refreshed_at - make_interval(secs => $2) where session_id = $1`,
    [partsOf(token ?? '')[1], seconds],
  )

const sessionRow = async (token: string): Promise<unknown> =>
  (await desk.app.pool.query('select * from sessions where session_id = $1', [partsOf(token)[1]])).rows[0]

test('a secret that was never right changes nothing, though its session is known', async () => {
  const person = await world.customer()
  const other = await world.customer()
  const again = await world.signIn(person.email, password)
  const [tenant, session, secret] = partsOf(person.refreshToken)
  const random = secret.slice(0, 43)
  const made = [
    'x',
    random,
    `${random}x`,
    secret.slice(0, -1),
    `${secret}x`,
    `A${secret.slice(1)}`,
    `${secret.slice(0, -2)}AA`,
    'A'.repeat(43),
    'A'.repeat(86),
    partsOf(other.refreshToken)[2],
    partsOf(again.refreshToken)[2],
  ]
  const before = await sessionRow(person.refreshToken)
  for (const guess of made) {
    await expectRefusal(refresh(world, `${tenant}.${session}.${guess}`), 401, 'invalid_refresh_token')
  }
  expect(await sessionRow(person.refreshToken)).toEqual(before)
  expect(await revocationsOf(person)).toEqual([])
  await expectAlive(person)
  expectStatus(await refresh(world, person.refreshToken), 200)
})

test.each([0, 1, 4, 5])('the spent secret no. %d of six ends the session, once', async (index) => {
  const person = await world.customer()
  const chain = await chainOf(person.refreshToken, 6)
  await age(chain[index], 31)
  await expectRefusal(refresh(world, chain[index]), 401, 'invalid_refresh_token')
  expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
  await expectDead(person)
  for (const token of chain) await expectRefusal(refresh(world, token), 401, 'invalid_refresh_token')
  expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
})

test('a secret of a version that made no marks is exchanged, and ends the session when it comes again', async () => {
  const person = await world.customer()
  const [tenant, session] = partsOf(person.refreshToken)
  const old = 'o'.repeat(43)
  await desk.app.pool.query('update sessions set refresh_hash = $2 where session_id = $1', [session, sha256(old)])
  await expectRefusal(refresh(world, `${tenant}.${session}.${'p'.repeat(43)}`), 401, 'invalid_refresh_token')
  const chain = await chainOf(`${tenant}.${session}.${old}`, 3)
  await expectAlive(person)
  await expectRefusal(refresh(world, `${tenant}.${session}.${'p'.repeat(43)}`), 401, 'invalid_refresh_token')
  await expectAlive(person)
  await expectRefusal(refresh(world, chain[0]), 401, 'invalid_refresh_token')
  await expectDead(person)
  await expectRefusal(refresh(world, chain.at(-1)), 401, 'invalid_refresh_token')
  expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
})

test('the right secret of a session that has expired is recorded as that', async () => {
  const person = await world.customer()
  const [tenant, session] = partsOf(person.refreshToken)
  await desk.app.pool.query('update sessions set expires_at = now() where session_id = $1', [session])
  await expectRefusal(refresh(world, `${tenant}.${session}.x`), 401, 'invalid_refresh_token')
  expect(await revocationsOf(person)).toEqual([])
  await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
  expect(await revocationsOf(person)).toEqual(['expired'])
})

test('of many refreshes at once all get the same answer, round after round; a made-up secret among them gets none', async () => {
  const person = await world.customer()
  const [tenant, session] = partsOf(person.refreshToken)
  let newest = person.refreshToken
  for (let round = 0; round < 20; round += 1) {
    const tokens = [...Array.from({ length: 8 }, () => newest), `${tenant}.${session}.${round + 1}~guess`]
    const answers = await Promise.all(tokens.map((token) => refresh(world, token)))
    expect(new Set(answers.slice(0, 8).map(({ text }) => text)).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 8 }, () => 200), 401])
    const { refresh_token, token } = answers[0]?.body ?? {}
    expect(refresh_token).not.toBe(newest)
    newest = refresh_token
    expect((await createApi(desk.url, { Authorization: `Bearer ${token}` }).get('/auth/me')).status).toBe(200)
  }
  expect(await revocationsOf(person)).toEqual([])
  expectStatus(await refresh(world, newest), 200)
})

describe('the token before the newest', () => {
  test('gets the same answer again for 30 seconds, and later ends the session', async () => {
    const person = await world.customer()
    const { text } = await refresh(world, person.refreshToken)
    await age(person.refreshToken, 28)
    const again = expectStatus(await refresh(world, person.refreshToken), 200)
    expect(again.body.refresh_token).toBe(JSON.parse(text).refresh_token)
    await expectAlive(person)
    await age(person.refreshToken, 3)
    await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
    expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
    await expectDead(person)
  })

  test('gets none once the newest was used, however soon', async () => {
    const person = await world.customer()
    await chainOf(person.refreshToken, 2)
    await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
    expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
  })

  test('gets none once the session has ended', async () => {
    const person = await world.customer()
    expectStatus(await refresh(world, person.refreshToken), 200)
    expectStatus(await person.post('/auth/logout'), 204)
    await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
    expect(await revocationsOf(person)).toEqual([])
  })

  test('gets none when a program of the version before has refreshed the session since', async () => {
    const person = await world.customer()
    const [tenant, session] = partsOf(person.refreshToken)
    expectStatus(await refresh(world, person.refreshToken), 200)
    const foreign = await formerSecret(person, 'f')
    await expectRefusal(refresh(world, person.refreshToken), 401, 'invalid_refresh_token')
    await expectRefusal(refresh(world, `${tenant}.${session}.${foreign}`), 401, 'invalid_refresh_token')
    expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
  })
})

/** Gives a session the secret that the version before would have made of these random letters. */
const formerSecret = async ({ refreshToken }: Person, letter: string): Promise<string> => {
  const [tenant, session] = partsOf(refreshToken)
  const random = letter.repeat(43)
  const secret = `${random}${hmac(desk.app.secrets.sessions, `refresh ${tenant} ${session} ${random}`).toString('base64url')}`
  const set = 'update sessions set refresh_hash = $2 where session_id = $1'
  await desk.app.pool.query(set, [session, sha256(secret)])
  return secret
}

test('a token of the version before is exchanged by two tabs at once, and later ends the session', async () => {
  const person = await world.customer()
  const [tenant, session] = partsOf(person.refreshToken)
  const token = `${tenant}.${session}.${await formerSecret(person, 'a')}`
  await desk.app.pool.query('update sessions set generation = null where session_id = $1', [session])
  const answers = await Promise.all([refresh(world, token), refresh(world, token)])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(answers[0]?.text).toBe(answers[1]?.text)
  await chainOf(answers[0]?.body.refresh_token, 2)
  await expectAlive(person)
  await expectRefusal(refresh(world, token), 401, 'invalid_refresh_token')
  expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
})

test('no refresh goes beyond the absolute end of a session', async () => {
  const person = await world.customer()
  const [, session] = partsOf(person.refreshToken)
  const set = `update sessions set ends_at = now() + make_interval(days => $2) where session_id = $1`
  await desk.app.pool.query(set, [session, 3])
  const { body } = expectStatus(await refresh(world, person.refreshToken), 200)
  const { rows } = await desk.app.pool.query(
    `select expires_at = ends_at as is_bounded from sessions where session_id = $1`,
    [session],
  )
  expect(rows).toEqual([{ is_bounded: true }])
  await desk.app.pool.query(set, [session, 0])
  desk.app.principals.clear()
  await expectDead(person)
  await expectRefusal(refresh(world, body.refresh_token), 401, 'invalid_refresh_token')
  expect(await revocationsOf(person)).toEqual(['expired'])
})
