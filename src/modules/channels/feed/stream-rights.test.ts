import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { rolesThatMay, scopes } from '../../../contract/capabilities.ts'
import type { App } from '../../../platform/app-context.ts'
import { exec } from '../../../platform/db/sql.ts'
import type { Passing, PassingEvent } from '../../../platform/live/passing.ts'
import { notifySignals } from '../../../platform/live/signals.ts'
import { assignTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { openStream, type StreamClient } from '../../../testing/support/stream-client.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { callsWaiting, waitingAtMost } from './feed-waiting.service.ts'
import { streamsAtMost, streamsOf } from './open-streams.ts'
import { upkeepMs } from './stream-upkeep.service.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  await until('no stream is open', () => streamsOf(desk.app).open.size === 0)
})

const open = async (headers: Record<string, string>, query = ''): Promise<StreamClient> => {
  const stream = await openStream(desk, headers, query)
  undo.push(stream.close)
  return stream
}
const any = { headers: { 'If-Match': '*' } }
const live = (): number => [...streamsOf(desk.app).open].filter(({ isLive }) => isLive).length
const told = (stream: StreamClient) =>
  stream.events().flatMap(({ id, data }) => (id === null ? [] : [[data.position, data.type, data.subject_id]]))

describe('who gets another role or category while streams are open', () => {
  const to = (body: object) => async (person: Person) =>
    bodyOf(await world.ada.patch(`/people/${person.id}`, { ...body, current_password: password }, any))
  const admin = async (): Promise<Person> => {
    const person = await world.technician(uniqueName(), 'Printer')
    await to({ role: 'admin' })(person)
    return world.signIn(person.email, password)
  }
  const technician = (): Promise<Person> => world.technician(uniqueName(), 'Printer')
  const toNetwork = async ({ id }: Person) =>
    expectSuccess(await world.ada.patch(`/technicians/${id}`, { category: 'Network' }, any))
  const changes: [string, () => Promise<Person>, (one: Person) => Promise<unknown>, string[]][] = [
    ['an admin who becomes a technician', admin, to({ role: 'technician', category: 'Printer' }), []],
    ['a technician who becomes an admin', technician, to({ role: 'admin' }), []],
    ['a technician of another category', technician, toNetwork, ['scope.changed']],
  ]
  const orders = ['first', 'last']
  test.each(changes.flatMap((change) => orders.map((order) => [...change, order] as const)))('%s', async (...row) => {
    const [, make, change, expected, order] = row
    const { ada, tess, cleo } = world
    // Only what the hub reads can end a stream.
    const { look } = upkeepMs
    undo.push(() => Object.assign(upkeepMs, { look }))
    upkeepMs.look = 60_000
    const email = (await make()).email
    const person = await world.signIn(email, password)
    const id = await createTicket(cleo, { issue_category: 'Printer', subject: 'In the queue of printers' })
    await desk.settled()
    const { next } = bodyOf(await ada.get('/events?after=latest'))
    const openOwn = async (): Promise<StreamClient[]> => [
      await open(person.headers),
      await open(person.headers, '?types=comment.*'),
    ]
    const before = order === 'first' ? await openOwn() : []
    const adas = [await open(ada.headers), await open(ada.headers)]
    const own = order === 'last' ? await openOwn() : before
    await until('all get what comes', () => live() === 4)
    await change(person)
    await assignTicket(ada, id, tess)
    await desk.settled()
    const listed = bodyOf(await ada.get(`/events?after=${next}`)).events
    const all = listed.map((one: { position: number; type: string; subject_id: string }) => [
      one.position,
      one.type,
      one.subject_id,
    ])
    for (const stream of adas) {
      await until('an admin has everything', () => told(stream).length >= all.length)
      expect(told(stream)).toEqual(all)
    }
    for (const [n, stream] of own.entries()) {
      if (expected.length === 0) await stream.untilClosed()
      else if (n === 0) await stream.untilEvent('scope.changed')
      const types = told(stream).map(([, type]) => type)
      expect(types.filter((type) => type !== 'ticket.hidden')).toEqual(n === 0 ? expected : [])
      expect(stream.isClosed()).toBe(expected.length === 0)
    }
  })
})

