import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../../platform/secrets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
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

test('of many refreshes at once, with made-up secrets among them, at most one pair is given', async () => {
  const person = await world.customer()
  const [tenant, session] = partsOf(person.refreshToken)
  const tokens = Array.from({ length: 20 }, (_, index) =>
    index % 2 === 0 ? person.refreshToken : `${tenant}.${session}.guess${index}`,
  )
  const answers = await Promise.all(tokens.map((token) => refresh(world, token)))
  expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1)
  expect(answers.map(({ status }) => status).filter((status) => status === 401)).toHaveLength(19)
  expect(await revocationsOf(person)).toEqual(['refresh_token_reused'])
})
