import { connect, type Socket } from 'node:net'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { App } from '../../../platform/app-context.ts'
import { exec } from '../../../platform/db/sql.ts'
import { beginRestoredEpoch } from '../../../platform/events/log-epoch.ts'
import { unsentAtMost } from '../../../platform/live/event-stream.ts'
import type { Passing, PassingEvent } from '../../../platform/live/passing.ts'
import { notifySignals } from '../../../platform/live/signals.ts'
import { createLog } from '../../../platform/log.ts'
import { comment, createTicket, createTickets } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { bodyOf, createApi, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { openStream, type StreamClient } from '../../../testing/support/stream-client.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { streamsAtMost, streamsOf } from './open-streams.ts'
import { upkeepMs } from './stream-upkeep.service.ts'

/** What the log of the program and its access log say. */
let said = ''
const say = (line: string): void => {
  said += line
}
const saying = {
  log: createLog('trace', { write: say }),
  accessLog: { write: say },
  settings: { LOG_LEVEL: 'trace' },
}

/** A program with a worker, and a second web program on the same database. */
let desk: Desk
let other: Desk
let world: World
beforeAll(async () => {
  // A clock of its own, which the other one does not have.
  desk = await startDesk({ ...saying, clock: { now: Date.now } })
  other = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
  world = await createWorld(desk)
})
afterAll(async () => {
  await other?.stop()
  await desk?.stop()
})

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
  // Streams of a test do not count in the next one.
  await until('no stream is open', async () => (await openStreams()) === 0)
})

const metric = async (program: Desk, name: string): Promise<number> =>
  (await program.app.metrics.registry.getSingleMetric(name)?.get())?.values.reduce(
    (sum, { value }) => sum + value,
    0,
  ) ?? 0
const openStreams = async (): Promise<number> =>
  (await metric(desk, 'counterdesk_open_streams')) + (await metric(other, 'counterdesk_open_streams'))
const open = async (person: Person, query = '', program = desk, headers = {}): Promise<StreamClient> => {
  const stream = await openStream(program, { ...person.headers, ...headers }, query)
  undo.push(stream.close)
  return stream
}
const passOf = async (person: Person): Promise<string> =>
  expectStatus(await person.post('/events/passes'), 201).body.pass
/** The events of the log: all others pass by. */
const placed = (stream: StreamClient) => stream.events().filter(({ id }) => id !== null)
/**
 * Takes the clock from the intervals of the streams that are opened from now on. `pass` runs those that are due within
 * so many milliseconds.
 */
const takeClock = (): { pass: (ms: number) => void } => {
  const intervals: { run: () => void; ms: number }[] = []
  const never = 2 ** 31 - 1
  const spy = vi.spyOn(globalThis, 'setInterval').mockImplementation(((run: () => void, ms: number) => {
    intervals.push({ run, ms })
    return setTimeout(() => {}, never).unref()
  }) as unknown as typeof setInterval)
  undo.push(() => spy.mockRestore())
  return {
    pass(most) {
      for (const { run, ms } of intervals) if (ms <= most) run()
    },
  }
}
/** For changes that need a version. */
const any = { headers: { 'If-Match': '*' } }
/** What refuses a stream: its status, and the code. */
const refusalOf = async (stream: StreamClient): Promise<[number, string]> => {
  await stream.untilClosed()
  return [stream.status, JSON.parse(stream.text()).code]
}

