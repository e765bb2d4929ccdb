import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSettledTime } from '../../../platform/db/settled-time.ts'
import { exec, sql } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { createTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { attach } from '../../../testing/support/files.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess, ticketIdsIn, verdict } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { Ticket } from './tickets.schemas.ts'

let desk: Desk
let world: World

type Name = 'ada' | 'tess' | 'tom' | 'cleo' | 'carl'

/** `1 3 4`: the numbers of the tickets of a list, in their order. */
const list = async (name: Name, query: string): Promise<string> => {
  const reply = await world[name].get(`/tickets?${query.includes('sort=') ? '' : 'sort=raised_date&'}${query}`)
  return ticketIdsIn(reply)
    .map((id) => Number(id.slice(3)))
    .join(' ')
}

/**
 * 1 of Cleo, closed. 2 of Cleo follows 1; Tess has it, and Ada watches it. 3 of Carl follows the closed 4 of Carl. 5 of
 * Cleo has an internal file, 6 a public one. 7 of Cleo has a public file and a tag, and is merged into 8, which Tess
 * watches, whose technician is Tom. 9 of Carl is deleted.
 */
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  const { ada, tess, cleo, carl, tom } = world
  const change = async (n: number, body: object): Promise<void> =>
    void expectSuccess(await ada.put(`/tickets/TKT000${n}`, body))
  const close = async (n: number): Promise<void> => {
    await change(n, { technician_id: tom.id, status: 'in_progress' })
    await change(n, { status: 'resolved', resolution_summary: 'Done.' })
    await change(n, { status: 'closed' })
  }
  await createTicket(cleo, { priority: 'low' })
  await close(1)
  await createTicket(cleo, { priority: 'high', follow_up_of: 'TKT0001' })
  await createTicket(carl, { priority: 'urgent', issue_category: 'Printer' })
  await createTicket(carl, { issue_category: 'Other' })
  await close(4)
  await exec(
    desk.app.pool,
    sql`update tickets set follow_up_of_number = 4 where tenant_id = ${world.tenantId} and ticket_number = 3`,
  )
  for (const priority of ['normal', 'high', 'low', 'normal'])
    await createTicket(cleo, { issue_category: 'Other', priority })
  await createTicket(carl, { issue_category: 'Other' })
  await change(2, { technician_id: tess.id })
  await change(8, { technician_id: tom.id })
  await attach(desk, ada, 'TKT0005', undefined, 'internal')
  await attach(desk, cleo, 'TKT0006')
  await attach(desk, cleo, 'TKT0007')
  for (const path of [
    '2/tags/vpn',
    '2/tags/wifi',
    '3/tags/vpn',
    '7/tags/wifi',
    '8/watchers/TEC0001',
    '2/watchers/ada',
    '7/watchers/ada',
  ]) {
    expectSuccess(await ada.put(`/tickets/TKT000${path}`))
  }
  await mergeTicket(ada, 'TKT0007', 'TKT0008')
  expectSuccess(await ada.delete('/tickets/TKT0009'))
  expectSuccess(await tess.post('/tickets/TKT0002/comments', { body: 'On my way.', visibility: 'public' }))
  const day = sql`('2024-03-0' || ticket_number || 'T12:00:00Z')::timestamptz`
  await exec(
    desk.app.pool,
    sql`update tickets set raised_date = ${day}, updated_at = ${day} + interval '1 month',
          resolved_date = case when resolved_date is not null then ${day} + interval '2 months' end
        where tenant_id = ${world.tenantId}`,
  )
})
afterAll(() => desk?.stop())

