import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { createAssignedTicket, createTicket, issue, moveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { expectSuccess, ticketIdsIn, verdict, versionIn } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { closeTicketsInTime } from '../ticket-changes/close-tickets.service.ts'

let desk: Desk
/** A world that does not change, because every request to it is refused. */
let still: World
let busy: World
beforeAll(async () => {
  desk = await startDesk()
  still = await createWorld(desk)
  busy = await createWorld(desk)
})
afterAll(() => desk?.stop())

describe('creating', () => {
  test('a customer creates a ticket for themselves', async () => {
    const { cleo, ada } = await createWorld(desk)
    const text = 'Line 1\r\n\tLine 2 <b>&amp;</b> 💥 ﷽'
    const created = await cleo.post('/tickets', {
      issue_category: ' Network ',
      issue_description: text,
      priority: 'high',
    })
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe('/api/tickets/TKT0001')
    expect(versionIn(created)).toBe(1)
    const { raised_date } = created.body
    expect(created.body).toEqual({
      ticket_id: 'TKT0001',
      subject: 'Line 1',
      issue_category: 'Network',
      issue_description: text,
      priority: 'high',
      status: 'new',
      customer_id: cleo.id,
      customer_name: 'Cleo Customer',
      technician_id: null,
      technician_name: null,
      resolution_summary: null,
      raised_date,
      updated_at: raised_date,
      first_response_at: null,
      close_reason: null,
      source: null,
      resolved_date: null,
      closed_date: null,
      follow_up_of: null,
      merged_into: null,
      merged_tickets: [],
      tags: null,
      version: 1,
    })
    expect(raised_date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    for (const [person, tags] of [
      [cleo, null],
      [ada, []],
    ] as const) {
      const read = await person.get('/tickets/TKT0001')
      expect([read.body, versionIn(read)]).toEqual([{ ...created.body, tags }, 1])
    }
    const plain = await cleo.post('/tickets', { ...issue, subject: ' My words ', customer_id: cleo.id })
    expect(plain.body).toMatchObject({ ticket_id: 'TKT0002', subject: 'My words', priority: 'normal' })
  })

  test('an admin creates a ticket for a customer, by the body or by the path', async () => {
    const { ada, cleo } = await createWorld(desk)
    const byBody = await ada.post('/tickets', { ...issue, customer_id: cleo.id })
    expect(byBody.body).toMatchObject({ customer_id: cleo.id, customer_name: 'Cleo Customer' })
    const byPath = await ada.post(`/tickets/customer/${cleo.id}`, issue)
    expect([byPath.status, byPath.headers.get('location')]).toEqual([201, '/api/tickets/TKT0002'])
    expect((await cleo.post(`/tickets/customer/${cleo.id}`, issue)).body.ticket_id).toBe('TKT0003')
    expect(ticketIdsIn(await cleo.get('/tickets'))).toEqual(['TKT0003', 'TKT0002', 'TKT0001'])
  })

  test('a technician creates a ticket for a customer who calls: takes it, or watches it', async () => {
    const { ada, carl, tess, tom } = await createWorld(desk)
    const call = { ...issue, customer_id: carl.id, source: 'phone' }
    const taken = expectSuccess(await tess.post('/tickets', { ...call, technician_id: tess.id, tags: ['vpn'] })).body
    expect(taken).toMatchObject({ status: 'assigned', technician_id: tess.id, source: 'phone', tags: ['vpn'] })
    const queued = expectSuccess(await tess.post(`/tickets/customer/${carl.id}`, { ...issue, source: 'chat' })).body
    expect(queued).toMatchObject({ status: 'new', technician_id: null, source: 'chat', tags: [] })
    // A ticket of another category does not vanish, also not when a colleague has it.
    const printer = expectSuccess(await tess.post('/tickets', { ...call, issue_category: 'Printer' })).body
    expectSuccess(await ada.put(`/tickets/${printer.ticket_id}`, { technician_id: tom.id }))
    expect((await tess.get(`/tickets/${printer.ticket_id}`)).body).toMatchObject({ technician_id: tom.id })
    const { watchers } = expectSuccess(await tess.get(`/tickets/${printer.ticket_id}/watchers`)).body
    expect(watchers).toMatchObject([{ account_id: tess.id }])
    expect((await carl.get(`/tickets/${printer.ticket_id}`)).body).toMatchObject({ source: 'phone', tags: null })

    const ofPrinter = { ...call, issue_category: 'Printer', technician_id: tess.id }
    expect(verdict(await tess.post('/tickets', ofPrinter))).toEqual([422, 'technician_unavailable'])
    expect(verdict(await tess.post('/tickets', { ...call, technician_id: tom.id }))).toEqual([
      422,
      'technician_unavailable',
    ])
    expect(verdict(await tess.post('/tickets', { ...call, tags: ['vpn'] }))).toEqual([400, 'validation_failed'])
    expect(verdict(await carl.post('/tickets', { ...issue, source: 'phone' }))).toEqual([400, 'validation_failed'])
  })

  test('nobody creates a ticket in the name of others, and no number is lost by trying', async () => {
    const { ada, cleo, carl, tess } = await createWorld(desk)
    const forCarl = { ...issue, customer_id: carl.id }
    expect(verdict(await cleo.post('/tickets', forCarl))).toEqual([422, 'customer_unavailable'])
    expect(verdict(await cleo.post(`/tickets/customer/${carl.id}`, issue))).toEqual([404, 'customer_not_found'])
    for (const person of [ada, tess]) {
      const unnamed = await person.post('/tickets', issue)
      expect(verdict(unnamed)).toEqual([400, 'validation_failed'])
      expect(unnamed.body.errors).toEqual([
        { field: 'customer_id', message: 'customer_id is missing', code: 'missing' },
      ])
      const unknown = await person.post('/tickets', { ...issue, customer_id: 'CUS9999' })
      expect(verdict(unknown)).toEqual([422, 'customer_unavailable'])
    }
    for (const person of [ada, tess, cleo]) {
      const unknown = await person.post('/tickets/customer/CUS9999', issue)
      expect(verdict(unknown)).toEqual([404, 'customer_not_found'])
    }
    expect(await createTicket(cleo)).toBe('TKT0001')
  })

  test.each<[object, string]>([
    [{ issue_category: undefined }, 'issue_category missing'],
    [{ issue_category: 'x'.repeat(61) }, 'issue_category too_big'],
    [{ issue_description: ' \n ' }, 'issue_description too_small'],
    [{ issue_description: 'x'.repeat(10_001) }, 'issue_description too_big'],
    [{ issue_description: 'a\0b' }, 'issue_description invalid_value'],
    [{ issue_description: '\ud800' }, 'issue_description invalid_value'],
    [{ subject: 'two\nlines' }, 'subject invalid_value'],
    [{ subject: '' }, 'subject too_small'],
    [{ priority: 'asap' }, 'priority invalid_value'],
    [{ customer_id: 'CUS-1' }, 'customer_id invalid_format'],
    [{ status: 'closed' }, 'status unknown_member'],
    [{ technician_id: 'TEC0001' }, 'technician_id unknown_member'],
    [{ ticket_id: 'TKT9999' }, 'ticket_id unknown_member'],
    [{ tenant_id: 1 }, 'tenant_id unknown_member'],
  ])('refuses %j', async (more, error) => {
    const refused = await still.cleo.post('/tickets', { ...issue, ...more })
    expect(verdict(refused)).toEqual([400, 'validation_failed'])
    expect(refused.body.errors.map(({ field, code }: Record<string, string>) => `${field} ${code}`)).toEqual([error])
    expect(ticketIdsIn(await still.ada.get('/tickets'))).toEqual([])
  })

  const family = '👩‍👩‍👧‍👦'
  test.each<[string, string, string]>([
    ['its first line', 'First  line \u2028 second', 'First  line'],
    ['80 characters as they are', 'x'.repeat(80), 'x'.repeat(80)],
    ['more of them cut', 'x'.repeat(81), `${'x'.repeat(79)}…`],
    ['no space before the cut', `${'x'.repeat(78)} yyy`, `${'x'.repeat(78)}…`],
    ['astral characters counted as one', '😀'.repeat(80), '😀'.repeat(80)],
    ['an emoji of many code points left out whole', `${'x'.repeat(76)}${family}zzz`, `${'x'.repeat(76)}…`],
    ['a flag left out whole', `${'x'.repeat(78)}🇩🇪zzz`, `${'x'.repeat(78)}…`],
    ['a skin tone left with its hand', `${'x'.repeat(78)}👍🏽zzz`, `${'x'.repeat(78)}…`],
    ['an accent left with its letter', `${'x'.repeat(78)}q\u0301zzz`, `${'x'.repeat(78)}…`],
    ['control characters are spaces', 'a\tb\u0007c', 'a b c'],
    ['the category, when the first line is nothing to read', '\u0007\u0008\nsecond', 'Network'],
    ['the category, when the first line shows nothing', '\u200b\u3164\nsecond', 'Network'],
  ])('the subject is %s', async (_, issue_description, subject) => {
    const { body } = await busy.cleo.post('/tickets', { ...issue, issue_description })
    expect(body).toMatchObject({ subject, issue_description })
  })
})

describe('seeing', () => {
  test('customers their own; technicians theirs and the unassigned ones of their category; admins all', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, carl, tess, tom } = world
    await createTicket(cleo, { issue_category: 'network' })
    await createTicket(carl, { issue_category: 'Printer' })
    await createTicket(carl, { issue_category: 'Printer' })
    await ada.put('/tickets/TKT0003', { technician_id: tess.id })
    const sees = async (person: Person): Promise<string[]> => {
      const listed = ticketIdsIn(await person.get('/tickets?sort=raised_date'))
      const read: string[] = []
      for (const id of ['TKT0001', 'TKT0002', 'TKT0003']) {
        const reply = await person.get(`/tickets/${id}`)
        if (reply.status === 200) read.push(id)
        else expect(verdict(reply)).toEqual([404, 'ticket_not_found'])
      }
      expect(read).toEqual(listed)
      return listed
    }
    expect(await sees(ada)).toEqual(['TKT0001', 'TKT0002', 'TKT0003'])
    expect(await sees(cleo)).toEqual(['TKT0001'])
    expect(await sees(carl)).toEqual(['TKT0002', 'TKT0003'])
    expect(await sees(tess)).toEqual(['TKT0001', 'TKT0003'])
    expect(await sees(tom)).toEqual(['TKT0002'])
    expect(ticketIdsIn(await tess.get(`/tickets/technician/${tess.id}`))).toEqual(['TKT0003'])
    expect(ticketIdsIn(await ada.get(`/tickets/customer/${carl.id}`))).toEqual(['TKT0003', 'TKT0002'])
    expect(ticketIdsIn(await carl.get(`/tickets/customer/${carl.id}`))).toEqual(['TKT0003', 'TKT0002'])
    expect(verdict(await ada.get('/tickets/customer/CUS9999'))).toEqual([404, 'customer_not_found'])
    expect(verdict(await ada.get('/tickets/technician/TEC9999'))).toEqual([404, 'technician_not_found'])
    expect(verdict(await tom.get(`/tickets/technician/${tess.id}`))).toEqual([404, 'technician_not_found'])
  })
})

