import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  assignTicket,
  createAssignedTicket,
  createTicket,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { bodyOf, expectSuccess, technicianIdsIn, verdict } from '../../../testing/support/requests.ts'
import { logIn } from '../../../testing/support/sign-in-requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { ListedTechnician } from './technicians.schemas.ts'

let desk: Desk
/** A world that does not change, because every request to it is refused. */
let still: World
beforeAll(async () => {
  desk = await startDesk()
  still = await createWorld(desk)
})
afterAll(() => desk?.stop())

const work = { phone_number: '+49 (30) 123-45.6', category: 'Heating' }

describe('creating', () => {
  test('with a user id and a password: they sign in by id, address or number', async () => {
    const { ada, nobody, slug } = await createWorld(desk)
    const email = `hanna@${slug}.example.com`
    const created = await ada.post('/technicians', { ...work, name: 'Hanna Heat', email, user_id: 'hanna.h', password })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe('/api/technicians/TEC0003')
    expect(created.body).toEqual({
      technician_id: 'TEC0003',
      user_id: 'hanna.h',
      name: 'Hanna Heat',
      email,
      ...work,
      available: true,
      status: 'active',
      created_at: created.body.created_at,
    })
    for (const name of ['hanna.h', 'HANNA.H', email, email.toUpperCase(), 'TEC0003', 'tec0003']) {
      expect((await logIn(nobody, name)).body.user).toMatchObject({ id: 'TEC0003', role: 'technician' })
    }
    const hanna = await logIn(nobody, 'hanna.h')
    expect(hanna.text).not.toContain('password')
    expect((await ada.get('/technicians/TEC0003')).body).toEqual(created.body)
  })

  test('without either: they sign in by their address, after an invitation', async () => {
    const { ada, nobody, slug } = await createWorld(desk)
    const email = `hanna@${slug}.example.com`
    const { body } = await ada.post('/technicians', { ...work, name: 'Hanna Heat', email })
    expect(body).toMatchObject({ user_id: email, status: 'invited' })
    expect(verdict(await logIn(nobody, email))).toEqual([401, 'invalid_credentials'])
    await desk.settled()
    const { emails } = (await ada.get('/emails')).body
    const toThem = emails.filter((mail: { account_id: string }) => mail.account_id === 'TEC0003')
    expect(toThem).toMatchObject([{ template: 'account_invited', recipient_email: email }])
    // An admin can assign a ticket to them before they sign in for the first time.
    await createTicket(ada, { customer_id: 'CUS0001' })
    expect((await ada.put('/tickets/TKT0001', { technician_id: 'TEC0003' })).body.technician_name).toBe('Hanna Heat')
  })

  test('refuses names and addresses that an account of any role has, in any case', async () => {
    const { ada, tess, cleo, slug } = await createWorld(desk)
    const create = (more: object): Promise<Reply> =>
      ada.post('/technicians', { ...work, name: 'Again', email: `new@${slug}.example.com`, ...more })
    expect(verdict(await create({ email: tess.email }))).toEqual([409, 'email_taken'])
    expect(verdict(await create({ email: cleo.email.toUpperCase() }))).toEqual([409, 'email_taken'])
    expect(verdict(await create({ email: cleo.email, user_id: 'free' }))).toEqual([409, 'email_taken'])
    expect(verdict(await create({ user_id: 'ada' }))).toEqual([409, 'sign_in_name_taken'])
    expect(verdict(await create({ user_id: 'ADA' }))).toEqual([409, 'sign_in_name_taken'])
    expect((await create({ user_id: 'free' })).body.technician_id).toBe('TEC0003')
    expect(technicianIdsIn(await ada.get('/technicians'))).toEqual(['TEC0001', 'TEC0002', 'TEC0003'])
  })

  test.each<[object, string]>([
    [{ name: undefined }, 'name missing'],
    [{ email: 'x' }, 'email invalid_format'],
    [{ phone_number: 'call me' }, 'phone_number invalid_format'],
    [{ phone_number: '12' }, 'phone_number invalid_format'],
    [{ category: '' }, 'category too_small'],
    [{ user_id: 'x' }, 'user_id invalid_format'],
    [{ user_id: 'somebody@example.com' }, 'user_id invalid_format'],
    [{ user_id: 'TEC0001' }, 'user_id invalid_value'],
    [{ user_id: 'cus99' }, 'user_id invalid_value'],
    [{ password: 'short' }, 'password too_small'],
    [{ password: 'ü'.repeat(37) }, 'password too_big'],
    [{ password: 'Password123' }, 'password common_password'],
    [{ available: false }, 'available unknown_member'],
    [{ role: 'admin' }, 'role unknown_member'],
    [{ technician_id: 'TEC0001' }, 'technician_id unknown_member'],
  ])('refuses %j', async (more, error) => {
    const refused = await still.ada.post('/technicians', { ...work, name: 'X', email: 'x@example.com', ...more })
    expect(verdict(refused)).toEqual([400, 'validation_failed'])
    expect(refused.body.errors.map(({ field, code }: Record<string, string>) => `${field} ${code}`)).toEqual([error])
  })
})

