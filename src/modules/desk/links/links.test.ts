import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { exec, many, sql } from '../../../platform/db/sql.ts'
import { createTicket, createTickets, resolveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { closeTicketsInTime } from '../ticket-changes/close-tickets.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const at = (id: string, kind: string, other: string): string => `/tickets/${id}/links/${kind}/${other}`
const link = (person: Person, id: string, kind: string, other: string): Promise<Reply> =>
  person.put(at(id, kind, other))
const linked = async (person: Person, id: string, kind: string, other: string): Promise<void> => {
  const reply = await link(person, id, kind, other)
  expect(reply.status, reply.text).toBe(200)
}
/** `parent TKT0001`: the links of an answer. */
const linksIn = ({ body, text }: Reply): string[] => {
  expect(body.links, text).toBeDefined()
  return body.links.map(({ kind, ticket_id }: Record<string, string>) => `${kind} ${ticket_id}`)
}
const linksOf = async (person: Person, id: string): Promise<string[]> =>
  linksIn(await person.get(`/tickets/${id}/links`))

const eventsOf = async (world: World): Promise<string[]> =>
  (await recordedEvents(desk, world, 'ticket.%linked')).map(({ type, subject_id, details }) => {
    expect(details.visibility).toBe('internal')
    return `${subject_id} ${type} ${details.kind} ${details.ticket_id}`
  })

describe('links', () => {
  test('are seen from both ends, set once, and taken away once', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, carl } = world
    await createTickets(cleo, 3)
    await createTicket(carl, { subject: 'All is dark' })
    const first = await link(ada, 'TKT0002', 'parent', 'TKT0001')
    expect(first.body).toEqual({
      links: [{ kind: 'parent', of_ticket_id: 'TKT0002', ticket_id: 'TKT0001', subject: 'No network', status: 'new' }],
    })
    expect((await link(ada, 'TKT0002', 'parent', 'TKT0001')).text).toBe(first.text)
    await linked(ada, 'TKT0003', 'parent', 'TKT0001')
    await linked(ada, 'TKT0003', 'related', 'TKT0001')
    expect(linksIn(await link(ada, 'TKT0001', 'related', 'TKT0003'))).toContain('related TKT0003')
    await linked(ada, 'TKT0004', 'duplicate', 'TKT0001')
    expect(await linksOf(ada, 'TKT0001')).toEqual([
      'child TKT0002',
      'child TKT0003',
      'duplicated_by TKT0004',
      'related TKT0003',
    ])
    expect(await linksOf(ada, 'TKT0003')).toEqual(['parent TKT0001', 'related TKT0001'])
    expect(await linksOf(ada, 'TKT0004')).toEqual(['duplicate TKT0001'])

    // `related` has no direction; the other kinds have one.
    expect(linksIn(await ada.delete(at('TKT0001', 'parent', 'TKT0003')))).toHaveLength(4)
    expect(linksIn(await ada.delete(at('TKT0001', 'related', 'TKT0003')))).toHaveLength(3)
    expect(linksIn(await ada.delete(at('TKT0003', 'related', 'TKT0001')))).toEqual(['parent TKT0001'])
    expect(linksIn(await ada.delete(at('TKT0003', 'parent', 'TKT0001')))).toEqual([])
    expect(await eventsOf(world)).toEqual([
      'TKT0002 ticket.linked parent TKT0001',
      'TKT0001 ticket.linked child TKT0002',
      'TKT0003 ticket.linked parent TKT0001',
      'TKT0001 ticket.linked child TKT0003',
      'TKT0003 ticket.linked related TKT0001',
      'TKT0001 ticket.linked related TKT0003',
      'TKT0004 ticket.linked duplicate TKT0001',
      'TKT0001 ticket.linked duplicated_by TKT0004',
      'TKT0001 ticket.unlinked related TKT0003',
      'TKT0003 ticket.unlinked related TKT0001',
      'TKT0003 ticket.unlinked parent TKT0001',
      'TKT0001 ticket.unlinked child TKT0003',
    ])
    expect((await ada.get('/tickets/TKT0001')).body.version).toBe(1)
    // A deleted ticket is linked to nothing.
    await ada.delete('/tickets/TKT0004')
    expect(await linksOf(ada, 'TKT0001')).toEqual(['child TKT0002'])
  })

  test('are for staff: technicians change those of their tickets, and see those to tickets that they see', async () => {
    const { ada, tess, tom, cleo } = await createWorld(desk)
    await createTickets(cleo, 4)
    await ada.put('/tickets/TKT0001', { technician_id: tess.id })
    await ada.put('/tickets/TKT0002', { technician_id: tom.id })
    await ada.put('/tickets/TKT0004', { technician_id: tess.id })
    await linked(ada, 'TKT0001', 'related', 'TKT0002')
    await linked(tess, 'TKT0001', 'parent', 'TKT0003')
    expect(await linksOf(tess, 'TKT0001')).toEqual(['parent TKT0003'])
    expect(await linksOf(ada, 'TKT0001')).toEqual(['parent TKT0003', 'related TKT0002'])
    // TKT0003 is of her category, but not hers.
    expect(verdict(await link(tess, 'TKT0003', 'related', 'TKT0001'))).toEqual([403, 'forbidden'])
    // She may remove a link between that ticket and one of hers, from either end.
    expect((await tess.delete(at('TKT0003', 'related', 'TKT0001'))).status).toBe(200)
    const answers = [
      await link(tess, 'TKT0001', 'duplicate', 'TKT0002'),
      await link(tess, 'TKT0001', 'duplicate', 'TKT9999'),
      await link(tess, 'TKT0002', 'duplicate', 'TKT0001'),
      await link(tess, 'TKT9999', 'duplicate', 'TKT0001'),
      await tess.delete(at('TKT0001', 'related', 'TKT0002')),
      await tess.get('/tickets/TKT0002/links'),
      await tess.get('/tickets/TKT9999/links'),
    ]
    const bodies = answers.map(({ status, body }) => ({ status, ...body, request_id: '' }))
    expect(bodies[0]).toMatchObject({ status: 404, code: 'ticket_not_found' })
    for (const body of bodies) expect(body).toEqual(bodies[0])
    for (const reply of [
      await cleo.get('/tickets/TKT0001/links'),
      await link(cleo, 'TKT0001', 'related', 'TKT0004'),
      await cleo.delete(at('TKT0001', 'related', 'TKT0002')),
    ]) {
      expect(verdict(reply)).toEqual([403, 'forbidden'])
    }
  })

  test('go with a ticket that is deleted: its children are free for another parent', async () => {
    const { ada, cleo } = await createWorld(desk)
    await createTickets(cleo, 3)
    await linked(ada, 'TKT0003', 'parent', 'TKT0001')
    await linked(ada, 'TKT0001', 'duplicate', 'TKT0002')
    expect((await ada.delete('/tickets/TKT0001')).status).toBe(204)
    await linked(ada, 'TKT0003', 'parent', 'TKT0002')
    expect(await linksOf(ada, 'TKT0002')).toEqual(['child TKT0003'])
  })

  test('what is no link is refused', async () => {
    const { ada, cleo } = await createWorld(desk)
    await createTickets(cleo, 4)
    expect(verdict(await link(ada, 'TKT0001', 'related', 'TKT0001'))).toEqual([422, 'link_to_itself'])
    expect(verdict(await ada.delete(at('TKT0001', 'parent', 'TKT0001')))).toEqual([422, 'link_to_itself'])
    for (const kind of ['child', 'Parent', 'duplicated_by', 'x', '%20', "'"]) {
      const refused = await link(ada, 'TKT0001', kind, 'TKT0002')
      expect(verdict(refused), kind).toEqual([400, 'validation_failed'])
      expect(refused.body.errors).toEqual([
        { field: 'kind', message: 'kind must be parent, related or duplicate', code: 'invalid_value' },
      ])
      expect(verdict(await ada.delete(at('TKT0001', kind, 'TKT0002')))).toEqual([400, 'validation_failed'])
    }
    expect((await link(ada, 'TKT0001', 'parent', 'CUS1')).status).toBe(404)
    expect(verdict(await ada.put(at('TKT0001', 'parent', 'TKT0002'), { x: 1 }))).toEqual([400, 'validation_failed'])
    expect(verdict(await ada.get('/tickets/TKT0001/links?limit=5'))).toEqual([400, 'validation_failed'])

    await linked(ada, 'TKT0001', 'parent', 'TKT0002')
    await linked(ada, 'TKT0002', 'parent', 'TKT0003')
    const taken = await link(ada, 'TKT0001', 'parent', 'TKT0004')
    expect([...verdict(taken), taken.body.detail]).toEqual([422, 'parent_taken', expect.stringContaining('TKT0002')])
    for (const below of ['TKT0001', 'TKT0002']) {
      expect(verdict(await link(ada, 'TKT0003', 'parent', below))).toEqual([422, 'link_circle'])
    }
    await linked(ada, 'TKT0001', 'duplicate', 'TKT0004')
    expect(verdict(await link(ada, 'TKT0004', 'duplicate', 'TKT0001'))).toEqual([422, 'link_circle'])
  })

  test('there are two hundred of a ticket at most, and sixteen levels', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    await exec(
      desk.app.pool,
      sql`with counter as (update counters set value = 300 where tenant_id = ${tenantId} and name = 'ticket'),
          t as (
            insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
            select ${tenantId}, n, 'x', 'x', 'x', ${cleo.id} from generate_series(1, 300) n)
          select`,
    )
    await exec(
      desk.app.pool,
      sql`insert into ticket_links (tenant_id, ticket_number, kind, other_number, created_by)
          select ${tenantId}::integer, 1, 'duplicate', n, 'ada' from generate_series(2, 100) n
          union all select ${tenantId}, n, 'duplicate', 1, 'ada' from generate_series(101, 200) n
          union all select ${tenantId}, n, 'parent', n + 1, 'ada' from generate_series(201, 215) n`,
    )
    await linked(ada, 'TKT0250', 'related', 'TKT0001')
    expect(await linksOf(ada, 'TKT0001')).toHaveLength(200)
    expect(verdict(await link(ada, 'TKT0251', 'related', 'TKT0001'))).toEqual([422, 'too_many_links'])
    expect(verdict(await link(ada, 'TKT0001', 'parent', 'TKT0251'))).toEqual([422, 'too_many_links'])
    // TKT0201 has fifteen levels of parents.
    expect(verdict(await link(ada, 'TKT0252', 'parent', 'TKT0201'))).toEqual([422, 'too_many_links'])
    await linked(ada, 'TKT0252', 'parent', 'TKT0202')
  })

  test('many links at once make no circle, and no request waits for ever', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const [a = '', b = '', c = '', d = ''] = await createTickets(cleo, 4)
    const ring = [
      [a, b],
      [b, c],
      [c, d],
      [d, a],
    ] as const
    for (let round = 0; round < 10; round += 1) {
      const ways = round % 2 === 0 ? ring : [...ring, ...ring.map(([child, parent]) => [parent, child] as const)]
      const replies = await Promise.all(ways.map(([child, parent]) => link(ada, child, 'parent', parent)))
      for (const { status, text } of replies) expect([200, 422], text).toContain(status)
      const roots = await many(
        desk.app.pool,
        z.object({ n: z.int() }),
        sql`select t.ticket_number as n from tickets t
            where t.tenant_id = ${tenantId} and not exists (select from ticket_links l
              where l.tenant_id = ${tenantId} and l.ticket_number = t.ticket_number and l.kind = 'parent')`,
      )
      expect(roots.length, 'a circle has no root').toBeGreaterThan(0)
      await exec(desk.app.pool, sql`delete from ticket_links l where l.tenant_id = ${tenantId}`)
    }
  })
})