describe('reopening and closing', () => {
  test.each(['cleo', 'tess', 'ada'] as const)('%s may', async (who) => {
    const world = await createWorld(desk)
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    const reopened = await world[who].post(`/tickets/${id}/reopen`)
    expect(reopened.body).toMatchObject({ status: 'in_progress', resolved_date: null, closed_date: null, version: 5 })
    expect(versionIn(reopened)).toBe(5)
    await moveTicket(world.tess, id, 'resolved')
    const closed = await world[who].post(`/tickets/${id}/close`, {})
    expect(closed.body).toMatchObject({ status: 'closed', version: 7 })
    expect(closed.body.closed_date).not.toBeNull()
    for (const act of ['reopen', 'close']) {
      const refused = await world[who].post(`/tickets/${id}/${act}`)
      expect(verdict(refused)).toEqual([422, 'ticket_closed'])
      expect(refused.body.from).toBe('closed')
    }
  })

  test('reopening needs a resolved ticket, and nobody else may', async () => {
    const world = await createWorld(desk)
    const { cleo, carl, tom, technician } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const early = await cleo.post(`/tickets/${id}/reopen`)
    expect(verdict(early)).toEqual([422, 'illegal_transition'])
    expect([early.body.from, early.body.to]).toEqual(['in_progress', 'in_progress'])
    for (const act of ['reopen', 'close']) {
      for (const other of [carl, tom]) {
        expect(verdict(await other.post(`/tickets/${id}/${act}`))).toEqual([404, 'ticket_not_found'])
      }
    }
    const unassigned = await createTicket(cleo)
    const nina = await technician('Nina', 'Network')
    expect(verdict(await nina.post(`/tickets/${unassigned}/close`))).toEqual([403, 'forbidden'])
    expect(verdict(await cleo.post(`/tickets/${unassigned}/close`, { why: 'x' }))).toEqual([400, 'validation_failed'])
  })
})