describe('a stream', () => {
  test('pushes to an EventSource what the feed gives, in every process, to those who see it and to nobody else', async () => {
    const { cleo, carl, ada } = world
    const source = new EventSource(`${other.url}/api/events/stream?pass=${await passOf(cleo)}`)
    undo.push(() => source.close())
    const got: MessageEvent[] = []
    source.addEventListener('ticket.created', (event) => got.push(event as MessageEvent))
    await until('the source is open', () => source.readyState === source.OPEN)
    const streams = [await open(carl), await open(ada), await open(carl, '', other)]
    const [carls, adas, carlsOther] = streams as [StreamClient, StreamClient, StreamClient]
    const id = await createTicket(cleo)
    await until('the event has come', () => got.length === 1)
    const [event] = got
    const pushed = JSON.parse(event?.data)
    const { events } = bodyOf(await cleo.get('/events'))
    const listed = events.find((one: { subject_id: string }) => one.subject_id === id)
    expect(pushed).toEqual({ ...listed, id: pushed.id })
    expect(event?.lastEventId).toBe(pushed.id)
    await adas.untilEvent('ticket.created')
    const own = await createTicket(carl)
    for (const stream of [carls, carlsOther]) {
      await stream.untilEvent('ticket.created')
      expect(placed(stream).map(({ data }) => data.subject_id)).toEqual([own])
      expect(stream.text()).not.toContain(id)
    }
    // While streams are open and nothing happens they hold no connection and no turn.
    await until('nothing is read', () => {
      const { pool, turns } = other.app
      return pool.totalCount === pool.idleCount && turns.queues.size === 0
    })
  })

  test('is sent as it comes through proxies, is kept nowhere, and is not compressed', async () => {
    const stream = await open(world.cleo, '', desk, { 'Accept-Encoding': 'gzip, br' })
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    expect(stream.headers.get('content-encoding')).toBeNull()
    await until('the beginning has come', () => stream.lastId() !== null)
    expect(stream.text()).toMatch(/^retry: [1-5]\d{3}\n\n:\nid: \S+\n\n$/)
    const head = await fetch(`${desk.url}/api/events/stream`, { method: 'HEAD', headers: world.cleo.headers })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('catches up and then joins without a gap or a double, while things happen', async () => {
    const { ada, cleo } = world
    await createTickets(cleo, 60)
    await desk.settled()
    const first = await open(ada, '?after=')
    expect(first.status).toBe(400)
    const { next } = bodyOf(await ada.get('/events?after=latest'))
    const [epoch, head] = next.split(':')
    const writing = createTickets(cleo, 20)
    const whole = await open(ada, `?after=${epoch}:0`, other)
    const resumed = await open(ada, '?after=latest', desk, { 'Last-Event-ID': `${epoch}:${Number(head) - 10}` })
    await writing
    await desk.settled()
    const end = Number(bodyOf(await ada.get('/events?after=latest')).next.split(':')[1])
    const positionsOf = (stream: StreamClient): number[] => placed(stream).map(({ data }) => data.position)
    for (const [stream, start] of [
      [whole, 1],
      [resumed, Number(head) - 9],
    ] as const) {
      await until('all has come', () => positionsOf(stream).at(-1) === end)
      expect(positionsOf(stream)).toEqual(Array.from({ length: end - start + 1 }, (_, n) => start + n))
    }
    expect(whole.text()).toContain(`id: ${epoch}:${end}\n`)
  })

  test('reads a new event once for all who are connected', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => world.customer()))
    const streams = await Promise.all(people.map((person) => open(person, '', other)))
    const adas = await open(world.ada, '', other)
    await createTicket(world.cleo)
    await adas.untilEvent('ticket.created')
    let reads = 0
    const count = (): void => {
      reads += 1
    }
    other.app.pool.on('acquire', count)
    undo.push(() => other.app.pool.off('acquire', count))
    await exec(desk.app.pool, notifySignals([{ tenantId: world.tenantId, kind: 'events', key: '' }]))
    await createTicket(world.cleo)
    await adas.untilEvent('ticket.created', 2)
    expect(reads).toBeLessThan(streams.length)
  })

  test('joins without a look for those who are connected already', async () => {
    const people = await Promise.all(Array.from({ length: 3 }, () => world.customer()))
    const streams = await Promise.all(people.map((person) => open(person, '', other)))
    const live = (): number => [...streamsOf(other.app).open].filter(({ isLive }) => isLive).length
    await until('all get what comes', () => live() === streams.length)
    await desk.settled()
    const looks: string[][] = []
    const { query } = Client.prototype
    undo.push(() => Object.assign(Client.prototype, { query }))
    Client.prototype.query = function (this: Client, ...args: unknown[]) {
      const [{ text = '', values = [] } = {}] = args as [{ text?: string; values?: unknown[] }]
      if (text.includes('looked as materialized')) looks.push(values[0] as string[])
      return Reflect.apply(query, this, args)
    } as typeof query
    const { next } = bodyOf(await world.carl.get('/events?after=latest'))
    const joining: StreamClient[] = []
    for (const query of ['', `?after=${encodeURIComponent(next)}`, '', '']) {
      for (const person of query === '' ? [world.carl, world.tess] : [world.carl]) {
        joining.push(await open(person, query, other))
        await until('they get what comes', () => live() === streams.length + joining.length)
      }
    }
    const joined = new Set([world.carl.id, world.tess.id])
    // The look once a second may find what happened before.
    expect(looks.filter((ids) => ids.some((id) => !joined.has(id))).length).toBeLessThan(joining.length / 2)
    // From here on they get what the others get.
    const id = await createTicket(world.carl)
    for (const stream of joining) {
      const [event] = await stream.untilEvent('ticket.created')
      expect(event?.data.subject_id).toBe(id)
    }
  })

  test('gives of the log what its reader wants, as the feed does, and all that has no place', async () => {
    const { ada, cleo, tess, tenantId } = world
    const { next: start } = bodyOf(await ada.get('/events?after=latest'))
    const first = await createTicket(cleo)
    await desk.settled()
    const { next: middle } = bodyOf(await ada.get('/events?after=latest'))
    const make: Passing<App, PassingEvent> = async (_app, _tenant, _keys, accountIds) =>
      accountIds.map((account_id) => ({ account_id, type: 'weather.changed', data: {} }))
    desk.app.passing.weather = { can: 'event:read', make }
    undo.push(() => void delete desk.app.passing.weather)
    const filters = [
      '',
      'types=comment.*',
      `subject=${first}`,
      `types=ticket.created&subject=${first}`,
      'types=ticket.*',
    ]
    const before = await Promise.all(filters.map((filter) => open(ada, `?after=${start}&${filter}`)))
    const later = await Promise.all(filters.slice(0, 4).map((filter) => open(tess, `?${filter}`)))
    const second = await createTicket(cleo)
    for (const id of [first, second]) await comment(cleo, id, 'Still down.')
    await desk.settled()
    await exec(desk.app.pool, notifySignals([{ tenantId, kind: 'weather', key: '' }]))
    const wanted = async (person: Person, after: string, filter: string) =>
      bodyOf(await person.get(`/events?after=${after}&${filter}`)).events.map(told)
    const told = (event: { type: string; subject_id: string }) => [event.type, event.subject_id]
    for (const [n, stream] of before.entries()) {
      const all = await wanted(ada, start, filters[n] ?? '')
      await until(`all has come of ${filters[n]}`, () => placed(stream).length >= all.length)
      expect(placed(stream).map(({ data }) => told(data))).toEqual(all)
      await stream.untilEvent('weather.changed')
    }
    for (const [n, stream] of later.entries()) {
      const all = (await wanted(ada, middle, filters[n] ?? '')).filter(
        ([type]: [string]) => !type.startsWith('session'),
      )
      await until(`all has come of ${filters[n]}`, () => placed(stream).length >= all.length)
      expect(placed(stream).map(({ data }) => told(data))).toEqual(all)
      await stream.untilEvent('weather.changed')
    }
  })

  test('tells what passes to its account, without an id and never again', async () => {
    const { cleo, carl, tenantId } = world
    const asked: string[][] = []
    const make: Passing<App, PassingEvent> = async (_app, _tenant, keys, accountIds) => {
      asked.push(accountIds)
      return [{ account_id: cleo.id, type: 'weather.changed', data: { keys } }]
    }
    desk.app.passing.weather = { can: 'event:read', make }
    undo.push(() => void delete desk.app.passing.weather)
    const [cleos, carls] = [await open(cleo), await open(carl)]
    await exec(desk.app.pool, notifySignals(['rain', 'sun'].map((key) => ({ tenantId, kind: 'weather', key }))))
    const weather = () => cleos.events().filter(({ type }) => type === 'weather.changed')
    const keysOf = (): string[] => weather().flatMap(({ data }) => data.keys)
    await until('both have come', () => keysOf().length >= 2)
    expect(keysOf()).toEqual(['rain', 'sun'])
    expect(weather().map(({ id }) => id)).toEqual(asked.map(() => null))
    for (const accountIds of asked) expect(accountIds.toSorted()).toEqual([cleo.id, carl.id].sort())
    const again = await open(cleo, '', desk, { 'Last-Event-ID': cleos.lastId() ?? '' })
    await createTicket(cleo)
    await again.untilEvent('ticket.created')
    expect(again.text() + carls.text()).not.toContain('weather')
  })

  test('is told that it missed something when too much passes at once, or what passes cannot be read', async () => {
    const { cleo, tenantId } = world
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    desk.app.passing.flood = { can: 'event:read', make: () => gate.then(() => []) }
    desk.app.passing.broken = { can: 'event:read', make: () => Promise.reject(new Error('no such row as secret-row')) }
    undo.push(() => {
      release()
      delete desk.app.passing.flood
      delete desk.app.passing.broken
    })
    const stream = await open(cleo)
    await until('it follows', () => [...streamsOf(desk.app).open].every(({ isLive }) => isLive))
    // A thousand at most are read when the rest comes, of which ten thousand may wait.
    const keys = Array.from({ length: 11_001 }, (_, n) => String(n))
    await exec(desk.app.pool, notifySignals(keys.map((key) => ({ tenantId, kind: 'flood', key }))))
    const [first] = await stream.untilEvent('stream.resync')
    expect(first).toEqual({ id: null, type: 'stream.resync', data: {} })
    release()
    const resyncs = (): number => stream.events().filter(({ type }) => type === 'stream.resync').length
    const before = resyncs()
    await exec(desk.app.pool, notifySignals([{ tenantId, kind: 'broken', key: '' }]))
    await stream.untilEvent('stream.resync', before + 1)
    expect(stream.text()).not.toContain('secret-row')
    expect(stream.isClosed()).toBe(false)
  })

  test('ends without a word about it when what was missed cannot be read', async () => {
    const [epoch] = bodyOf(await world.ada.get('/events?after=latest')).next.split(':')
    undo.push(() => desk.owner.query('alter table if exists hidden_accounts rename to service_accounts'))
    await desk.owner.query('alter table service_accounts rename to hidden_accounts')
    const whole = await open(world.ada, `?after=${epoch}:0`)
    await whole.untilClosed()
    expect(whole.text()).toMatch(/^retry: [1-5]\d{3}\n\n:\nid: \S+\n\nretry: [1-5]\d{3}\n\n$/)
    expect(said).toContain('a stream was ended')
  })

  test('gets a sign of life, with its place written anew', async () => {
    const before = upkeepMs.beat
    undo.push(() => (upkeepMs.beat = before))
    upkeepMs.beat = 20
    const stream = await open(world.cleo)
    await until('it lives', () => stream.text().split('\n:\n').length > 3)
    const ids = [...stream.text().matchAll(/^:\nid: (\S+)$/gm)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    // The server closes a connection on which nothing came for 30 seconds, nginx one after 60.
    expect(before).toBeLessThanOrEqual(15_000)
  })

  test('goes on after the fork when the log was restored', async () => {
    const { ada, cleo } = world
    await desk.settled()
    const { next } = bodyOf(await ada.get('/events?after=latest'))
    const [epoch, head] = next.split(':')
    const living = await open(ada)
    await until('it has begun', () => living.lastId() === next)
    const known = new Set(streamsOf(desk.app).open)
    const ahead = await open(ada)
    const [itself] = [...streamsOf(desk.app).open].filter((stream) => !known.has(stream))
    await until('it follows', () => itself?.isLive === true)
    // As if it had read what the restored log does not have.
    if (itself) itself.place = { ...itself.place, position: Number(head) + 3 }
    const began = await beginRestoredEpoch(desk.owner)
    const lost = await open(ada, '', desk, { 'Last-Event-ID': `${epoch}:${Number(head) + 3}` })
    const [event] = await lost.untilEvent('log.forked')
    expect(event).toEqual({
      id: `${began}:${head}`,
      type: 'log.forked',
      data: { fork: `${began}:${head}`, epoch: began },
    })
    const unknown = await open(ada, '?after=zzzzzzzzzzzz:3')
    expect((await unknown.untilEvent('log.forked'))[0]?.data).toEqual({ fork: null, epoch: began })
    const id = await createTicket(cleo)
    expect((await ahead.untilEvent('log.forked'))[0]?.data).toEqual({ fork: `${began}:${head}`, epoch: began })
    for (const stream of [living, lost, unknown, ahead]) {
      const [created] = await stream.untilEvent('ticket.created')
      expect([created?.id, created?.data.subject_id]).toEqual([`${began}:${Number(head) + 1}`, id])
    }
  })
})

