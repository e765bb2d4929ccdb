import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { exec, many, sql } from '../../../platform/db/sql.ts'
import {
  assignTicket,
  createTicket,
  createTickets,
  mergeTicket,
  moveTicket,
  resolveTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { ticketIdsIn, verdict, versionIn } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { getFinalTarget } from '../tickets/conversations.service.ts'
import { conversationOf } from '../tickets/tickets.steps.ts'
import { closeTicketsInTime } from './close-tickets.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const merge = (person: Person, id: string, into: string): Promise<Reply> =>
  person.post(`/tickets/${id}/merge`, { into })

/** The events of merges and deletions: what a test did to its tickets before is left out. */
const eventsOf = async (world: World, like = 'ticket.%') =>
  (await recordedEvents(desk, world, like)).filter(
    ({ type }) => type !== 'ticket.created' && type !== 'ticket.assigned',
  )

/** The numbers of the tickets whose comments a ticket shows. */
const conversation = async ({ tenantId }: World, number: number): Promise<number[]> => {
  const rows = await many(
    desk.app.pool,
    z.object({ n: z.int() }),
    sql`select t.ticket_number as n from tickets t
        where t.tenant_id = ${tenantId} and t.ticket_number in (${conversationOf(tenantId, number)}) order by n`,
  )
  return rows.map(({ n }) => n)
}

describe('merging', () => {
  test('a ticket is merged into another, stays as it is meanwhile, and is what it was when the merge is undone', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tess } = world
    await createTickets(cleo, 2)
    for (const id of ['TKT0001', 'TKT0002']) await assignTicket(ada, id, tess)
    const before = (await ada.get('/tickets/TKT0001')).body

    const reply = await merge(tess, 'TKT0001', 'TKT0002')
    expect([reply.status, versionIn(reply)]).toEqual([200, 3])
    const { updated_at } = reply.body
    expect(reply.body).toEqual({ ...before, merged_into: 'TKT0002', version: 3, updated_at })
    expect(updated_at > before.updated_at).toBe(true)
    expect((await ada.get('/tickets/TKT0002')).body).toMatchObject({ merged_into: null, version: 2, updated_at })
    expect((await cleo.get('/tickets/TKT0001')).body.merged_into).toBe('TKT0002')

    // A merged ticket is in no list except the list of merged tickets.
    const lists: [Person, string][] = [
      [ada, '/tickets'],
      [ada, '/tickets?merged=false'],
      [ada, '/tickets?q=network'],
      [ada, `/tickets/customer/${cleo.id}`],
      [ada, `/tickets/technician/${tess.id}`],
      [tess, '/tickets'],
      [cleo, '/tickets'],
    ]
    for (const [person, path] of lists) {
      expect(ticketIdsIn(await person.get(path))).toEqual(['TKT0002'])
      if (path.includes('merged')) continue
      const only = `${path}${path.includes('?') ? '&' : '?'}merged=true`
      expect(ticketIdsIn(await person.get(only))).toEqual(['TKT0001'])
    }
    expect(verdict(await ada.get('/tickets?merged=yes'))).toEqual([400, 'validation_failed'])

    const changes = [
      await ada.put('/tickets/TKT0001', { priority: 'high' }),
      await tess.patch('/tickets/TKT0001', { status: 'in_progress' }, { headers: { 'If-Match': '"3"' } }),
      await cleo.post('/tickets/TKT0001/reopen'),
      await cleo.post('/tickets/TKT0001/close'),
      await merge(ada, 'TKT0001', 'TKT0002'),
    ]
    for (const change of changes) {
      expect(verdict(change)).toEqual([422, 'ticket_merged'])
      expect(change.body.merged_into).toBe('TKT0002')
    }

    const undone = await tess.post('/tickets/TKT0001/unmerge')
    expect(undone.status).toBe(200)
    // The mails of the merge may be out by now, and then the answer says so.
    const { warnings: _, ...became } = undone.body
    expect(became).toEqual({ ...before, version: 4, updated_at: undone.body.updated_at })
    expect(verdict(await tess.post('/tickets/TKT0001/unmerge'))).toEqual([422, 'ticket_not_merged'])
    expect(ticketIdsIn(await cleo.get('/tickets'))).toEqual(['TKT0002', 'TKT0001'])

    expect(await eventsOf(world)).toMatchObject([
      {
        type: 'ticket.merged',
        subject_id: 'TKT0001',
        subject_version: 3,
        changes: { merged_into: { from: null, to: 'TKT0002' } },
        details: {},
      },
      {
        type: 'ticket.absorbed',
        subject_id: 'TKT0002',
        subject_version: null,
        changes: {},
        details: { ticket_id: 'TKT0001' },
      },
      {
        type: 'ticket.unmerged',
        subject_id: 'TKT0001',
        subject_version: 4,
        changes: { merged_into: { from: 'TKT0002', to: null } },
        details: {},
      },
      {
        type: 'ticket.released',
        subject_id: 'TKT0002',
        subject_version: null,
        changes: {},
        details: { ticket_id: 'TKT0001' },
      },
    ])
    // A change of the version before the merge learns of the merge.
    const stale = await ada.patch('/tickets/TKT0001', { priority: 'low' }, { headers: { 'If-Match': '"2"' } })
    expect(stale.body).toMatchObject({
      code: 'stale_version',
      changed: [{ field: 'merged_into', by: tess.id, version: 4 }],
    })
  })

  test('the target of a merge may be merged: the chain grows, and its end is known', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    await createTickets(cleo, 5)
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    await mergeTicket(ada, 'TKT0005', 'TKT0002')
    await mergeTicket(ada, 'TKT0002', 'TKT0003')
    expect(await getFinalTarget(desk.app.pool, tenantId, 'TKT0001')).toBe('TKT0003')
    expect(await getFinalTarget(desk.app.pool, tenantId, 'TKT0003')).toBe('TKT0003')
    expect(await getFinalTarget(desk.app.pool, tenantId, 'TKT0004')).toBe('TKT0004')
    expect(await conversation(world, 3)).toEqual([1, 2, 3, 5])
    // The conversation of a merged ticket is read at its final target.
    expect(await conversation(world, 2)).toEqual([2])
    expect(await conversation(world, 4)).toEqual([4])

    const refused = await merge(ada, 'TKT0004', 'TKT0001')
    expect(verdict(refused)).toEqual([422, 'merge_target_merged'])
    expect([refused.body.merged_into, refused.body.detail]).toEqual(['TKT0003', expect.stringContaining('TKT0003')])
    for (const into of ['TKT0001', 'TKT0002']) {
      expect(verdict(await merge(ada, 'TKT0003', into))).toEqual([422, 'merge_circle'])
    }
    expect(verdict(await merge(ada, 'TKT0003', 'TKT0003'))).toEqual([422, 'merge_into_itself'])

    // A merge in the middle of a chain can be undone alone.
    expect((await ada.post('/tickets/TKT0002/unmerge')).status).toBe(200)
    expect(await getFinalTarget(desk.app.pool, tenantId, 'TKT0001')).toBe('TKT0002')
    expect(await conversation(world, 3)).toEqual([3])
  })

  test('of several merges of a ticket, undoing names what the last one left', async () => {
    const { ada, cleo, tess } = await createWorld(desk)
    const [id = '', into = ''] = await createTickets(cleo, 2)
    await resolveTicket(ada, into, tess)
    const left = async (): Promise<boolean> => {
      await mergeTicket(ada, id, into)
      const { warnings = [] } = (await ada.post(`/tickets/${id}/unmerge`)).body
      return warnings.some(({ code }: { code: string }) => code === 'stays_reopened')
    }
    expect([await left(), await left()]).toEqual([true, false])
    await moveTicket(ada, into, 'resolved')
    expect(await left()).toBe(true)
  })

  test('a merged ticket may be deleted alone', async () => {
    const world = await createWorld(desk)
    const { ada, cleo } = world
    await createTickets(cleo, 3)
    await mergeTicket(ada, 'TKT0001', 'TKT0003')
    await mergeTicket(ada, 'TKT0002', 'TKT0003')
    expect((await ada.delete('/tickets/TKT0001')).status).toBe(204)
    expect(verdict(await ada.post('/tickets/TKT0001/unmerge'))).toEqual([404, 'ticket_not_found'])
    expect(await conversation(world, 3)).toEqual([2, 3])
    expect((await eventsOf(world, 'ticket.deleted')).map(({ subject_id }) => subject_id)).toEqual(['TKT0001'])
  })

  test('not every person and not every ticket may be merged', async () => {
    const { ada, tess, tom, cleo, carl } = await createWorld(desk)
    await createTickets(cleo, 3)
    const other = await createTicket(carl)
    await assignTicket(ada, 'TKT0001', tess)
    await assignTicket(ada, 'TKT0002', tom)
    // Tess sees TKT0001, which is hers, and TKT0003, which is of her category. She does not see TKT0002.
    expect(verdict(await merge(tess, 'TKT0001', 'TKT0003'))).toEqual([403, 'forbidden'])
    expect(verdict(await merge(tess, 'TKT0003', 'TKT0001'))).toEqual([403, 'forbidden'])
    const invisible = await merge(tess, 'TKT0001', 'TKT0002')
    const unknown = await merge(tess, 'TKT0001', 'TKT9999')
    expect(verdict(invisible)).toEqual([422, 'merge_target_unknown'])
    expect({ ...invisible.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' })
    expect(verdict(await merge(tess, 'TKT0002', 'TKT0001'))).toEqual([404, 'ticket_not_found'])
    expect(verdict(await merge(tess, 'TKT0002', 'TKT0002'))).toEqual([404, 'ticket_not_found'])
    for (const person of [cleo, carl]) {
      expect(verdict(await merge(person, 'TKT0001', 'TKT0002'))).toEqual([403, 'forbidden'])
      expect(verdict(await person.post('/tickets/TKT0001/unmerge'))).toEqual([403, 'forbidden'])
    }
    expect(verdict(await merge(ada, 'TKT0001', other))).toEqual([422, 'merge_across_customers'])
    expect(verdict(await merge(ada, 'TKT9999', 'TKT0001'))).toEqual([404, 'ticket_not_found'])
    await ada.delete('/tickets/TKT0003')
    expect(verdict(await merge(ada, 'TKT0001', 'TKT0003'))).toEqual([422, 'merge_target_unknown'])
    for (const body of [{}, { into: 'CUS1' }, { into: null }, { into: ['TKT0002'] }, { into: 'TKT0002', x: 1 }, []]) {
      expect(verdict(await ada.post('/tickets/TKT0001/merge', body))).toEqual([400, 'validation_failed'])
    }
    // Tess does not undo a merge into a ticket that is not hers.
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    expect(verdict(await tess.post('/tickets/TKT0001/unmerge'))).toEqual([403, 'forbidden'])
    // She watches the target since the merge, but does not work on it.
    expect(verdict(await tess.post('/tickets/TKT0002/unmerge'))).toEqual([403, 'forbidden'])
  })

  test('nothing is merged into a closed ticket, nor more than a hundred into one', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tess } = world
    await createTickets(cleo, 2)
    await resolveTicket(ada, 'TKT0002', tess)
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    await ada.post('/tickets/TKT0001/unmerge')
    // The merge of an open ticket has reopened it.
    await moveTicket(ada, 'TKT0002', 'resolved', 'closed')
    const refused = await merge(ada, 'TKT0001', 'TKT0002')
    expect([...verdict(refused), refused.body.follow_up_of]).toEqual([422, 'ticket_closed', 'TKT0002'])
    expect(refused.body.detail).toContain(
      `POST /tickets with "follow_up_of": "TKT0002" and "customer_id": "${cleo.id}"`,
    )
    const named = { follow_up_of: 'TKT0002', customer_id: cleo.id }
    expect((await ada.get(`/tickets/${await createTicket(ada, named)}`)).body.follow_up_of).toBe('TKT0002')
    await mergeTicket(ada, 'TKT0002', 'TKT0001')

    const { tenantId } = world
    await exec(
      desk.app.pool,
      sql`with counter as (update counters set value = 200 where tenant_id = ${tenantId} and name = 'ticket')
          insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id,
            merged_into_number, final_target_number)
          select ${tenantId}, n, 'x', 'x', 'x', ${cleo.id}, 3, 3 from generate_series(10, 106) n`,
    )
    expect(await conversation(world, 3)).toHaveLength(98)
    // Two more tickets make a hundred. A third is one too many.
    const third = await createTicket(cleo)
    await mergeTicket(ada, third, 'TKT0001')
    expect(verdict(await merge(ada, 'TKT0001', 'TKT0003'))).toEqual([422, 'merge_too_large'])
    await ada.post('/tickets/TKT0002/unmerge')
    await mergeTicket(ada, 'TKT0001', 'TKT0003')
    expect(await conversation(world, 3)).toHaveLength(100)
    expect(verdict(await merge(ada, 'TKT0002', 'TKT0003'))).toEqual([422, 'merge_too_large'])
  })

  test('a merged ticket is not closed in time, and the deactivation of its technician unassigns it', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tess } = world
    await createTickets(cleo, 3)
    for (const id of ['TKT0001', 'TKT0002']) await assignTicket(ada, id, tess)
    await moveTicket(ada, 'TKT0001', 'in_progress', 'resolved')
    for (const id of ['TKT0001', 'TKT0002']) await mergeTicket(ada, id, 'TKT0003')
    await exec(
      desk.app.pool,
      sql`update tickets set resolved_date = now() - interval '8 days'
          where tenant_id = ${world.tenantId} and ticket_number = 1`,
    )
    await closeTicketsInTime(desk.app)
    expect((await ada.get('/tickets/TKT0001')).body.status).toBe('resolved')
    expect((await ada.delete(`/technicians/${tess.id}`)).status).toBe(204)
    expect((await ada.get('/tickets/TKT0002')).body).toMatchObject({ status: 'new', merged_into: 'TKT0003' })
    await ada.post('/tickets/TKT0001/unmerge')
    await closeTicketsInTime(desk.app)
    expect((await ada.get('/tickets/TKT0001')).body.status).toBe('closed')
  })

  test('the same Idempotency-Key merges once', async () => {
    const world = await createWorld(desk)
    const { ada, cleo } = world
    await createTickets(cleo, 2)
    const sending = { headers: { 'Idempotency-Key': 'merge-1' } }
    const first = await ada.post('/tickets/TKT0001/merge', { into: 'TKT0002' }, sending)
    const again = await ada.post('/tickets/TKT0001/merge', { into: 'TKT0002' }, sending)
    expect([again.status, again.text]).toEqual([200, first.text])
    expect(await eventsOf(world, 'ticket.merged')).toHaveLength(1)
  })
})