describe('filters of tickets', () => {
  test.each<[string, Partial<Record<Name, string>>]>([
    ['priority=high,urgent', { ada: '2 3 6', cleo: '2 6', tess: '2', tom: '3' }],
    ['priority=low&priority=urgent,', { ada: '1 3' }],
    ['priority=low,normal,high,urgent&sort=-priority', { ada: '3 6 2 8 5 4 1' }],
    ['priority=high,low&sort=-priority', { ada: '6 2 1', cleo: '6 2 1' }],
    ['status=new&priority=high,normal', { ada: '5 6' }],
    ['tag=vpn', { ada: '2 3', tess: '2', tom: '3' }],
    ['tag=VPN,wifi', { ada: '2 3 8', tess: '2 8' }],
    ['tags_all=vpn,wifi', { ada: '2', tom: '' }],
    ['tag=wifi&tags_all=vpn', { ada: '2' }],
    ['tag=wifi&merged=true', { ada: '7' }],
    ['updated_from=2024-04-03', { ada: '3 4 5 6 8', cleo: '5 6 8' }],
    ['updated_to=2024-04-03&sort=-updated_at', { ada: '3 2 1' }],
    ['updated_to=2024-04-03T00:00:00Z&sort=-updated_at', { ada: '2 1' }],
    ['resolved_from=2024-05-01', { ada: '1 4', tom: '1 4', tess: '', carl: '4' }],
    ['resolved_from=2024-05-01&resolved_to=2024-05-01&sort=-resolved_date', { ada: '1', cleo: '1' }],
    ['sort=-resolved_date', { ada: '4 1', tom: '4 1', carl: '4', tess: '' }],
    ['sort=resolved_date&limit=1', { ada: '1' }],
    ['sort=resolved_date&status=new', { ada: '', tess: '', cleo: '' }],
    ['sort=resolved_date&status=closed&technician_id=TEC0002', { ada: '1 4' }],
    ['technician_id=me', { tess: '2', tom: '1 4 8' }],
    ['technician_id=none', { ada: '3 5 6', tom: '3' }],
    ['watching=me', { ada: '2 8', tess: '8', tom: '' }],
    ['watching=me&merged=true', { ada: '7', tess: '7' }],
    ['watching=me&technician_id=me', { tess: '' }],
    ['has=attachments', { ada: '5 6 8', cleo: '6 8', carl: '', tess: '8' }],
    ['has=attachments&merged=true', { ada: '7', cleo: '7' }],
    ['has=attachments&deleted=true', { ada: '' }],
    ['without=first_response&sort=raised_date', { ada: '3 5 6 8', tess: '8', tom: '3 8' }],
    ['without=first_response&sort=-updated_at', { ada: '8 6 5 3' }],
    ['without=first_response&status=assigned', { ada: '8' }],
    ['follow_up_of=TKT0001', { ada: '2', cleo: '2', carl: '', tess: '', tom: '' }],
    ['follow_up_of=TKT0004', { ada: '3', carl: '3', tom: '3', cleo: '' }],
    ['deleted=true&watching=me', { ada: '' }],
  ])('%s', async (query, found) => {
    const lists = Object.keys(found).map(async (name) => [name, await list(name as Name, query)])
    expect(Object.fromEntries(await Promise.all(lists))).toEqual(found)
  })

  test('of a merged ticket, and of a file that is gone, are what the ticket shows', async () => {
    const { ada, cleo } = world
    const file = await attach(desk, cleo, 'TKT0002')
    expect(await list('cleo', 'has=attachments')).toBe('2 6 8')
    expectSuccess(await ada.delete(`/tickets/TKT0002/attachments/${file.attachment_id}`))
    expect(await list('cleo', 'has=attachments')).toBe('6 8')
  })

  test.each([
    ['cleo', 'watching=me'],
    ['cleo', 'without=first_response'],
    ['cleo', 'tags_all=vpn'],
    ['cleo', 'has=failed_mail'],
    ['cleo', 'technician_id=me'],
    ['ada', 'technician_id=me'],
    ['tess', 'deleted=true'],
    ['ada', 'watching=TEC0001'],
    ['ada', 'without=summary'],
    ['ada', 'follow_up_of=CUS0001'],
    ['ada', 'tags_all='],
    ['ada', `tag=${'a,'.repeat(21)}`],
    ['ada', 'updated_from=now'],
    ['ada', 'resolved_to=2024-02-30'],
  ] as const)('%s may not ask for %s', async (name, query) => {
    expect(verdict(await world[name].get(`/tickets?${query}`))).toEqual([400, 'validation_failed'])
  })

  test('me says why it is not for everybody', async () => {
    const { detail } = (await world.cleo.get('/tickets?technician_id=me')).body
    expect(detail).toContain('for technicians only')
  })
})

