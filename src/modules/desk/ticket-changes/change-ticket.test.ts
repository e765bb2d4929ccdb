import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../../contract/enums.ts'
import { createAssignedTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { verdict, versionIn } from '../../../testing/support/requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
/** A world for the tests that need only a ticket. */
let busy: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  busy = await createWorld(desk)
})
afterAll(() => desk?.stop())

const path = '/tickets/TKT0001'
const ifMatch = (version: string) => ({ headers: { 'If-Match': version } })
/** The path of a new ticket of Cleo's. With moves, Tess has it, and has moved it on. */
const createAt = async (world: World, [assigned, ...moves]: Status[]): Promise<string> =>
  `/tickets/${assigned === undefined ? await createTicket(world.cleo) : await createAssignedTicket(world, ...moves)}`

/** A world with such a ticket, at `path`. */
const withTicket = async (...moves: Status[]): Promise<World> => {
  const world = await createWorld(desk)
  expect(await createAt(world, moves)).toBe(path)
  return world
}

describe('versions', () => {
  test('PATCH must name the version that it changes, and changes only that version', async () => {
    const { ada } = await withTicket()
    expect(verdict(await ada.patch(path, { priority: 'high' }))).toEqual([428, 'version_required'])
    const first = await ada.patch(path, { priority: 'high' }, ifMatch('"1"'))
    expect([first.status, first.body.version, versionIn(first)]).toEqual([200, 2, 2])
    expect((await ada.patch(path, { priority: 'low' }, ifMatch('*'))).body.version).toBe(3)
    for (const tag of ['"1"', '"2"', '"4"', 'W/"2"', '2', '4-gzip', '"2-3"', '"0"']) {
      const stale = await ada.patch(path, { priority: 'urgent' }, ifMatch(tag))
      expect([...verdict(stale), stale.body.current_version, tag]).toEqual([412, 'stale_version', 3, tag])
      expect(stale.headers.get('etag')).toBe('"3"')
    }
    expect((await ada.get(path)).body).toMatchObject({ priority: 'low', version: 3 })
  })

  test('a stale change learns what changed since, by whom, and whether it is what it wanted to change', async () => {
    const { ada, tess } = await withTicket('assigned')
    await ada.put(path, { subject: 'Other words', priority: 'high' })
    await tess.put(path, { priority: 'urgent', status: 'in_progress' })
    const apart = await ada.patch(path, { issue_category: 'Printer' }, ifMatch('"2"'))
    expect(verdict(apart)).toEqual([412, 'stale_version'])
    expect(apart.body).toMatchObject({
      current_version: 4,
      overlaps: false,
      changed: [
        { field: 'priority', by: tess.id, version: 4 },
        { field: 'status', by: tess.id, version: 4 },
        { field: 'subject', by: 'ada', version: 3 },
      ],
    })
    const together = await ada.patch(path, { subject: 'Mine', issue_category: 'Printer' }, ifMatch('"2"'))
    expect(together.body.overlaps).toBe(true)
    const later = await ada.patch(path, { subject: 'Mine' }, ifMatch('"3"'))
    expect(later.body).toMatchObject({ overlaps: false, changed: [{ field: 'priority' }, { field: 'status' }] })
  })

  test('a customer who is late learns no sign-in name of an admin, no former customer, and nothing internal', async () => {
    const { ada, tess, cleo, carl } = await withTicket()
    await ada.put(path, { priority: 'high', subject: 'Other words' })
    const late = [
      () => cleo.patch(path, { subject: 'Mine' }, ifMatch('"1"')),
      () => cleo.post(`${path}/comments`, { body: 'Well?' }, ifMatch('"1"')),
    ]
    const byAda = [
      { field: 'priority', by: null, version: 2 },
      { field: 'subject', by: null, version: 2 },
    ]
    for (const send of late) {
      const stale = await send()
      expect([...verdict(stale), stale.body.changed]).toEqual([412, 'stale_version', byAda])
      expect(stale.text).not.toContain('"ada"')
    }
    await ada.put(path, { technician_id: tess.id })
    await tess.put(path, { status: 'in_progress' })
    const later = await cleo.post(`${path}/comments`, { body: 'Well?' }, ifMatch('"2"'))
    expect(later.body.changed).toContainEqual({ field: 'status', by: tess.id, version: 4 })
    expect(later.body.changed).toContainEqual({ field: 'technician_id', by: null, version: 3 })
    await ada.post(`${path}/move`, { customer_id: carl.id, confirm: true })
    const moved = await carl.post(`${path}/comments`, { body: 'Mine?' }, ifMatch('"1"'))
    expect([...verdict(moved), moved.body.changed]).toEqual([412, 'stale_version', []])
  })

  test('PUT may name the version, and then the version counts', async () => {
    const { ada } = await withTicket()
    expect((await ada.put(path, { priority: 'high' })).body.version).toBe(2)
    expect((await ada.put(path, { priority: 'low' }, ifMatch('"2"'))).body.version).toBe(3)
    expect(verdict(await ada.put(path, { priority: 'high' }, ifMatch('"2"')))).toEqual([412, 'stale_version'])
    // A request that would change nothing is stale, too.
    expect(verdict(await ada.put(path, { priority: 'low' }, ifMatch('"2"')))).toEqual([412, 'stale_version'])
  })

  test('a request that changes nothing makes no version and no event', async () => {
    const { ada } = await withTicket('assigned')
    const before = await ada.get(path)
    const same = { technician_id: 'TEC0001', status: 'assigned', priority: 'normal', resolution_summary: null }
    expect((await ada.put(path, same)).body).toEqual(before.body)
    expect((await ada.put(path, {})).body).toEqual(before.body)
  })

  test('of many that change the same version, one does', async () => {
    const { ada } = await withTicket()
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, n) => ada.patch(path, { subject: `Mine ${n}` }, ifMatch('"1"'))),
    )
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const reply of replies) if (reply.status !== 200) expect(verdict(reply)).toEqual([412, 'stale_version'])
    expect((await ada.get(path)).body.version).toBe(2)
  })

  test('of many that change different members at once, none is lost', async () => {
    const { ada } = await withTicket()
    const changes = [{ subject: 'A' }, { priority: 'urgent' }, { issue_category: 'B' }, { technician_id: 'TEC0002' }]
    const replies = await Promise.all(changes.map((change) => ada.put(path, change)))
    expect(replies.map(({ body }) => body.version).sort()).toEqual([2, 3, 4, 5])
    expect((await ada.get(path)).body).toMatchObject(
      Object.assign({ version: 5, technician_name: 'Tom Technician' }, ...changes),
    )
  })
})