describe('listing and reading', () => {
  test('by category in any case, and by availability; page by page', async () => {
    const { ada, tom, technician } = await createWorld(desk)
    await technician('Nina', 'NETWORK')
    await technician('Nils', 'network')
    await tom.patch(`/technicians/${tom.id}`, { available: false })
    await ada.delete('/technicians/TEC0004')
    expect(technicianIdsIn(await ada.get('/technicians'))).toEqual(['TEC0001', 'TEC0002', 'TEC0003', 'TEC0004'])
    expect(technicianIdsIn(await ada.get('/technicians?category=Network'))).toEqual(['TEC0001', 'TEC0003', 'TEC0004'])
    expect(technicianIdsIn(await ada.get('/technicians?category=net'))).toEqual([])
    // A deactivated technician is in neither list.
    expect(technicianIdsIn(await ada.get('/technicians?available=true'))).toEqual(['TEC0001', 'TEC0003'])
    expect(technicianIdsIn(await ada.get('/technicians?available=false'))).toEqual(['TEC0002'])
    const first = await ada.get('/technicians?limit=3')
    expect([technicianIdsIn(first).at(-1), first.body.page.has_more]).toEqual(['TEC0003', true])
    const second = await ada.get(`/technicians?limit=3&cursor=${first.body.page.next_cursor}`)
    expect([technicianIdsIn(second), second.body.page]).toEqual([['TEC0004'], { next_cursor: null, has_more: false }])
  })

  test('by a part of the name or the address, and by state, with how many open tickets each has', async () => {
    const { ada, tess, tom, cleo } = await createWorld(desk)
    const invited = {
      name: 'Ina 50%',
      email: `ina-${randomUUID()}@x.example.com`,
      phone_number: '+49 30 1',
      category: 'A',
    }
    expectSuccess(await ada.post('/technicians', invited))
    expectSuccess(await ada.delete(`/technicians/${tom.id}`))
    const found = async (query: string): Promise<string[]> => technicianIdsIn(await ada.get(`/technicians?${query}`))
    expect(await found('q=TESS')).toEqual([tess.id])
    expect(await found(`q=${encodeURIComponent(tom.email.slice(0, 12))}`)).toEqual([tom.id])
    expect(await found('q=50%25')).toEqual(['TEC0003'])
    expect(await found('q=%25')).toEqual(['TEC0003'])
    expect(await found('status=invited')).toEqual(['TEC0003'])
    expect(await found('status=active,deactivated')).toEqual([tess.id, tom.id])
    expect(await found('status=deactivated&q=tess')).toEqual([])

    // A resolved, a deleted and a merged ticket are not open.
    for (const end of ['open', 'open', 'resolved', 'deleted', 'merged']) {
      const id = await createTicket(cleo)
      await assignTicket(ada, id, tess)
      if (end === 'resolved') await moveTicket(tess, id, 'in_progress', 'resolved')
      if (end === 'deleted') expectSuccess(await ada.delete(`/tickets/${id}`))
      if (end === 'merged') await mergeTicket(ada, id, 'TKT0001')
    }
    const { technicians } = bodyOf(await ada.get('/technicians'))
    expect(technicians.map((row: ListedTechnician) => [row.technician_id, row.open_tickets])).toEqual([
      [tess.id, 2],
      [tom.id, 0],
      ['TEC0003', 0],
    ])
  })

  test.each(['available=yes', 'available=', 'category=', 'status=lost', 'status=', 'q=', 'limit=-1', 'limit='])(
    'refuses ?%s',
    async (query) => {
      expect(verdict(await still.ada.get(`/technicians?${query}`))).toEqual([400, 'validation_failed'])
    },
  )

  test.each([
    ['TEC9999', 'technician_not_found'],
    ['9999', 'technician_not_found'],
    ['CUS0001', 'route_not_found'],
    ['ada', 'route_not_found'],
  ])('finds nothing at %s', async (id, code) => {
    expect(verdict(await still.ada.get(`/technicians/${id}`))).toEqual([404, code])
    expect(verdict(await still.tess.get(`/technicians/${id}`))).toEqual([404, code])
  })
})

