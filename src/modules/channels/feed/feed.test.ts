import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginRestoredEpoch } from '../../../platform/events/log-epoch.ts'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  createTickets,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { type Api, bodyOf, createApi, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { FeedEvent, FeedPage } from './feed.schemas.ts'
import { writeCursor } from './feed-cursors.ts'
import { callsWaiting } from './feed-waiting.service.ts'

let desk: Desk
let aheadMs = 0
beforeAll(async () => {
  desk = await startDesk({
    clock: { now: () => Date.now() + aheadMs },
    settings: { QUOTA_TECHNICIAN_TICKETS_READ_PER_DAY: '6' },
  })
})
afterAll(() => desk?.stop())

const read = async (person: Api, query = ''): Promise<FeedPage> =>
  expectStatus(await person.get(`/events?${query}`), 200).body
const after = ({ next }: FeedPage, more = ''): string => `after=${encodeURIComponent(next)}${more}`
/** All events from a place on, page by page. */
const follow = async (person: Api, first: string, more = ''): Promise<FeedEvent[]> => {
  const events: FeedEvent[] = []
  for (let query = first; ; ) {
    const page = await read(person, `${query}${more}`)
    events.push(...page.events)
    if (page.end_of_feed) return events
    query = after(page)
  }
}
const latest = async (person: Api): Promise<FeedPage> => {
  await desk.settled()
  return read(person, 'after=latest')
}
const facts = (events: FeedEvent[]): string[] => events.map(({ type, subject_id }) => `${type} ${subject_id}`)

test('an admin pages through the whole log without a gap, and each place goes on behind itself', async () => {
  const world = await createWorld(desk)
  const { ada } = world
  await createAssignedTicket(world, 'in_progress')
  await desk.settled()
  const events = await follow(ada, '', '&limit=3')
  const audit = bodyOf(await ada.get('/audit?limit=100')).events
  expect(events.map(({ position }) => position)).toEqual(audit.map((_: unknown, index: number) => index + 1))
  const byPosition = Object.fromEntries(audit.map((event: { position: number }) => [event.position, event]))
  for (const { position, type, subject_id, subject_version, occurred_at, changes, schema } of events) {
    const { details } = byPosition[String(position)]
    expect(byPosition[String(position)]).toMatchObject({ type, subject_id, subject_version, occurred_at, changes })
    expect(schema).toBe(details.schema ?? 1)
  }
  const whole = await ada.get('/events')
  expect(whole.body.events).toEqual(events)
  expect(whole.headers.get('etag')).toBeNull()
  expect(whole.headers.get('cache-control')).toBe('no-store')
  const fifth = events[4]
  expect(fifth?.id).toBe(`${whole.body.epoch}:5`)
  expect((await read(ada, `after=${fifth?.id}&limit=1`)).events).toEqual([events[5]])
  expect(JSON.stringify(events)).not.toMatch(/session_id|reset_id|confirmation_id/)
})

test('a customer gets what the history of their tickets says, and no gap tells of anything else', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo, carl } = world
  const start = await latest(cleo)
  const id = await createAssignedTicket(world)
  bodyOf(await comment(tess, id, 'They never look.', 'internal'))
  bodyOf(await comment(tess, id, 'Is the cable in?', 'public'))
  await createTickets(carl, 3)
  bodyOf(await comment(ada, id, 'Ask Bob', 'internal'))
  await desk.settled()
  const events = await follow(cleo, after(start), '&limit=2')
  const { history } = bodyOf(await cleo.get(`/tickets/${id}/history`))
  const parts = ({ type, changes, details }: FeedEvent) => ({ type, changes, details })
  expect(events.map(parts)).toEqual(history.map(parts))
  expect(events.map(({ actor }) => actor?.id)).toContain(null)
  expect(new Set(events.map(({ position }) => position))).toEqual(new Set([null]))
  const text = JSON.stringify(events)
  expect(text).not.toContain('internal')
  expect(text).not.toContain(ada.id)
  // The same place looks different each time, and as long whatever the position is.
  const places = [start, await read(cleo, 'limit=1'), await latest(cleo), await latest(cleo)].map(({ next }) => next)
  expect(new Set(places).size).toBe(4)
  expect(new Set(places.map(({ length }) => length)).size).toBe(1)
  for (const place of places) expect(place).toMatch(/^[a-z0-9]{12}:[0-9a-f]{12}\.[\w-]+$/)
})