describe('a stream is closed soon', () => {
  test('when its reader signs out, is deactivated, or loses the session, the token, its scope, or their role', async () => {
    const { ada, tess } = world
    const token = async (who: Person): Promise<Person> => {
      const body = { name: 'Follower', scopes: ['event:read'] }
      const made = expectStatus(await who.post('/api-tokens', body), 201).body
      const headers = { Authorization: `Bearer ${made.token}` }
      return { ...who, ...createApi(desk.url, headers), headers, id: made.token_id }
    }
    const service = bodyOf(
      await ada.post('/service-accounts', { name: 'Screen', role: 'technician', category: 'Network' }),
    )
    const ofService = bodyOf(
      await ada.post(`/service-accounts/${service.account_id}/api-tokens`, { name: 'Screen', scopes: ['event:read'] }),
    )
    const change = (column: string, value: string) => async (one: Person) => {
      const { rowCount } = await desk.owner.query(`update api_tokens set ${column} = ${value} where token_id = $1`, [
        one.id,
      ])
      expect(rowCount).toBe(1)
    }
    const people = await Promise.all(Array.from({ length: 4 }, () => world.customer()))
    const [leaver, deactivated, elsewhere, forgetful] = people as [Person, Person, Person, Person]
    const second = await world.signIn(elsewhere.email, password)
    const rising = await world.technician('Rita', 'Network')
    const cases: [string, Person, (one: Person) => Promise<unknown>][] = [
      ['signs out', leaver, async (one) => expectStatus(await one.post('/auth/logout'), 204)],
      ['is deactivated', deactivated, async (one) => expectSuccess(await ada.delete(`/people/${one.id}`))],
      ['ends it from elsewhere', elsewhere, async () => expectSuccess(await second.delete('/me/sessions/others'))],
      [
        'changes the password elsewhere',
        await world.signIn(forgetful.email, password),
        async () => {
          const body = { current_password: password, password: 'another-horse-8' }
          expectSuccess(await forgetful.post('/auth/password/change', body))
        },
      ],
      [
        'gets another role',
        rising,
        async (one) => bodyOf(await ada.patch(`/people/${one.id}`, { role: 'admin', current_password: password }, any)),
      ],
      [
        'revokes the token',
        await token(tess),
        async (one) => expectStatus(await tess.delete(`/api-tokens/${one.id}`), 204),
      ],
      ['has a token that expires', await token(tess), change('expires_at', 'now()')],
      ['has a token that loses the scope', await token(world.tom), change('scopes', "'{ticket:read}'")],
      [
        'is a service that is deactivated',
        { ...tess, headers: { Authorization: `Bearer ${ofService.token}` }, id: service.account_id },
        async (one) => expectSuccess(await ada.delete(`/service-accounts/${one.id}`)),
      ],
    ]
    const { pass } = takeClock()
    const staying = [await open(ada), await open(tess, '', other), await open(second)]
    const streams = await Promise.all(cases.map(([, person]) => open(person)))
    const byPass = await Promise.all(
      [leaver, deactivated].map(async (one) => openStream(other, {}, `?pass=${await passOf(one)}`)),
    )
    for (const [, person, end] of cases) await end(person)
    // Whoever is looked at just before their end is looked at once more within the five seconds.
    const soon = 2_400
    pass(soon)
    await Promise.all(
      [...streams, ...byPass].map((stream, n) =>
        until(`the stream is closed of who ${cases[n]?.[0]}`, stream.isClosed),
      ),
    )
    expect(staying.map((stream) => stream.isClosed())).toEqual([false, false, false])
    // They are told to come back, and then learn what is wrong.
    for (const stream of streams) expect(stream.text()).toMatch(/\nretry: [1-5]\d{3}\n\n$/)
    expect(await refusalOf(await open(leaver))).toEqual([401, 'invalid_token'])
    // Staff who need a second factor now, and have none, may do nothing else either.
    const demand = `update tenants set settings = settings || jsonb_build_object('second_factor_required', $2::boolean)
      where tenant_id = $1`
    undo.push(() => desk.owner.query(demand, [world.tenantId, false]))
    await desk.owner.query(demand, [world.tenantId, true])
    await until('those of the staff are closed', () => {
      pass(soon)
      return staying.slice(0, 2).every((stream) => stream.isClosed())
    })
    expect(staying[2]?.isClosed()).toBe(false)
    // No stream says what only the audit may: by which session somebody acts.
    const sessions = await desk.owner.query('select s.session_id from sessions s')
    const text = [...staying, ...streams].map((stream) => stream.text()).join()
    expect(sessions.rows.filter(({ session_id: id }) => text.includes(id))).toEqual([])
  })

  test('when its access token expires, and not when a pass does, whose session decides', async () => {
    const { cleo } = world
    const byPass = await openStream(desk, {}, `?pass=${await passOf(cleo)}`)
    undo.push(byPass.close)
    const byToken = await open(cleo)
    const { now } = desk.app.clock
    undo.push(() => Object.assign(desk.app.clock, { now }))
    const later = desk.app.config.ACCESS_TOKEN_HOURS * 3_600_000
    Object.assign(desk.app.clock, { now: () => now() + later })
    await until('the stream is closed', byToken.isClosed)
    expect(byPass.isClosed()).toBe(false)
    expect(await refusalOf(await open(cleo))).toEqual([401, 'invalid_token'])
  })

  test('when the server stops: its reader is told to come back by and by', async () => {
    const third = await startDesk({ databaseUrl: desk.databaseUrl, withWorker: false })
    const streams = await Promise.all([openStream(third, world.ada.headers), openStream(third, world.cleo.headers)])
    await third.stop()
    for (const stream of streams) {
      await stream.untilClosed()
      expect(stream.text()).toMatch(/\nretry: [1-5]\d{3}\n\n$/)
    }
  })
})