describe('deleting', () => {
  test('takes a ticket out of every answer, for everybody, and its number is gone for good', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tess } = world
    const kept = await createTicket(cleo)
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    expect(verdict(await tess.delete(`/tickets/${id}`))).toEqual([403, 'forbidden'])
    expect((await ada.delete(`/tickets/${id}`)).status).toBe(204)
    expect(verdict(await ada.delete(`/tickets/${id}`))).toEqual([404, 'ticket_not_found'])
    for (const person of [ada, tess, cleo]) {
      expect(verdict(await person.get(`/tickets/${id}`))).toEqual([404, 'ticket_not_found'])
      for (const query of ['', '?q=network', '?status=resolved,new', '?sort=-priority', '?sort=-updated_at']) {
        expect(ticketIdsIn(await person.get(`/tickets${query}`))).toEqual([kept])
      }
    }
    expect(ticketIdsIn(await tess.get(`/tickets/technician/${tess.id}`))).toEqual([])
    expect(ticketIdsIn(await ada.get(`/tickets/customer/${cleo.id}`))).toEqual([kept])
    const change = { priority: 'low' }
    expect(verdict(await ada.put(`/tickets/${id}`, change))).toEqual([404, 'ticket_not_found'])
    const patched = await ada.patch(`/tickets/${id}`, change, { headers: { 'If-Match': '"4"' } })
    expect(verdict(patched)).toEqual([404, 'ticket_not_found'])
    expect(verdict(await cleo.post(`/tickets/${id}/reopen`))).toEqual([404, 'ticket_not_found'])
    expect(verdict(await cleo.post(`/tickets/${id}/close`))).toEqual([404, 'ticket_not_found'])
    expect(await createTicket(cleo)).toBe('TKT0003')
  })
})