describe('following changes by updated_at', () => {
  /** Reads on from a time to the end, as the guide says, and answers with the tickets and the next time. */
  const follow = async (since: string): Promise<{ ids: string[]; next: string }> => {
    const [ids, seen]: [string[], Ticket[]] = [[], []]
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path = `/tickets?sort=updated_at&limit=2&updated_from=${since}${cursor && `&cursor=${cursor}`}`
      const { tickets, page } = bodyOf(await world.ada.get(path))
      seen.push(...tickets)
      cursor = page.next_cursor
    }
    ids.push(...seen.map(({ ticket_id }) => ticket_id))
    return { ids, next: seen.at(-1)?.updated_at ?? since }
  }
  const isSettled = async (time: string): Promise<boolean> => (await readSettledTime(desk.app.pool)) > time

  test('an idle session that cannot write tickets holds nobody back; one that can does', async () => {
    const login = `reader_${process.pid}`
    await desk.owner.query(`create role ${login} login password 'reader-1'`)
    const url = new URL(desk.databaseUrl)
    const held: boolean[] = []
    try {
      for (const [user, word] of [
        [login, 'reader-1'],
        [url.username, url.password],
      ] as const) {
        const client = new pg.Client({
          connectionString: Object.assign(new URL(url), { username: user, password: word }).href,
        })
        await client.connect()
        await client.query('begin')
        const began = (await client.query('select now()::text as now')).rows[0].now
        const { rows } = await desk.owner.query('select running_since() <= $1::timestamptz as held', [began])
        held.push(rows[0].held === true)
        await client.end()
      }
    } finally {
      await desk.owner.query(`drop role ${login}`)
    }
    expect(held).toEqual([false, true])
  })

  test('no change is missed that commits after a later one', async () => {
    const { ada, carl } = world
    const { next: start } = await follow('2024-01-01')
    // A transaction begins, changes a ticket late, and commits after another change.
    let later = ''
    let whileHeld: string[] = []
    const change = sql`update tickets set updated_at = now() where tenant_id = ${world.tenantId} and ticket_number = 5`
    await transaction(desk.app.pool, async (tx) => {
      await exec(tx, sql`select now()`)
      const id = await createTicket(carl)
      later = bodyOf(await ada.get(`/tickets/${id}`)).updated_at
      const { rows } = await desk.owner.query('select now() as now')
      // The margin for transactions that have just begun passes: the ticket is held back by the transaction alone.
      await until('the margin has passed', async () => {
        const { rowCount } = await desk.owner.query(`select where now() > $1::timestamptz + interval '1100 ms'`, [
          rows[0].now,
        ])
        return rowCount === 1
      })
      whileHeld = (await follow(start)).ids
      await exec(tx, change)
    })
    expect(whileHeld).not.toContain('TKT0010')
    expect(whileHeld).not.toContain('TKT0005')
    await until('both changes are settled', () => isSettled(later))
    const { ids, next } = await follow(start)
    expect(ids.slice(-2)).toEqual(['TKT0005', 'TKT0010'])
    expect(next).toBe(later)
    // What was read last comes again, and nothing else.
    expect((await follow(next)).ids).toEqual(['TKT0010'])
    // Other orders show what is there at once.
    expect(await list('ada', 'sort=-updated_at&limit=2')).toBe('10 5')
  })
  /** What people do to ticket 3, and whether its `updated_at` moves. The guide lists what does not move it. */
  const acts: [what: string, moves: boolean, act: (world: World) => Promise<unknown>][] = [
    ['a change of priority', true, ({ ada }) => ada.put('/tickets/TKT0003', { priority: 'low' })],
    ['a public comment of its customer', true, ({ carl }) => carl.post('/tickets/TKT0003/comments', { body: 'And?' })],
    [
      'a second public comment of the staff',
      true,
      async ({ ada }) => {
        await ada.post('/tickets/TKT0003/comments', { body: 'One.', visibility: 'public' })
        await age()
        return ada.post('/tickets/TKT0003/comments', { body: 'Two.', visibility: 'public' })
      },
    ],
    [
      'an internal comment',
      false,
      ({ ada }) => ada.post('/tickets/TKT0003/comments', { body: 'Hm.', visibility: 'internal' }),
    ],
    ['a tag', false, ({ ada }) => ada.put('/tickets/TKT0003/tags/vpn')],
    ['a tag that is taken away', false, ({ ada }) => ada.delete('/tickets/TKT0003/tags/vpn')],
    ['a watcher', false, ({ ada }) => ada.put(`/tickets/TKT0003/watchers/${world.tess.id}`)],
    ['a link', false, ({ ada }) => ada.put('/tickets/TKT0003/links/related/TKT0005')],
    ['a public file', false, ({ carl }) => attach(desk, carl, 'TKT0003')],
    ['a name of its customer', false, ({ carl }) => carl.patch(`/customers/${carl.id}`, { name: 'Carla' })],
    ['a merge into it', true, ({ ada }) => mergeTicket(ada, 'TKT0010', 'TKT0003')],
    ['a merged ticket that is deleted', false, ({ ada }) => ada.delete('/tickets/TKT0010')],
  ]
  const old = '2026-01-01T00:00:00.000Z'
  const age = () =>
    desk.owner.query('update tickets set updated_at = $2 where tenant_id = $1 and ticket_number = 3', [
      world.tenantId,
      old,
    ])

  test.each(acts)('%s moves updated_at: %s', async (_, moves, act) => {
    await age()
    const done = await act(world)
    if (done !== undefined && 'status' in Object(done)) expectSuccess(done as Parameters<typeof expectSuccess>[0])
    const { updated_at } = bodyOf(await world.ada.get('/tickets/TKT0003'))
    expect(updated_at !== old).toBe(moves)
  })
})