describe('a reader who does not read', () => {
  /** A connection that asks for a stream and reads its beginning only. */
  const openUnread = async (person: Person): Promise<Socket> => {
    const socket = connect(Number(new URL(desk.url).port), '127.0.0.1')
    undo.push(() => socket.destroy())
    socket.on('error', () => {})
    const { Authorization } = person.headers
    socket.write(`GET /api/events/stream HTTP/1.1\r\nHost: desk\r\nAuthorization: ${Authorization}\r\n\r\n`)
    await new Promise((resolve) => socket.once('data', resolve))
    return socket.pause()
  }

  test('is cut before 256 kB wait for them, and all others get everything', async () => {
    const { cleo, carl, tenantId } = world
    const size = 100_000
    let sent = 0
    let most = 0
    const make: Passing<App, PassingEvent> = async (_app, _tenant, keys, accountIds) => {
      sent += 1
      for (const { writer } of streamsOf(desk.app).open) most = Math.max(most, writer.unsent())
      return accountIds.map((account_id) => ({ account_id, type: 'bulk', data: keys.join().padEnd(size, '.') }))
    }
    desk.app.passing.bulk = { can: 'event:read', make }
    undo.push(() => void delete desk.app.passing.bulk)
    const healthy = await open(carl)
    const socket = await openUnread(cleo)
    const before = await metric(desk, 'counterdesk_cut_streams_total')
    await until('the reader is cut', async () => {
      await exec(desk.app.pool, notifySignals([{ tenantId, kind: 'bulk', key: String(sent) }]))
      return (await metric(desk, 'counterdesk_cut_streams_total')) > before
    })
    expect(most).toBeGreaterThan(size)
    expect(most).toBeLessThanOrEqual(unsentAtMost)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.resume()
    await closed
    await until('the other has everything', () => healthy.events().length >= sent)
    expect(healthy.isClosed()).toBe(false)
  })

  test('is cut at the third sign of life that finds nothing taken since the first', async () => {
    const { cleo, carl, tenantId } = world
    let sent = 0
    const make: Passing<App, PassingEvent> = async (_app, _tenant, _keys, accountIds) => {
      sent += 1
      return accountIds.map((account_id) => ({ account_id, type: 'drops', data: '.'.repeat(60_000) }))
    }
    desk.app.passing.drops = { can: 'event:read', make }
    undo.push(() => void delete desk.app.passing.drops)
    const { pass } = takeClock()
    const healthy = await open(carl)
    await openUnread(cleo)
    const [stream] = [...streamsOf(desk.app).open].filter(({ reader }) => reader.accountId === cleo.id)
    await until('something waits for the reader', async () => {
      const before = sent
      await exec(desk.app.pool, notifySignals([{ tenantId, kind: 'drops', key: String(before) }]))
      await until('it was sent', () => sent > before)
      return (stream?.writer.unsent() ?? 0) > 0
    })
    await until('the other has everything', () => healthy.events().length >= sent)
    await until('the reader is cut', () => {
      pass(upkeepMs.beat)
      return stream?.writer.isOver() === true
    })
    const { values = [] } =
      (await desk.app.metrics.registry.getSingleMetric('counterdesk_cut_streams_total')?.get()) ?? {}
    expect(values.filter(({ labels }) => labels.reason === 'stalled').map(({ value }) => value)).toEqual([1])
    expect(healthy.isClosed()).toBe(false)
  })

  test.each([
    ['too_much_unsent', 60_000],
    ['stalled', 100],
  ])('but takes a byte now and then is cut as well, with less than 256 kB waiting: %s', async (reason, beat) => {
    const { cleo, carl, tenantId } = world
    const size = 120_000
    const usual = upkeepMs.beat
    undo.push(() => Object.assign(upkeepMs, { beat: usual }))
    upkeepMs.beat = beat
    const make: Passing<App, PassingEvent> = async (_app, _tenant, keys) => [
      { account_id: cleo.id, type: 'bulk', data: keys.join().padEnd(size, '.') },
    ]
    desk.app.passing.bulk = { can: 'event:read', make }
    undo.push(() => void delete desk.app.passing.bulk)
    const socket = await openUnread(cleo)
    const [slow] = streamsOf(desk.app).open
    const healthy = await open(carl)
    let most = 0
    let taken = 0
    const takeByte = (): void => {
      taken += socket.read(1)?.length ?? 0
      most = Math.max(most, slow?.writer.unsent() ?? 0)
    }
    const cuts = async (): Promise<number> => {
      const found = await desk.app.metrics.registry.getSingleMetric('counterdesk_cut_streams_total')?.get()
      return found?.values.find(({ labels }) => labels.reason === reason)?.value ?? 0
    }
    const before = await cuts()
    let sent = 0
    await until('the reader is cut', async () => {
      // Who is to stall gets no more than waits already.
      if (reason !== 'stalled' || slow?.writer.unsent() === 0) {
        sent += 1
        await exec(desk.app.pool, notifySignals([{ tenantId, kind: 'bulk', key: String(sent) }]))
      }
      takeByte()
      return (await cuts()) > before
    })
    expect(slow?.writer.isOver()).toBe(true)
    expect(taken).toBeGreaterThan(0)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(unsentAtMost)
    expect(healthy.isClosed()).toBe(false)
  })
})