describe('statuses', () => {
  test.each<[Status[], object, string]>([
    [[], { status: 'in_progress' }, 'technician_required'],
    [[], { status: 'resolved', resolution_summary: 'x' }, 'illegal_transition new resolved'],
    [[], { technician_id: 'TEC0001' }, 'assigned'],
    [[], { technician_id: 'TEC0001', status: 'in_progress' }, 'in_progress'],
    [[], { technician_id: 'TEC9999' }, 'technician_unavailable'],
    [['assigned'], { status: 'new' }, 'illegal_transition assigned new'],
    [['assigned'], { technician_id: null }, 'new'],
    [['assigned'], { status: 'resolved', resolution_summary: 'x' }, 'resolved'],
    [['assigned'], { status: 'waiting' }, 'illegal_transition assigned waiting'],
    [['assigned', 'in_progress'], { status: 'waiting' }, 'waiting'],
    [['assigned', 'in_progress'], { status: 'assigned' }, 'assigned'],
    [['assigned', 'in_progress'], { technician_id: 'TEC0002' }, 'in_progress'],
    [['assigned', 'in_progress'], { technician_id: null }, 'new'],
    [['assigned', 'in_progress', 'waiting'], { status: 'in_progress' }, 'in_progress'],
    [['assigned', 'in_progress', 'waiting'], { status: 'resolved', resolution_summary: 'x' }, 'resolved'],
    [['assigned', 'in_progress', 'resolved'], { status: 'closed' }, 'closed'],
    [['assigned', 'in_progress', 'resolved'], { status: 'in_progress' }, 'in_progress'],
    [['assigned', 'in_progress', 'resolved'], { status: 'waiting' }, 'illegal_transition resolved waiting'],
    [['assigned', 'in_progress', 'resolved'], { technician_id: null }, 'technician_required'],
    [['assigned', 'in_progress', 'resolved'], { resolution_summary: null }, 'resolution_summary_required'],
    [['assigned', 'in_progress', 'resolved', 'closed'], { status: 'in_progress' }, 'ticket_closed closed in_progress'],
    [['assigned', 'in_progress', 'resolved', 'closed'], { technician_id: 'TEC0002' }, 'ticket_closed'],
    [['assigned', 'in_progress', 'resolved', 'closed'], { priority: 'low' }, 'closed'],
  ])('%j and %j: %s', async (moves, change, outcome) => {
    const { ada } = busy
    const own = await createAt(busy, moves)
    const before = (await ada.get(own)).body
    const { status, body } = await ada.put(own, change)
    if (status === 200) {
      expect(body).toMatchObject({ ...change, status: outcome, version: before.version + 1 })
      const isDone = ['resolved', 'closed'].includes(outcome)
      expect([body.resolved_date !== null, body.closed_date !== null]).toEqual([isDone, outcome === 'closed'])
    } else {
      expect([status, [body.code, body.from, body.to].filter(Boolean).join(' ')]).toEqual([422, outcome])
      expect((await ada.get(own)).body).toEqual(before)
    }
  })

  test('resolving needs a summary, given now or before', async () => {
    const { ada, tess } = await withTicket('assigned')
    await tess.put(path, { status: 'in_progress' })
    expect(verdict(await tess.put(path, { status: 'resolved' }))).toEqual([422, 'resolution_summary_required'])
    const none = await tess.put(path, { status: 'resolved', resolution_summary: null })
    expect(verdict(none)).toEqual([422, 'resolution_summary_required'])
    await tess.put(path, { resolution_summary: 'Plugged it in.' })
    expect((await tess.put(path, { status: 'resolved' })).body.status).toBe('resolved')
    const { resolved_date } = (await ada.get(path)).body
    // The summary may still be corrected; the date of the resolution stays.
    const corrected = (await ada.put(path, { resolution_summary: 'Plugged it in, twice.' })).body
    expect(corrected).toMatchObject({ status: 'resolved', resolved_date })
    expect((await ada.put(path, { status: 'closed' })).body.resolved_date).toBe(resolved_date)
  })

  test.each<[object]>([
    [{ status: 'open' }],
    [{ technician_id: '' }],
    [{ technician_id: 'CUS0001' }],
    [{ resolution_summary: ' ' }],
    [{ priority: null }],
    [{ customer_id: 'CUS0002' }],
    [{ issue_description: ' ' }],
    [{ close_reason: 'x' }],
    [{ version: '1' }],
    [{ resolved_date: '2024-01-01T00:00:00Z' }],
  ])('refuses %j', async (change) => {
    const own = await createAt(busy, [])
    expect(verdict(await busy.ada.put(own, change))).toEqual([400, 'validation_failed'])
    expect((await busy.ada.get(own)).body.version).toBe(1)
  })
})

