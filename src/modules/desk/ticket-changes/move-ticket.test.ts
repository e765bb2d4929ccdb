import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import {
  comment,
  createAssignedTicket,
  createTicket,
  issue,
  mergeTicket,
} from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess, ticketIdsIn } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const move = (id: string, to: Person, more: object = {}) =>
  world.ada.post(`/tickets/${id}/move`, { customer_id: to.id, ...more })
const customersOf = async (...ids: string[]): Promise<string[]> =>
  Promise.all(ids.map(async (id) => bodyOf(await world.ada.get(`/tickets/${id}`)).customer_id))

describe('moving a ticket', () => {
  test('gives it to the other customer, and the former customer loses sight at once', async () => {
    const { ada, cleo, carl } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const moved = bodyOf(await move(id, carl))
    expect(moved).toMatchObject({ customer_id: carl.id, customer_name: 'Carl Customer', version: 4 })
    for (const path of ['', '/comments', '/attachments', '/history', '/emails']) {
      await expectRefusal(cleo.get(`/tickets/${id}${path}`), 404, 'ticket_not_found')
      expectSuccess(await carl.get(`/tickets/${id}${path}`))
    }
    for (const query of ['', '?q=network', '?status=in_progress']) {
      expect(ticketIdsIn(await cleo.get(`/tickets${query}`))).not.toContain(id)
      expect(ticketIdsIn(await carl.get(`/tickets${query}`))).toContain(id)
    }
    await expectRefusal(comment(cleo, id, 'Mine.'), 404, 'ticket_not_found')
    expect(await recordedEvents(desk, world, 'ticket.moved')).toMatchObject([
      { subject_id: id, subject_version: 4, changes: { customer_id: { from: cleo.id, to: carl.id } } },
    ])
    // Moving it there again changes nothing.
    expect(bodyOf(await move(id, carl)).version).toBe(4)
    const stale = await ada.patch(`/tickets/${id}`, { priority: 'low' }, { headers: { 'If-Match': '"3"' } })
    expect(stale.body.changed).toEqual([{ field: 'customer_id', by: 'ada', version: 4 }])
  })

  test('the new customer learns nothing of the former one', async () => {
    const { cleo, carl, ada } = world
    const id = await createTicket(cleo)
    expectSuccess(await ada.put(`/tickets/${id}`, { subject: 'Corrected' }))
    expectSuccess(await move(id, carl))
    expectSuccess(await ada.put(`/tickets/${id}`, { priority: 'high' }))
    await writeMails(desk)
    const answers = []
    for (const path of ['', '/comments', '/attachments', '/history', '/emails']) {
      answers.push((await carl.get(`/tickets/${id}${path}`)).text)
    }
    answers.push((await carl.get('/tickets')).text)
    for (const answer of answers) for (const word of [cleo.id, 'Cleo', cleo.email]) expect(answer).not.toContain(word)
    const { history } = bodyOf(await carl.get(`/tickets/${id}/history`))
    expect(history.map(({ type }: { type: string }) => type)).toEqual(['ticket.moved', 'ticket.updated'])
    expect(history[0]).toMatchObject({ changes: {}, details: {} })
    expect(bodyOf(await ada.get(`/tickets/${id}/history`)).history).toHaveLength(4)
  })

  test('needs a confirmation when the former customer has written or attached something that is public', async () => {
    const { cleo, carl, ada, tess } = world
    const [said, withdrawn, attached, byStaff] = [
      await createTicket(cleo),
      await createTicket(cleo),
      await createTicket(cleo),
      await createAssignedTicket(world),
    ]
    expectSuccess(await comment(cleo, said, 'My password is …'))
    const gone = bodyOf(await comment(cleo, withdrawn, 'My password is …'))
    expectSuccess(await cleo.delete(`/tickets/${withdrawn}/comments/${gone.comment_id}`))
    await attach(desk, cleo, attached, textFile())
    expectSuccess(await comment(tess, byStaff, 'Which socket?'))
    expectSuccess(await comment(tess, byStaff, 'The cabinet.', 'internal'))
    expectSuccess(await move(byStaff, carl))
    for (const id of [said, withdrawn, attached]) {
      await expectRefusal(move(id, carl), 422, 'move_needs_confirm')
      await expectRefusal(move(id, carl, { confirm: false }), 422, 'move_needs_confirm')
      expect(await customersOf(id)).toEqual([cleo.id])
      expectSuccess(await move(id, carl, { confirm: true }))
    }
    const [shown] = bodyOf(await carl.get(`/tickets/${said}/comments`)).comments
    expect([shown.author_id, shown.author_role, shown.body]).toEqual([null, 'customer', 'My password is …'])
    const [file] = bodyOf(await carl.get(`/tickets/${attached}/attachments`)).attachments
    expect(file.author_id).toBeNull()
    // To a third customer the words of the first are still the words of another.
    const cora = await world.customer('Cora')
    await expectRefusal(move(said, cora), 422, 'move_needs_confirm')
    // Back to who wrote them, they are not.
    expectSuccess(await move(said, cleo))
    expect(bodyOf(await ada.get(`/tickets/${said}`)).version).toBe(3)
  })

  test('needs no confirmation for a file that has been deleted', async () => {
    const { cleo, carl } = world
    const id = await createTicket(cleo)
    const { attachment_id } = await attach(desk, cleo, id, textFile())
    await expectRefusal(move(id, carl), 422, 'move_needs_confirm')
    expectSuccess(await cleo.delete(`/tickets/${id}/attachments/${attachment_id}`))
    expectSuccess(await move(id, carl))
  })

  test('needs a confirmation when the former customer has closed it, or a ticket merged into it, with a reason', async () => {
    const { ada, cleo, carl } = world
    const [id, target, other] = [await createTicket(cleo), await createTicket(cleo), await createTicket(cleo)]
    expectSuccess(await cleo.post(`/tickets/${id}/close`, { reason: 'My doctor has called back.' }))
    expectSuccess(await cleo.post(`/tickets/${other}/close`))
    expectSuccess(await move(other, carl))
    await expectRefusal(move(id, carl), 422, 'move_needs_confirm')
    await mergeTicket(ada, id, target)
    await expectRefusal(move(target, carl), 422, 'move_needs_confirm')
    expectSuccess(await move(target, carl, { confirm: true }))
    expect(bodyOf(await carl.get(`/tickets/${id}`)).close_reason).toBe('My doctor has called back.')
  })

  test('refuses whom a ticket cannot belong to, merged tickets, and everybody but admins', async () => {
    const { ada, cleo, carl, tess } = world
    const id = await createTicket(cleo)
    const leaver = await world.customer()
    expectSuccess(await ada.delete(`/customers/${leaver.id}`))
    for (const customer_id of [leaver.id, 'CUS9999']) {
      const refused = ada.post(`/tickets/${id}/move`, { customer_id })
      await expectRefusal(refused, 422, 'customer_unavailable')
    }
    await expectRefusal(ada.post(`/tickets/${id}/move`, { customer_id: tess.id }), 400, 'validation_failed')
    await expectRefusal(ada.post(`/tickets/${id}/move`, {}), 400, 'validation_failed')
    for (const person of [tess, cleo, carl]) {
      await expectRefusal(person.post(`/tickets/${id}/move`, { customer_id: carl.id }), 403, 'forbidden')
    }
    await mergeTicket(ada, id, await createTicket(cleo))
    await expectRefusal(move(id, carl), 422, 'ticket_merged')
    await expectRefusal(ada.post('/tickets/TKT9999/move', { customer_id: carl.id }), 404, 'ticket_not_found')
  })

  test('no follow-up names a ticket of another customer to a customer', async () => {
    const { ada, cleo, carl } = world
    const id = await createTicket(cleo)
    expectSuccess(await cleo.post(`/tickets/${id}/close`))
    const later = await createTicket(cleo, { follow_up_of: id })
    expect(bodyOf(await cleo.get(`/tickets/${later}`)).follow_up_of).toBe(id)
    expectSuccess(await move(id, carl))
    expect(bodyOf(await cleo.get(`/tickets/${later}`)).follow_up_of).toBeNull()
    expect((await cleo.get('/tickets')).text).not.toContain(`"${id}"`)
    expect(bodyOf(await ada.get(`/tickets/${later}`)).follow_up_of).toBe(id)
    expectSuccess(await move(later, carl))
    expect(bodyOf(await carl.get(`/tickets/${later}`)).follow_up_of).toBe(id)
    expectSuccess(await move(id, cleo))
    expect(bodyOf(await carl.get(`/tickets/${later}`)).follow_up_of).toBeNull()
  })
})