describe('filters', () => {
  test('types and subjects choose events, and a page without any says how to go on', async () => {
    const world = await createWorld(desk)
    const { ada, cleo } = world
    const [first = '', second = ''] = await createTickets(cleo, 2)
    await assignTicket(ada, first, world.tess)
    bodyOf(await comment(cleo, second, 'More of it'))
    await desk.settled()
    const of = async (person: Person, query: string) => facts((await read(person, query)).events)
    expect(await of(ada, 'types=ticket.assigned,comment.*')).toEqual([
      `ticket.assigned ${first}`,
      `comment.added ${second}`,
    ])
    expect(await of(cleo, 'types=ticket.created&types=comment.added&subject=tkt2')).toEqual([
      `ticket.created ${second}`,
      `comment.added ${second}`,
    ])
    expect(await of(ada, `subject=${cleo.id}&types=customer.*,session.*`)).toEqual([
      `customer.registered ${cleo.id}`,
      `session.started ${cleo.id}`,
    ])
    const none = await read(ada, 'types=ticket.merged')
    expect(none).toMatchObject({ events: [], end_of_feed: true })
    expect((await read(ada, after(none))).events).toEqual([])
  })

  test.each([
    ['types=ticket.hiden', 'types must be a type of event such as ticket.assigned'],
    ['types=', 'types must be a type of event'],
    ['limit=101', 'limit must be at most 100'],
    ['limit=0', 'limit must be at least 1'],
    ['wait=26', 'wait must be at most 25'],
    ['cursor=x', 'cursor is not known here'],
    [`after=${'a'.repeat(501)}`, 'after must have at most 500 characters'],
  ])('%s is refused', async (query, sentence) => {
    const { cleo } = await world()
    const { body } = await expectRefusal(cleo.get(`/events?${query}`), 400, 'validation_failed')
    expect(body.detail).toContain(sentence)
  })
})

let shared: Promise<World> | undefined
/** A world that several tests use, which change nothing in it. */
const world = (): Promise<World> => {
  shared ??= createWorld(desk)
  return shared
}

describe('places', () => {
  test('a place of somebody else, a number from a customer, and any other text are refused', async () => {
    const { ada, tess, cleo, carl } = await world()
    const other = await createWorld(desk)
    const [ofCleo, ofTess, ofAda] = [await latest(cleo), await latest(tess), await latest(ada)]
    const { next, epoch } = ofCleo
    const sealed = next.slice(epoch.length + 1)
    const hostile: [Person, string[]][] = [
      [carl, [next, ofTess.next, ofAda.next, `${epoch}:0`]],
      [
        cleo,
        [ofAda.next, `${epoch}:1`, `zzzzzzzzzzzz:${sealed}`, `${epoch}:${sealed.slice(0, -4)}`, sealed, '', 'LATEST'],
      ],
      [
        cleo,
        [`${epoch}:`, `${epoch}:.`, `${epoch}:${sealed}%00`, '\u0000', '\ud800', `${epoch}:${sealed.replace('.', '')}`],
      ],
      [
        ada,
        [next, `${epoch}:-1`, `${epoch}:01`, `${epoch}:1e3`, `${epoch}:999999999999999`, `${epoch}:9999999999999999`],
      ],
      [ada, [`${epoch.toUpperCase()}:1`, `${epoch}:1 or 1=1`, '1', ':1', `${epoch}:1:1`]],
      [other.cleo, [next]],
      [other.ada, [next]],
    ]
    for (const [person, texts] of hostile) {
      for (const text of texts) {
        const { status, body } = await person.get(`/events?after=${encodeURIComponent(text.toWellFormed())}`)
        expect([text, status, body.code], text).toEqual([text, 400, 'invalid_cursor'])
      }
    }
    expectStatus(await cleo.get(`/events?after=${next}`), 200)
  })
})

