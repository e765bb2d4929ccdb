import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, createApi, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { expectAlive, expectDead, refresh } from '../../../testing/support/sign-in-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const sessionsOf = async (person: Person): Promise<Record<string, unknown>[]> =>
  bodyOf(await person.get('/me/sessions')).sessions
const currentOf = async (person: Person): Promise<string> =>
  String((await sessionsOf(person)).find(({ is_current }) => is_current)?.session_id)

test('are listed with their device and last use, the last used first, and say which is in use', async () => {
  const first = await world.customer()
  const browser = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
  const body = { email: first.email, password }
  const cookie = await world.nobody.post('/users/signin', body, { headers: { 'User-Agent': browser } })
  const [header = ''] = expectStatus(cookie, 200).headers.getSetCookie()
  await desk.owner.query(
    `update sessions set last_used_at = now() - interval '1 hour' where account_id = $1 and kind = 'bearer'`,
    [first.id],
  )
  const [second, one, ...more] = await sessionsOf(first)
  expect(more).toEqual([])
  expect(second).toMatchObject({ kind: 'cookie', device: 'Firefox on Windows', is_current: false })
  expect(one).toMatchObject({ kind: 'bearer', device: 'Node.js', is_current: true, address: '127.0.0.1' })
  expect(Date.parse(String(one?.last_used_at))).toBeLessThan(Date.parse(String(second?.last_used_at)))
  expect(Date.parse(String(one?.expires_at))).toBeGreaterThan(Date.now())
  // Nothing that opens a session is shown.
  expect(JSON.stringify([one, second])).not.toContain(header.split(/[=;]/)[1])
  const inBrowser = createApi(desk.url, { Cookie: header.split(';')[0] ?? '' })
  const list = bodyOf(await inBrowser.get('/me/sessions')).sessions
  expect(list.find(({ is_current }: { is_current: boolean }) => is_current).session_id).toBe(second?.session_id)

  // What is ended is over at once, in the list and for the cookie.
  expectStatus(await first.delete(`/me/sessions/${second?.session_id}`), 204)
  await expectRefusal(inBrowser.get('/me'), 401, 'invalid_token')
  expect((await sessionsOf(first)).map(({ session_id }) => session_id)).toEqual([one?.session_id])
})

test('that nothing has used since the upgrade were last used when they were refreshed', async () => {
  const person = await world.customer()
  const [began, refreshed] = ['2026-11-20T08:00:00.000Z', '2026-11-21T09:30:00.000Z']
  await desk.owner.query(
    `insert into sessions (tenant_id, account_id, refresh_hash, created_at, refreshed_at, expires_at)
     values ($1, $2, sha256('old'), $3, $4, now() + interval '1 day')`,
    [world.tenantId, person.id, began, refreshed],
  )
  const old = (await sessionsOf(person)).at(-1)
  expect(old).toMatchObject({ kind: 'bearer', started_at: began, last_used_at: refreshed })
})

test('each of them, or all others, can be ended, with the refresh token, and nobody ends another’s', async () => {
  const one = await world.customer()
  const [two, three, four] = [
    await world.signIn(one.email, password),
    await world.signIn(one.email, password),
    await world.signIn(one.email, password),
  ]
  const other = await createWorld(desk)
  const id = await currentOf(two)
  for (const stranger of [world.carl, world.ada, other.ada]) {
    await expectRefusal(stranger.delete(`/me/sessions/${id}`), 404, 'session_not_found')
    expect((await sessionsOf(stranger)).map(({ session_id }) => session_id)).not.toContain(id)
  }
  await expectRefusal(one.delete('/me/sessions/no-id'), 404, 'route_not_found')
  await expectAlive(two)
  expectStatus(await one.delete(`/me/sessions/${id}`), 204)
  await expectDead(two)
  await expectRefusal(refresh(world, two.refreshToken), 401, 'invalid_refresh_token')
  await expectRefusal(one.delete(`/me/sessions/${id}`), 404, 'session_not_found')

  expectStatus(await one.delete('/me/sessions/others'), 204)
  for (const person of [three, four]) await expectDead(person)
  await expectAlive(one)
  expect(await sessionsOf(one)).toHaveLength(1)
  // The session of the request may be ended, too.
  expectStatus(await one.delete(`/me/sessions/${await currentOf(one)}`), 204)
  await expectDead(one)
  const ended = (await recordedEvents(desk, world, 'session.ended')).filter(({ subject_id }) => subject_id === one.id)
  expect(ended.map(({ actor_id }) => actor_id)).toEqual([one.id, one.id, one.id, one.id])
  await expectAlive(world.carl)
})

test('of many that are ended at once none is left, and nothing is locked for ever', async () => {
  const one = await world.customer()
  const others: Person[] = []
  for (let count = 0; count < 4; count += 1) others.push(await world.signIn(one.email, password))
  const replies = await Promise.all(
    [one, ...others].flatMap((person) => [
      person.delete('/me/sessions/others'),
      person.patch('/me', { language: 'de' }),
    ]),
  )
  for (const { status, text } of replies) expect([200, 204, 401], text).toContain(status)
  const alive = await Promise.all([one, ...others].map(async (person) => (await person.get('/auth/me')).status))
  expect(alive.filter((status) => status === 200)).toHaveLength(1)
})