test('what passes comes to those who could ask for it: by the role, and by the scopes of their token', async () => {
  const { ada, tess, cleo, tenantId } = world
  const { passing } = desk.app
  undo.push(() => Object.assign(desk.app, { passing }))
  const kinds = Object.entries(passing).map(([kind, { can }]) => ({ kind, can }))
  expect(kinds.map(({ kind }) => kind).toSorted()).toEqual(['draft', 'presence', 'unread'])
  for (const { can } of kinds) expect(scopes).toContain(can)
  // Each kind says its name to everybody whom it is given, and the last one says that all have spoken.
  const saying = (kind: string, can: string) => {
    const make: Passing<App, PassingEvent> = async (_app, _tenant, _keys, accountIds) =>
      accountIds.map((account_id) => ({ account_id, type: kind, data: {} }))
    return [kind, { can, make }]
  }
  desk.app.passing = Object.fromEntries([
    ...kinds.map(({ kind, can }) => saying(kind, can)),
    saying('end', 'event:read'),
  ])
  const rows: { who: string; headers: Record<string, string>; expected: string[] }[] = []
  for (const [who, person, role] of [
    ['admin', ada, 'admin'],
    ['technician', tess, 'technician'],
    ['customer', cleo, 'customer'],
  ] as const) {
    const allowed = kinds.filter(({ can }) => rolesThatMay(can)?.includes(role))
    const all = allowed.map(({ kind }) => kind)
    rows.push({ who, headers: person.headers, expected: all })
    const sets = [[], ...allowed.map(({ can }) => [can]), allowed.map(({ can }) => can)].slice(0, 4)
    for (const more of sets) {
      const body = { name: 'Follower', scopes: ['event:read', ...more] }
      const { token } = expectStatus(await person.post('/api-tokens', body), 201).body
      const expected = allowed.filter(({ can }) => more.includes(can)).map(({ kind }) => kind)
      rows.push({ who: `${who} ${more}`, headers: { Authorization: `Bearer ${token}` }, expected })
    }
  }
  const streams = await Promise.all(rows.map(({ headers }) => open(headers)))
  const signal = (kind: string) => ({ tenantId, kind, key: '' })
  await exec(desk.app.pool, notifySignals([...kinds.map(({ kind }) => signal(kind)), signal('end')]))
  for (const [n, { who, expected }] of rows.entries()) {
    await streams[n]?.untilEvent('end')
    const types = new Set(streams[n]?.events().map(({ type }) => type))
    const passed = kinds.flatMap(({ kind }) => (types.has(kind) ? [kind] : []))
    expect(passed, who).toEqual(expected)
  }
  expect(rows.find(({ who }) => who === 'customer')?.expected).not.toContain('presence')
})

test('who is signed out leaves the stream, also while a setting of another tenant is malformed', async () => {
  const other = await createWorld(desk)
  const theirs = await open(other.tess.headers)
  const guest = await world.customer(uniqueName())
  const { headers } = await world.signIn(guest.email, password)
  const stream = await open(headers)
  const write = (setting: string) =>
    desk.owner.query(
      "update tenants set settings = jsonb_set(settings, '{second_factor_required}', $2) where tenant_id = $1",
      [other.tenantId, setting],
    )
  await write('"perhaps"')
  undo.push(() => write('null'))
  await desk.owner.query('delete from sessions where tenant_id = $1 and account_id = $2', [world.tenantId, guest.id])
  await stream.untilClosed()
  expect(theirs.isClosed()).toBe(false)
})

test('what passes stops when a token loses the scope, and when a second factor must be set up', async () => {
  const { tess } = world
  const body = { name: 'Follower', scopes: ['event:read', 'draft:read'] }
  const { token, token_id } = expectStatus(await tess.post('/api-tokens', body), 201).body
  const byToken = await open({ Authorization: `Bearer ${token}` })
  const enrolling = await open(tess.headers)
  const bySession = await open(tess.headers)
  const [ofToken, ofEnrolling] = streamsOf(desk.app).open
  await desk.owner.query("update api_tokens set scopes = '{event:read}' where token_id = $1", [token_id])
  await until('the scopes are looked at', () => ofToken?.actor.token?.scopes.length === 1)
  if (ofEnrolling !== undefined) ofEnrolling.actor = { ...ofEnrolling.actor, mustEnrol: true }
  const id = await createTicket(world.cleo)
  await assignTicket(world.ada, id, tess)
  expectSuccess(await tess.put(`/tickets/${id}/drafts/note`, { body: 'A thought' }))
  await bySession.untilEvent('draft.changed')
  expect(byToken.text() + enrolling.text()).not.toContain('draft.changed')
})