test('who loses a ticket is told its id, whose own view changed is told so, and an admin goes on with a sealed place', async () => {
  const { ada, tess, tom, cleo, signIn } = await createWorld(desk)
  const id = await createTicket(cleo)
  await assignTicket(ada, id, tess)
  const start = await latest(tess)
  await assignTicket(ada, id, tom)
  bodyOf(await ada.put(`/technicians/${tess.id}`, { category: 'Telephones' }))
  await desk.settled()
  const [hidden, scope, ...more] = await follow(tess, after(start))
  expect(hidden).toMatchObject({
    type: 'ticket.hidden',
    schema: 1,
    subject_id: id,
    actor: null,
    changes: {},
    details: { ticket_id: id },
  })
  expect(scope).toMatchObject({ type: 'scope.changed', subject_id: tess.id, actor: null, details: {} })
  expect(more).toEqual([])
  expect(facts(await follow(tess, after(start), '&types=scope.*'))).toEqual([`scope.changed ${tess.id}`])
  bodyOf(await ada.patch(`/people/${tess.id}`, { role: 'admin', current_password: ada.password }))
  const promoted = await signIn(tess.email, tess.password)
  await desk.settled()
  const seen = await follow(promoted, after(start))
  expect(facts(seen)).toContain(`ticket.assigned ${id}`)
  expect(seen.every(({ position }) => position !== null)).toBe(true)
})