describe('closing in time', () => {
  test('closes what has been resolved for seven days, once, and tells the customer', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const resolve = () => createAssignedTicket(world, 'in_progress', 'resolved')
    const [old, young, deleted] = [await resolve(), await resolve(), await resolve()]
    const reopened = await resolve()
    await cleo.post(`/tickets/${reopened}/reopen`)
    await ada.delete(`/tickets/${deleted}`)
    await exec(
      desk.app.pool,
      sql`update tickets set resolved_date = now() - case ticket_id when ${young} then interval '6 days 23:59'
            else interval '7 days' end
          where tenant_id = ${tenantId} and resolved_date is not null`,
    )
    await Promise.all([closeTicketsInTime(desk.app), closeTicketsInTime(desk.app)])
    await closeTicketsInTime(desk.app)
    expect((await ada.get(`/tickets/${old}`)).body).toMatchObject({ status: 'closed', version: 5 })
    expect((await ada.get(`/tickets/${old}`)).body.closed_date).not.toBeNull()
    expect((await ada.get(`/tickets/${young}`)).body.status).toBe('resolved')
    expect((await ada.get(`/tickets/${reopened}`)).body.status).toBe('in_progress')
    expect(verdict(await cleo.post(`/tickets/${old}/reopen`))).toEqual([422, 'ticket_closed'])
    await desk.settled()
    const { emails } = (await ada.get(`/emails?ticket_id=${old}&limit=100`)).body
    const closing = emails.filter((mail: { template: string }) => mail.template === 'ticket_closed')
    expect(closing).toMatchObject([{ account_id: cleo.id }])
    expect((await ada.get(`/emails/${closing[0].email_id}`)).body.text).toContain('the helpdesk, automatically')
  })
})