describe('when all places of a process are taken', () => {
  test('the largest tenant gives up streams for others, and customers for their staff', async () => {
    const { carl, cleo, ada, tess } = world
    const next = await createWorld(desk)
    const { ofProcess } = streamsAtMost
    undo.push(() => Object.assign(streamsAtMost, { ofProcess }))
    streamsAtMost.ofProcess = 4
    const carls = [await open(carl.headers), await open(carl.headers), await open(carl.headers)]
    const adas = await open(ada.headers)
    const refused = async (person: Person): Promise<void> => {
      const stream = await open(person.headers)
      await stream.untilClosed()
      expect([stream.status, JSON.parse(stream.text()).code]).toEqual([503, 'unavailable'])
    }
    await refused(cleo)
    const states = () => [...carls, adas].map((stream) => stream.isClosed())
    const theirs = await open(next.cleo.headers)
    expect(theirs.status).toBe(200)
    await carls[2]?.untilClosed()
    expect(carls[2]?.text()).toMatch(/\nretry: [1-5]\d{3}\n\n$/)
    expect((await open(next.ada.headers)).status).toBe(200)
    await carls[1]?.untilClosed()
    // Both tenants have two now.
    await refused(next.carl)
    const tesss = await open(tess.headers)
    await carls[0]?.untilClosed()
    expect([tesss.status, tesss.isClosed(), theirs.isClosed()]).toEqual([200, false, false])
    expect(states()).toEqual([true, true, true, false])
    // Only staff have places in this tenant.
    await refused(await world.signIn('ada', password))
  })

  test('the largest tenant gives up waiting calls for others, and customers for their staff', async () => {
    const { carl, tess, tom } = world
    const next = await createWorld(desk)
    await desk.settled()
    const { ofProcess } = waitingAtMost
    undo.push(() => Object.assign(waitingAtMost, { ofProcess }))
    waitingAtMost.ofProcess = 2
    const wait = async ({ get, id }: Person, { tenantId }: World): Promise<{ reply: Promise<Reply> }> => {
      const before = callsWaiting(desk.app, tenantId, id)
      const reply = get('/events?after=latest&wait=25')
      await until('the call waits', () => callsWaiting(desk.app, tenantId, id) > before)
      return { reply }
    }
    const [first, second] = [await wait(carl, world), await wait(carl, world)]
    await expectRefusal(world.cleo.get('/events?after=latest&wait=25'), 503, 'unavailable')
    const theirs = await wait(next.tess, next)
    const early = bodyOf(await second.reply)
    expect([early.events, early.end_of_feed]).toEqual([[], true])
    await expectRefusal(next.cleo.get('/events?after=latest&wait=25'), 503, 'unavailable')
    const tesss = await wait(tess, world)
    expect(bodyOf(await first.reply).events).toEqual([])
    await expectRefusal(tom.get('/events?after=latest&wait=25'), 503, 'unavailable')
    // Those who have a place get what comes.
    for (const one of [world, next]) await createTicket(one.cleo)
    for (const { reply } of [theirs, tesss]) {
      expect(bodyOf(await reply).events.map(({ type }: { type: string }) => type)).toEqual(['ticket.created'])
    }
  })
})

test('a stream of a quiet tenant catches up in the turn of its tenant', async () => {
  const { catchUp } = streamsOf(desk.app)
  const next = await createWorld(desk)
  await desk.settled()
  const releases: (() => void)[] = []
  const hold = (): Promise<void> => new Promise((resolve) => releases.push(resolve))
  const busy = Array.from({ length: 200 }, () => catchUp(String(world.tenantId), hold))
  undo.push(async () => {
    while (releases.length > 0) {
      releases.shift()?.()
      await new Promise(setImmediate)
    }
    await Promise.all(busy)
  })
  const { events } = bodyOf(await next.ada.get('/events?limit=1'))
  const stream = await open(next.ada.headers, `?after=${events[0].id}`)
  await until('it has caught up', () => stream.events().length > 0)
  // The busy tenant has not come to its end meanwhile.
  expect(releases.length).toBeLessThan(busy.length)
})
