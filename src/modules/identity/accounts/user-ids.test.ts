import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SignInName } from '../../../contract/credentials.ts'
import { blankEvent } from '../../../platform/events/blanking.ts'
import { fanOutOnce } from '../../../platform/events/fan-out.ts'
import { assignTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { under } from '../../../testing/support/keyed-requests.ts'
import { createWorld, type Person, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { announceFirstAdmin, createAdminOf, createTenantWithAdmin } from './first-admin.service.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { ADMIN_USER_ID: 'System' } })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const ids = ['TKT0026', 'tkt1', 'Cus0001', 'TEC99999', 'prd0001', 'ORD12', randomUUID(), randomUUID().toUpperCase()]
const words = ['anyone', 'Anyone', 'system', 'NONE', 'me', 'null', 'nobody', 'unassigned']

describe('a user id', () => {
  test.each([...ids, ...words])('is never %s', async (userId) => {
    const admin = { userId, name: 'Olga', email: `${uniqueName()}@example.com`, password }
    const refused = { code: 'validation_failed', message: expect.stringMatching(/^user_id (?:must|is) /) }
    await expect(createAdminOf(desk.app, world.slug, admin)).rejects.toMatchObject(refused)
    const tenant = { slug: `s-${randomUUID()}`, name: 'S' }
    await expect(createTenantWithAdmin(desk.app, tenant, admin)).rejects.toMatchObject(refused)
    const technician = { name: 'T', email: admin.email, phone_number: '030 1234', category: 'Doors', user_id: userId }
    const reply = await expectRefusal(world.ada.post('/technicians', technician), 400, 'validation_failed')
    expect(reply.body.errors[0].field).toBe('user_id')
  })

  test.each(['admin', 'ada', 'tess.t', 'tkt', 'TKT-1', 'ord1a', 'methods', 'bob123', 'system2'])(
    'may be %s',
    (userId) => {
      expect(SignInName.safeParse(userId).success).toBe(true)
    },
  )

  test('of the first admin is refused by the name of its setting, at the first start only', async () => {
    await expect(announceFirstAdmin(desk.app)).rejects.toThrow('ADMIN_USER_ID is a reserved word')
    await createTenantWithAdmin(
      desk.app,
      { slug: 'default', name: 'Default' },
      { userId: 'olga', name: 'Olga', email: 'olga@example.com', password },
    )
    expect(await announceFirstAdmin(desk.app)).toBeNull()
  })
})

describe('an account from before with the id of a ticket', () => {
  /** An admin whose id earlier versions allowed. */
  const oldAdmin = async (userId: string): Promise<Person> => {
    await desk.owner.query(
      `insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
       select a.tenant_id, $2, a.role, $2, $2 || '@example.com', a.name, a.password_hash, a.status
       from accounts a where a.tenant_id = $1 and a.account_id = 'ada'`,
      [world.tenantId, userId],
    )
    return world.signIn(userId, password)
  }

  test('works as before, and the history of the ticket shows none of its events', async () => {
    const id = await createTicket(world.cleo)
    await assignTicket(world.ada, id, world.tess)
    const namesake = await oldAdmin(id)
    expectStatus(await namesake.patch(`/tickets/${id}`, { priority: 'high' }, { headers: { 'If-Match': '*' } }), 200)
    await fanOutOnce(desk.app.pool, [], 500)
    const { rows } = await desk.app.pool.query(
      `select e.event_id, e.type from events e
       where e.tenant_id = $1 and e.subject_id = $2 and e.type in ('session.started', 'ticket.created') order by e.type`,
      [world.tenantId, id],
    )
    const act = { actor: { tenantId: world.tenantId, accountId: 'ada', role: 'admin' as const }, requestId: null }
    for (const { event_id } of rows) expect(await blankEvent(desk.app.pool, act, event_id)).not.toBeNull()

    const expected = ['ticket.created', 'ticket.assigned', 'ticket.updated']
    for (const reader of [world.tess, world.ada, namesake]) {
      const { body } = expectStatus(await reader.get(`/tickets/${id}/history`), 200)
      expect(body.history.map(({ type }: { type: string }) => type)).toEqual([...expected, 'event.blanked'])
      expect(JSON.stringify(body)).not.toMatch(/session_id|user_agent|127\.0\.0\.1/)
    }
    const { body } = expectStatus(await world.cleo.get(`/tickets/${id}/history`), 200)
    expect(body.history.map(({ type }: { type: string }) => type)).toEqual(expected)
    // The audit, which only admins read, shows the events of both.
    const audit = expectStatus(await world.ada.get(`/audit?subject=${id}&limit=100`), 200)
    expect(audit.body.events.map(({ type }: { type: string }) => type)).toContain('session.started')
  })

  test('and one called anyone shares no keys with strangers', async () => {
    const anyone = await oldAdmin('anyone')
    const login = { user_id_or_email: 'ada', password }
    expectStatus(await world.nobody.post('/auth/login', login, under('of-anyone')), 200)
    const customer = { name: 'Kim', email: `${uniqueName()}@example.com` }
    expectStatus(await anyone.post('/customers', customer, under('of-anyone')), 201)
  })
})