describe('what is merged into the ticket', () => {
  test('goes with it, also when it was deleted, and its comments count', async () => {
    const { ada, cleo, carl } = world
    const [id = '', direct = '', further = '', deleted = ''] = await Promise.all(
      [1, 2, 3, 4].map(() => createTicket(cleo)),
    )
    expectSuccess(await comment(cleo, further, 'Said on the furthest.'))
    await mergeTicket(ada, further, direct)
    await mergeTicket(ada, direct, id)
    await mergeTicket(ada, deleted, id)
    expectSuccess(await ada.delete(`/tickets/${deleted}`))
    await expectRefusal(move(id, carl), 422, 'move_needs_confirm')
    expectSuccess(await move(id, carl, { confirm: true }))
    expect(await customersOf(id, direct, further)).toEqual([carl.id, carl.id, carl.id])
    for (const ticket of [id, direct, further]) {
      await expectRefusal(cleo.get(`/tickets/${ticket}`), 404, 'ticket_not_found')
      expectSuccess(await carl.get(`/tickets/${ticket}`))
    }
    const ofDeleted = sql`select from tickets t
      where t.tenant_id = ${world.tenantId} and t.ticket_id = ${deleted} and t.customer_id = ${carl.id}
        and t.moved_at is not null`
    expect(await exec(desk.app.pool, ofDeleted)).toBe(1)
    // The merge can be undone, and all stay together with their customer.
    expectSuccess(await ada.post(`/tickets/${direct}/unmerge`))
    expect(await customersOf(direct, further)).toEqual([carl.id, carl.id])
  })

  test('a hundred tickets are moved by one event', async () => {
    const { ada, cleo, carl } = world
    const ids = await Promise.all(Array.from({ length: 100 }, () => createTicket(cleo)))
    const [id = '', ...others] = ids
    for (const other of others) await mergeTicket(ada, other, id)
    const before = (await recordedEvents(desk, world)).length
    expectSuccess(await move(id, carl))
    expect((await recordedEvents(desk, world)).length).toBe(before + 1)
    expect(new Set(await customersOf(...ids))).toEqual(new Set([carl.id]))
  })

  test('whatever is merged, unmerged and written at the same time, merged tickets have one customer', async () => {
    const { ada, cleo, carl } = world
    for (let round = 0; round < 4; round += 1) {
      const [a = '', b = '', c = ''] = await Promise.all([1, 2, 3].map(() => createTicket(cleo)))
      // The number of the target is now the smallest, now the largest.
      const target = round % 2 ? a : c
      const source = round % 2 ? c : a
      await mergeTicket(ada, b, target)
      const replies = await Promise.all([
        ada.post(`/tickets/${source}/merge`, { into: target }),
        move(target, carl),
        ada.post(`/tickets/${b}/unmerge`),
        comment(cleo, b, 'Still down.'),
        ada.post(`/tickets/${b}/merge`, { into: target }),
        cleo.post('/tickets', issue),
      ])
      for (const { status, text } of replies) expect([200, 201, 404, 422], text).toContain(status)
    }
    const apart = sql`select from tickets t
      join tickets m on m.tenant_id = t.tenant_id and m.merged_into_number = t.ticket_number
      where t.tenant_id = ${world.tenantId} and m.customer_id <> t.customer_id`
    expect(await exec(desk.app.pool, apart)).toBe(0)
  })
})