describe('a call that waits', () => {
  /** What became of a call so far. */
  const call = (person: Api, query: string) => {
    const waiting = { isDone: false, reply: person.get(`/events?${query}`) }
    void waiting.reply.finally(() => {
      waiting.isDone = true
    })
    return waiting
  }
  const untilHeard = async (person: Person, { tenantId }: World, count = 1): Promise<void> => {
    await until(`${count} calls of ${person.id} wait`, () => callsWaiting(desk.app, tenantId, person.id) === count)
  }

  test('is woken by what its reader sees, by nothing else, and holds no connection meanwhile', async () => {
    const here = await createWorld(desk)
    const { ada, cleo, carl, tess } = here
    const start = await latest(cleo)
    const waiting = call(cleo, after(start, '&wait=25'))
    const filtered = call(ada, 'after=latest&types=comment.added&wait=25')
    await untilHeard(cleo, here)
    await untilHeard(ada, here)
    const id = await createTicket(carl)
    bodyOf(await comment(ada, id, 'They never look.', 'internal'))
    const woken = bodyOf(await filtered.reply)
    expect(facts(woken.events)).toEqual([`comment.added ${id}`])
    await desk.settled()
    const { pool, turns } = desk.app
    await until('nobody works with the database', () => pool.idleCount === pool.totalCount)
    expect([...turns.queues.keys()]).toEqual([])
    expect(waiting.isDone).toBe(false)
    const own = await createTicket(cleo)
    await assignTicket(ada, own, tess)
    const { events, next, end_of_feed } = bodyOf(await waiting.reply)
    expect(facts(events)[0]).toBe(`ticket.created ${own}`)
    expect(end_of_feed).toBe(true)
    await desk.settled()
    const rest = events.length === 1 ? await follow(cleo, `after=${next}`) : []
    expect(facts([...events, ...rest])).toEqual([`ticket.created ${own}`, `ticket.assigned ${own}`])
  })

  test('answers at once when there is something, and empty when the program stops', async () => {
    const { ada, cleo } = await world()
    expect((await read(ada, 'wait=25')).events.length).toBeGreaterThan(0)
    const waiting = call(cleo, 'wait=25')
    await untilHeard(cleo, await world())
    desk.app.stopping = () => true
    expect(bodyOf(await waiting.reply)).toMatchObject({ events: [], end_of_feed: true })
    desk.app.stopping = () => false
  })

  test('ends when its time is over, and when its caller signs out, is deactivated, or loses the token or the right', async () => {
    const here = await createWorld(desk)
    const { ada, cleo, carl, tess, signIn } = here
    const tokenOf = async (person: Person) => {
      const expires_at = new Date(Date.now() + 86_400_000).toISOString()
      const made = bodyOf(await person.post('/api-tokens', { name: 'Copy', scopes: ['event:read'], expires_at }))
      return { ...made, api: createApi(desk.url, { Authorization: `Bearer ${made.token}` }) }
    }
    const { api, token_id } = await tokenOf(cleo)
    const again = await signIn(carl.email, carl.password)
    const calls = [call(api, 'wait=25'), call(carl, 'wait=25'), call(tess, 'wait=25')]
    const stays = call(again, 'wait=25')
    const short = call(ada, 'after=latest&types=ticket.merged&wait=1')
    await untilHeard(cleo, here)
    await untilHeard(carl, here, 2)
    await untilHeard(tess, here)
    bodyOf(await cleo.delete(`/api-tokens/${token_id}`))
    bodyOf(await carl.post('/auth/logout'))
    bodyOf(await ada.delete(`/technicians/${tess.id}`))
    aheadMs += 4_000
    for (const { reply } of calls) await expectRefusal(reply, 401, 'invalid_token')
    expect(stays.isDone).toBe(false)
    bodyOf(await again.post('/tickets', { issue_category: 'Network', issue_description: 'No network' }))
    expect(bodyOf(await stays.reply).events).toHaveLength(1)
    expect(bodyOf(await short.reply)).toMatchObject({ events: [], end_of_feed: true })
  })

  test('only five of an account wait at once, and a client that goes leaves its place', async () => {
    const here = await world()
    const { cleo } = here
    const leave = new AbortController()
    const request = fetch(`${desk.url}/api/events?wait=25`, { headers: cleo.headers, signal: leave.signal })
    const calls = [1, 2, 3, 4].map(() => call(cleo, 'wait=25'))
    await untilHeard(cleo, here, 5)
    const { headers } = await expectRefusal(cleo.get('/events?wait=1'), 429, 'too_many_at_once')
    expect(headers.get('retry-after')).toBe('2')
    expect(expectStatus(await cleo.get('/events'), 200).body.end_of_feed).toBe(true)
    leave.abort()
    await expect(request).rejects.toThrow()
    await untilHeard(cleo, here, 4)
    desk.app.stopping = () => true
    for (const { reply } of calls) bodyOf(await reply)
    desk.app.stopping = () => false
    await untilHeard(cleo, here, 0)
  })
})

test('after a restore who has read no further than the fork goes on, and all others are told where it is', async () => {
  const here = await createWorld(desk)
  const { ada, cleo, tenantId } = here
  await createTicket(cleo)
  const [ofAda, ofCleo] = [await latest(ada), await latest(cleo)]
  const position = Number(ofAda.next.split(':')[1])
  const reader = { tenantId, accountId: cleo.id, role: 'customer' as const, seesAll: false }
  const sealed = (at: number, epoch = ofAda.epoch): string =>
    writeCursor(desk.app.secrets, reader, { epoch, position: at })
  const waiting = ada.get(`/events?after=${ofAda.next}&wait=25`)
  const epoch = await beginRestoredEpoch(desk.app.pool)
  await createTicket(cleo)
  expect(bodyOf(await waiting)).toMatchObject({ epoch, events: [{ id: `${epoch}:${position + 1}` }] })
  await desk.settled()
  for (const [person, page] of [
    [ada, ofAda],
    [cleo, ofCleo],
  ] as const) {
    expect(facts((await read(person, after(page))).events)).toEqual(['ticket.created TKT0002'])
  }
  const forks: [Person, string][] = [
    [ada, `${ofAda.epoch}:${position + 1}`],
    [cleo, sealed(position + 1)],
  ]
  for (const [person, place] of forks) {
    const { body } = await expectRefusal(person.get(`/events?after=${place}`), 410, 'log_forked')
    expect(body.epoch).toBe(epoch)
    expect(facts(await follow(person, `after=${body.fork}`))).toEqual(['ticket.created TKT0002'])
  }
  for (const [person, place] of [
    [ada, 'abcdefghijkl:1'],
    [cleo, sealed(1, 'abcdefghijkl')],
  ] as const) {
    const { body } = await expectRefusal(person.get(`/events?after=${place}`), 410, 'log_forked')
    expect(body).toMatchObject({ fork: null, epoch })
  }
})