describe('changing', () => {
  test.each(['put', 'patch'] as const)('by %s: what is left out stays', async (method) => {
    const { ada } = await createWorld(desk)
    const before = (await ada.get('/technicians/TEC0001')).body
    const change = { phone_number: '030 99', category: 'Heating', available: false, name: 'Tess Tester' }
    for (const [member, value] of Object.entries(change)) {
      const { status, body } = await ada[method]('/technicians/TEC0001', { [member]: value })
      expect([status, body[member]]).toEqual([200, value])
    }
    expect((await ada[method]('/technicians/TEC0001', {})).body).toEqual({ ...before, ...change })
    expect(verdict(await ada[method]('/technicians/TEC9999', change))).toEqual([404, 'technician_not_found'])
    expect(verdict(await ada[method]('/technicians/TEC0001', { user_id: 'x' }))).toEqual([400, 'validation_failed'])
    const taken = { email: (await ada.get('/technicians/TEC0002')).body.email }
    expect(verdict(await ada[method]('/technicians/TEC0001', { ...taken, category: 'X' }))).toEqual([
      409,
      'email_taken',
    ])
    expect((await ada.get('/technicians/TEC0001')).body).toEqual({ ...before, ...change })
  })

  test('technicians change their own phone number and availability, and nothing else', async () => {
    const { tess, tom } = await createWorld(desk)
    const own = `/technicians/${tess.id}`
    const change = { phone_number: '030 99', available: false }
    expect((await tess.put(own, change)).body).toMatchObject(change)
    for (const more of [{ category: 'Printer' }, { name: 'T' }, { email: 't@example.com' }]) {
      expect(verdict(await tess.patch(own, { ...more, phone_number: '030 11' }))).toEqual([403, 'forbidden'])
    }
    expect((await tess.get(own)).body).toMatchObject({ ...change, category: 'Network', email: tess.email })
    expect(verdict(await tess.patch(`/technicians/${tom.id}`, change))).toEqual([404, 'technician_not_found'])
  })

  test('a sign-in name that was the address follows it; one of their own choice stays', async () => {
    const { ada, tess, nobody, slug } = await createWorld(desk)
    const [first, second] = [`new@${slug}.example.com`, `named@${slug}.example.com`]
    expect((await ada.patch(`/technicians/${tess.id}`, { email: first })).body).toMatchObject({ user_id: first })
    expect((await logIn(nobody, first)).status).toBe(200)
    expect(verdict(await logIn(nobody, tess.email))).toEqual([401, 'invalid_credentials'])
    await ada.post('/technicians', { ...work, name: 'N', email: `n@${slug}.example.com`, user_id: 'named', password })
    expect((await ada.patch('/technicians/TEC0003', { email: second })).body).toMatchObject({
      user_id: 'named',
      email: second,
    })
    expect((await logIn(nobody, 'named')).body.user.email).toBe(second)
  })

  test('a new category shows other unassigned tickets at once', async () => {
    const { ada, tess, cleo } = await createWorld(desk)
    await createTicket(cleo, { issue_category: 'HEATING' })
    expect((await tess.get('/tickets')).body.tickets).toEqual([])
    await ada.patch(`/technicians/${tess.id}`, { category: 'heating' })
    expect((await tess.get('/tickets')).body.tickets).toHaveLength(1)
  })
})