describe('a parent', () => {
  test('is closed by nobody while children are open', async () => {
    const { ada, tess, tom, cleo, carl } = await createWorld(desk)
    await createTickets(cleo, 2)
    const carls = await createTicket(carl)
    await resolveTicket(ada, 'TKT0001', tess)
    await linked(ada, carls, 'parent', 'TKT0001')
    await ada.put(`/tickets/${carls}`, { technician_id: tom.id })

    // Cleo and Tess must not learn of Carl's ticket, which Tom has, nor how many children there are.
    for (const person of [cleo, tess]) {
      const refused = await person.post('/tickets/TKT0001/close')
      expect(verdict(refused)).toEqual([422, 'children_open'])
      expect(refused.body.errors).toEqual([{ message: refused.body.detail }])
      expect(refused.text).not.toContain(carls)
    }
    await linked(ada, 'TKT0002', 'parent', 'TKT0001')
    const named = await cleo.post('/tickets/TKT0001/close')
    expect(named.body.errors).toEqual([{ field: 'TKT0002', message: 'TKT0002 is still open', code: 'open' }])
    expect(named.text).not.toContain(carls)
    const refused = await ada.put('/tickets/TKT0001', { status: 'closed' })
    expect(verdict(refused)).toEqual([422, 'children_open'])
    expect(refused.body.detail).toContain('Still open: TKT0002, TKT0003.')
    expect((await ada.get('/tickets/TKT0001')).body.status).toBe('resolved')

    // A resolved child does not count, nor one that is merged into the parent. The merge has reopened the parent.
    expect((await ada.post('/tickets/TKT0002/merge', { into: 'TKT0001' })).status).toBe(200)
    const again = { status: 'resolved', resolution_summary: 'Done again.' }
    expect((await ada.put('/tickets/TKT0001', again)).status).toBe(200)
    expect((await ada.put('/tickets/TKT0001', { status: 'closed' })).body.detail).toContain('Still open: TKT0003.')
    await resolveTicket(ada, carls, tom)
    expect((await cleo.post('/tickets/TKT0001/close')).status).toBe(200)

    // A closed ticket takes no open children, but a child of a closed ticket may be reopened.
    const late = await createTicket(cleo)
    expect(verdict(await link(ada, late, 'parent', 'TKT0001'))).toEqual([422, 'ticket_closed'])
    expect((await carl.post(`/tickets/${carls}/reopen`)).status).toBe(200)
  })

  test('names twenty children at most', async () => {
    const { ada, tess, cleo } = await createWorld(desk)
    const [parent = '', ...children] = await createTickets(cleo, 23)
    await resolveTicket(ada, parent, tess)
    for (const child of children) await linked(ada, child, 'parent', parent)
    expect((await ada.post(`/tickets/${parent}/close`)).body.errors).toHaveLength(20)
  })

  test('is not closed in time either, until its children are done', async () => {
    const world = await createWorld(desk)
    const { ada, tess, cleo } = world
    await createTickets(cleo, 3)
    for (const id of ['TKT0001', 'TKT0003']) await resolveTicket(ada, id, tess)
    await linked(ada, 'TKT0002', 'parent', 'TKT0001')
    await exec(
      desk.app.pool,
      sql`update tickets set resolved_date = now() - interval '8 days'
          where tenant_id = ${world.tenantId} and status = 'resolved'`,
    )
    const statusOf = async (id: string): Promise<string> => (await ada.get(`/tickets/${id}`)).body.status
    await closeTicketsInTime(desk.app)
    expect([await statusOf('TKT0001'), await statusOf('TKT0003')]).toEqual(['resolved', 'closed'])
    await ada.delete('/tickets/TKT0002')
    await closeTicketsInTime(desk.app)
    expect(await statusOf('TKT0001')).toBe('closed')
  })

  test('is closed or gets a child, when both come at the same moment', async () => {
    const { ada, tess, cleo } = await createWorld(desk)
    const outcomes = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const [parent = '', child = ''] = await createTickets(cleo, 2)
      await resolveTicket(ada, parent, tess)
      const [first, second] = [() => cleo.post(`/tickets/${parent}/close`), () => link(ada, child, 'parent', parent)]
      const replies = await Promise.all(round % 2 === 0 ? [first(), second()] : [second(), first()])
      const statuses = replies.map(({ status }) => status)
      expect(statuses.toSorted(), replies.map(({ text }) => text).join()).toEqual([200, 422])
      outcomes.add(replies.find(({ status }) => status === 422)?.body.code)
    }
    expect(['children_open', 'ticket_closed']).toEqual(expect.arrayContaining([...outcomes]))
  })
})