describe('technicians', () => {
  test('change the status, summary, priority and category of their tickets, and nothing else', async () => {
    const { tess, tom } = await withTicket('assigned')
    const change = { status: 'in_progress', resolution_summary: 'Half', priority: 'low', issue_category: 'Printer' }
    expect((await tess.put(path, { ...change, technician_id: tess.id })).body).toMatchObject({ ...change, version: 3 })
    for (const more of [{ subject: 'X' }, { issue_description: 'Y' }]) {
      const refused = await tess.put(path, { ...more, priority: 'urgent' })
      expect(verdict(refused)).toEqual([403, 'forbidden'])
      expect(refused.body.detail).toContain(Object.keys(more)[0])
    }
    expect(verdict(await tom.put(path, { priority: 'low' }))).toEqual([404, 'ticket_not_found'])
    expect((await tess.get(path)).body).toMatchObject({ ...change, version: 3 })
  })

  test('take an unassigned ticket of their category, and may start at once', async () => {
    const { tess, tom, technician } = await withTicket()
    const nina = await technician('Nina', 'NETWORK')
    expect(verdict(await tom.put(path, { technician_id: tom.id }))).toEqual([404, 'ticket_not_found'])
    expect(verdict(await tess.put(path, { priority: 'high' }))).toEqual([403, 'forbidden'])
    expect(verdict(await tess.put(path, { technician_id: nina.id }))).toEqual([403, 'forbidden'])
    expect(verdict(await tess.put(path, { technician_id: tess.id, subject: 'X' }))).toEqual([403, 'forbidden'])
    const taken = await tess.patch(path, { technician_id: tess.id, status: 'in_progress' }, ifMatch('"1"'))
    expect(taken.body).toMatchObject({
      technician_id: tess.id,
      technician_name: 'Tess Technician',
      status: 'in_progress',
    })
    expect(verdict(await nina.put(path, { technician_id: nina.id }))).toEqual([409, 'ticket_taken'])
  })

  test('of technicians who take it at the same moment one has it, and the others are told so', async () => {
    const { ada, tess, technician } = await withTicket()
    const rivals = [tess, await technician('Nina', 'Network'), await technician('Nils', 'network')]
    const take = (rival: Person): Promise<Reply> => rival.put(path, { technician_id: rival.id })
    const replies = await Promise.all(rivals.map(take))
    const winner = rivals[replies.findIndex(({ status }) => status === 200)]
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const reply of replies) if (reply.status !== 200) expect(verdict(reply)).toEqual([409, 'ticket_taken'])
    expect((await ada.get(path)).body).toMatchObject({ technician_id: winner?.id, version: 2 })
  })

  test('customers change nothing here', async () => {
    const { cleo } = await withTicket('assigned')
    expect(verdict(await cleo.put(path, { priority: 'urgent' }))).toEqual([403, 'forbidden'])
    expect(verdict(await cleo.patch(path, {}, ifMatch('"2"')))).toEqual([403, 'forbidden'])
  })
})

test('an answer that waited for another change shows the names as that change left them', async () => {
  const { ada, slug } = await withTicket()
  const client = await desk.owner.connect()
  try {
    // A transaction assigns the ticket to Tess, and has not committed yet when an admin does the same.
    await client.query('begin')
    await client.query(
      `update tickets t set technician_id = 'TEC0001', status = 'assigned', version = 2
       from tenants n where n.tenant_id = t.tenant_id and n.slug = $1`,
      [slug],
    )
    const given = ada.put(path, { technician_id: 'TEC0001' })
    await untilLockIsAwaited(desk)
    await client.query('commit')
    const { status, body } = await given
    expect([status, body.version, body.technician_id, body.technician_name]).toEqual([
      200,
      2,
      'TEC0001',
      'Tess Technician',
    ])
  } finally {
    client.release(true)
  }
})