test('programs need the scope, and get what their account gets', async () => {
  const { ada, cleo, carl } = await createWorld(desk)
  const start = { ada: await latest(ada), cleo: await latest(cleo) }
  const expires_at = new Date(Date.now() + 86_400_000).toISOString()
  const program = async (person: Person, path: string, scopes: string[]): Promise<Api> => {
    const { token } = bodyOf(await person.post(path, { name: 'Copy', scopes, expires_at }))
    return createApi(desk.url, { Authorization: `Bearer ${token}` })
  }
  const service = bodyOf(
    await ada.post('/service-accounts', { name: 'Copier', role: 'technician', category: 'Network' }),
  )
  const path = `/service-accounts/${service.account_id}/api-tokens`
  const [ofAda, ofCleo, ofService, blind] = [
    await program(ada, '/api-tokens', ['event:read']),
    await program(cleo, '/api-tokens', ['event:read']),
    await program(ada, path, ['event:read']),
    await program(ada, path, ['ticket:read']),
  ]
  const { next } = await latest(ofService)
  const ids = [await createTicket(cleo), await createTicket(carl)]
  await desk.settled()
  const created = ids.map((id) => `ticket.created ${id}`)
  expect(facts(await follow(ofAda, after(start.ada), '&types=ticket.created'))).toEqual(created)
  expect(facts(await follow(ofCleo, after(start.cleo)))).toEqual(created.slice(0, 1))
  expect(facts(await follow(ofService, `after=${next}`))).toEqual(created)
  const refused = await expectRefusal(blind.get('/events'), 403, 'insufficient_scope')
  expect(refused.headers.get('www-authenticate')).toContain('scope="event:read"')
})

test('the tickets of events count for the quota of tickets read', async () => {
  const { tess, cleo } = await createWorld(desk)
  await createTickets(cleo, 8)
  await desk.settled()
  expect((await read(tess, 'limit=5')).events).toHaveLength(5)
  expect((await read(tess, 'limit=5')).events).toHaveLength(5)
  await expectRefusal(tess.get('/events'), 429, 'quota_exceeded')
})

test('a page looks at 2,000 events of the tenant at most, and says that more follows', async () => {
  const { ada, cleo, carl, tenantId } = await createWorld(desk)
  await desk.settled()
  await createTicket(carl)
  await desk.owner.query(
    `insert into events (tenant_id, type, subject_id, actor_id, actor_role)
     select $1, 'ticket.tagged', 'TKT0001', 'ada', 'admin' from generate_series(1, 2100)`,
    [tenantId],
  )
  await createTicket(cleo)
  await desk.settled()
  const empty = await read(cleo)
  expect(empty).toMatchObject({ events: [], end_of_feed: false })
  expect(await read(cleo, `${after(empty)}&wait=25`)).toMatchObject({
    events: [{ subject_id: 'TKT0002' }],
    end_of_feed: true,
  })
  const all = await read(ada, 'types=ticket.tagged&limit=100')
  expect(all.events).toHaveLength(100)
  expect(all.next).toBe(all.events.at(-1)?.id)
})