describe('deactivating', () => {
  const stateOf = async (person: Person, id: string): Promise<unknown[]> => {
    const { status, technician_id, version } = (await person.get(`/tickets/${id}`)).body
    return [status, technician_id, version]
  }

  test('gives the unresolved tickets back, keeps the others, and ends the sign-in', async () => {
    const world = await createWorld(desk)
    const { ada, tess, tom, nobody } = world
    const assigned = await createAssignedTicket(world)
    const started = await createAssignedTicket(world, 'in_progress')
    const waiting = await createAssignedTicket(world, 'in_progress', 'waiting')
    const resolved = await createAssignedTicket(world, 'in_progress', 'resolved')
    const closed = await createAssignedTicket(world, 'in_progress', 'resolved', 'closed')
    const toms = await createAssignedTicket(world)
    await assignTicket(ada, toms, tom)

    expect((await ada.delete(`/technicians/${tess.id}`)).status).toBe(204)
    expect(verdict(await tess.get('/tickets'))).toEqual([401, 'invalid_token'])
    expect(verdict(await logIn(nobody, tess.email))).toEqual([401, 'invalid_credentials'])
    expect((await ada.get(`/technicians/${tess.id}`)).body.status).toBe('deactivated')
    expect(await stateOf(ada, assigned)).toEqual(['new', null, 3])
    expect(await stateOf(ada, started)).toEqual(['new', null, 4])
    expect(await stateOf(ada, waiting)).toEqual(['new', null, 5])
    expect(await stateOf(ada, resolved)).toEqual(['resolved', tess.id, 4])
    expect(await stateOf(ada, closed)).toEqual(['closed', tess.id, 5])
    expect(await stateOf(ada, toms)).toEqual(['assigned', tom.id, 3])

    // A second deactivation changes nothing, and no ticket can be assigned to the technician.
    expect((await ada.delete(`/technicians/${tess.id}`)).status).toBe(204)
    expect(await stateOf(ada, assigned)).toEqual(['new', null, 3])
    const given = await ada.put(`/tickets/${assigned}`, { technician_id: tess.id })
    expect(verdict(given)).toEqual([422, 'technician_unavailable'])
    expect(verdict(await ada.delete('/technicians/TEC9999'))).toEqual([404, 'technician_not_found'])
    expect(verdict(await ada.delete('/technicians/CUS0001'))).toEqual([404, 'route_not_found'])
  })

  test('a stale change learns what the deactivation changed', async () => {
    const world = await createWorld(desk)
    const id = await createAssignedTicket(world, 'in_progress')
    await world.ada.delete(`/technicians/${world.tess.id}`)
    const stale = await world.ada.patch(`/tickets/${id}`, { status: 'waiting' }, { headers: { 'If-Match': '"3"' } })
    expect(verdict(stale)).toEqual([412, 'stale_version'])
    expect(stale.body.changed).toEqual([
      { field: 'status', by: 'ada', version: 4 },
      { field: 'technician_id', by: 'ada', version: 4 },
    ])
  })

  test('a ticket given to them at the same moment does not stay with them', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tess } = world
    const ids = await Promise.all(Array.from({ length: 12 }, () => createTicket(cleo)))
    const replies = await Promise.all([
      ...ids.map((id) => ada.put(`/tickets/${id}`, { technician_id: tess.id })),
      ada.delete(`/technicians/${tess.id}`),
    ])
    expect(replies.at(-1)?.status).toBe(204)
    for (const reply of replies.slice(0, -1)) {
      if (reply.status !== 200) expect(verdict(reply)).toEqual([422, 'technician_unavailable'])
    }
    for (const id of ids) expect((await stateOf(ada, id)).slice(0, 2)).toEqual(['new', null])
  })

  test('an assignment that meets a deactivation on its way waits for it, and is refused', async () => {
    const { ada, cleo, tess } = await createWorld(desk)
    await createTicket(cleo)
    const client = await desk.owner.connect()
    try {
      // The transaction of the deactivation, before its commit.
      await client.query('begin')
      await client.query(`update accounts set status = 'deactivated' where email = $1`, [tess.email])
      const given = ada.put('/tickets/TKT0001', { technician_id: tess.id })
      await untilLockIsAwaited(desk)
      await client.query('commit')
      expect(verdict(await given)).toEqual([422, 'technician_unavailable'])
    } finally {
      client.release(true)
    }
  })
})