describe('who opens a stream', () => {
  const passed = (pass: string, program = desk): Promise<StreamClient> => openStream(program, {}, `?pass=${pass}`)

  test('has five at once, by whatever they are opened, and a process 1,000', async () => {
    const { carl } = world
    const token = expectStatus(await carl.post('/api-tokens', { name: 'Follower', scopes: ['event:read'] }), 201).body
      .token
    const pass = await passOf(carl)
    const opened = [
      await open(carl),
      await open(await world.signIn(carl.email, password)),
      await openStream(desk, { Authorization: `Bearer ${token}` }),
      await passed(pass),
      await passed(pass),
    ]
    undo.push(() => opened.map((stream) => stream.close()))
    expect(opened.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(await refusalOf(await passed(pass))).toEqual([429, 'too_many_streams'])
    expect(await refusalOf(await open(carl))).toEqual([429, 'too_many_streams'])
    expect((await open(world.cleo)).status).toBe(200)
    opened[3]?.close()
    await until('there is room', async () => (await openStreams()) === 5)
    expect((await open(carl)).status).toBe(200)

    const { ofProcess } = streamsAtMost
    undo.push(() => Object.assign(streamsAtMost, { ofProcess }))
    streamsAtMost.ofProcess = 6
    const full = await open(await world.customer())
    expect(await refusalOf(full)).toEqual([503, 'unavailable'])
    expect(full.headers.get('retry-after')).not.toBeNull()
    expect(ofProcess).toBe(1_000)
  })

  test('with a pass: it opens streams and nothing else, for ten minutes, as long as its session lives', async () => {
    const person = await world.customer()
    const { pass, expires_in } = expectStatus(await person.post('/events/passes'), 201).body
    expect(expires_in).toBe(600)
    const first = await passed(pass, other)
    const again = await passed(pass)
    undo.push(first.close, again.close)
    expect([first.status, again.status]).toEqual([200, 200])
    // Nowhere else, and in no header.
    for (const path of ['/me', '/tickets', '/events']) {
      expect((await createApi(desk.url).get(`${path}?pass=${pass}`)).status).toBe(401)
      await expectRefusal(createApi(desk.url, { Authorization: `Bearer ${pass}` }).get(path), 401, 'invalid_token')
      expect((await createApi(desk.url, { Cookie: `counterdesk_session=${pass}` }).get(path)).status).toBe(401)
    }
    expect((await openStream(desk, { Authorization: `Bearer ${pass}` })).status).toBe(401)
    const [, tenant, kind, id, end] = pass.split('_')
    const mac = pass.slice(-43)
    const forged = [
      `cdp_${tenant}_${kind}_${id}_${Number(end) + 600}_${mac}`,
      `cdp_${Number(tenant) + 1}_${kind}_${id}_${end}_${mac}`,
      `cdp_${tenant}_t_${id}_${end}_${mac}`,
      `${pass}x`,
      `${pass.slice(0, -1)}${pass.endsWith('A') ? 'B' : 'A'}`,
      `${pass}&pass=${pass}`,
      '',
      'x'.repeat(5_000),
      person.token,
    ]
    const details = new Set<string>()
    for (const one of forged) {
      const refused = await passed(one)
      expect(await refusalOf(refused)).toEqual([401, 'invalid_token'])
      details.add(JSON.parse(refused.text()).detail)
    }
    // What to do, and nothing about which fault it was.
    expect([...details]).toEqual([expect.stringMatching(/ten minutes.*Make another/)])
    expectStatus(await person.post('/auth/logout'), 204)
    expect(await refusalOf(await passed(pass))).toEqual([401, 'invalid_token'])
    expect(said).toContain('/api/events/stream')
    expect(said).not.toContain(mac)
    const audited = await desk.owner.query('select from events e where e::text like $1', [`%${mac}%`])
    expect(audited.rowCount).toBe(0)
  })

  test('with a pass that is ten minutes old is refused', async () => {
    const pass = await passOf(world.cleo)
    const { now } = desk.app.clock
    undo.push(() => Object.assign(desk.app.clock, { now }))
    Object.assign(desk.app.clock, { now: () => now() + 601_000 })
    expect(await refusalOf(await passed(pass))).toEqual([401, 'invalid_token'])
  })

  test('with a token in the address is refused, with a sentence that says what to do', async () => {
    const { cleo } = world
    for (const name of ['token', 'access_token', 'Authorization']) {
      for (const headers of [{}, cleo.headers] as Record<string, string>[]) {
        const stream = await openStream(desk, headers, `?${name}=${cleo.token}`)
        expect(await refusalOf(stream)).toEqual([400, 'validation_failed'])
        expect(JSON.parse(stream.text()).detail).toMatch(/revoke it.*POST \/events\/passes/)
        expect(stream.text()).not.toContain(cleo.token)
      }
    }
    expect(said).not.toContain(cleo.token)
  })

  test('at a place that is none is refused', async () => {
    const { ada, cleo } = world
    const place = bodyOf(await ada.get('/events?after=latest')).next
    const hostile = [
      '0',
      '-1',
      `${place}0`,
      `${place.split(':')[0]}:1e3`,
      "' or 1=1 --",
      '\u00e9',
      'x'.repeat(8_000),
      '%00',
    ]
    for (const one of hostile) {
      expect(await refusalOf(await open(ada, '', desk, { 'Last-Event-ID': one })), one).toEqual([400, 'invalid_cursor'])
    }
    // Whoever does not see all cannot try positions out.
    expect(await refusalOf(await open(cleo, '', desk, { 'Last-Event-ID': place }))).toEqual([400, 'invalid_cursor'])
    expect(await refusalOf(await open(ada, '?types=ticket.creatd'))).toEqual([400, 'validation_failed'])
  })

  test('from another site by the cookie is refused, so nobody holds the streams of somebody else', async () => {
    const cookie = { Cookie: `__Host-counterdesk_session=${world.cleo.token}` }
    const from = (headers: Record<string, string>): Promise<StreamClient> => openStream(desk, { ...cookie, ...headers })
    for (const [name, value] of [
      ['Origin', 'https://evil.example'],
      ['Sec-Fetch-Site', 'cross-site'],
    ] as const) {
      expect(await refusalOf(await from({ [name]: value }))).toEqual([403, 'cross_site_request'])
    }
    const own = await from({ Origin: desk.app.config.PUBLIC_URL })
    undo.push(own.close)
    expect(own.status).toBe(200)
    expect(await refusalOf(await openStream(desk, {}))).toEqual([401, 'not_signed_in'])
    const scoped = bodyOf(await world.cleo.post('/api-tokens', { name: 'Reader', scopes: ['ticket:read'] }))
    const without = await openStream(desk, { Authorization: `Bearer ${scoped.token}` })
    expect(await refusalOf(without)).toEqual([403, 'insufficient_scope'])
  })
})
