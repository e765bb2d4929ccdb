import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { assignTicket, createTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { expectRefusal, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const take = (person: Person, id: string, more: object = {}): Promise<Reply> =>
  person.put(`/tickets/${id}`, { technician_id: person.id, ...more })

/** Makes everything that happened in a world happen so much earlier. */
const passTime = async ({ tenantId }: World, minutes: number): Promise<void> => {
  const earlier = sql`make_interval(mins => ${minutes}::integer)`
  await exec(desk.owner, sql`update events set occurred_at = occurred_at - ${earlier} where tenant_id = ${tenantId}`)
  await exec(desk.owner, sql`update tickets set raised_date = raised_date - ${earlier} where tenant_id = ${tenantId}`)
}

test('of technicians who take a ticket at the same time one gets it, and the others are told that a colleague has it', async () => {
  const world = await createWorld(desk)
  const { tess, cleo } = world
  const technicians = [tess]
  for (const name of ['Tilda', 'Till', 'Tove']) technicians.push(await world.technician(name, 'network'))
  for (let round = 1; round <= 20; round += 1) {
    const id = await createTicket(cleo)
    const replies = await Promise.all(technicians.map((person) => take(person, id)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409])
    for (const { status, body, text } of replies.filter(({ status }) => status !== 200)) {
      expect([status, body.code, body.detail]).toEqual([409, 'ticket_taken', `A colleague has taken ${id}.`])
      // The refusal does not say who has it.
      for (const { id: technician } of technicians) expect(text).not.toContain(technician)
      expect(text).not.toContain('Technician')
    }
  }
})

test('who comes later than ten minutes, or is of another category, finds no ticket', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const tilda = await world.technician('Tilda', 'Network')
  const id = await createTicket(cleo)
  await assignTicket(ada, id, tess)
  await expectRefusal(take(tilda, id), 409, 'ticket_taken')
  await expectRefusal(take(tilda, id, { status: 'in_progress' }), 409, 'ticket_taken')
  await expectRefusal(
    tilda.patch(`/tickets/${id}`, { technician_id: tilda.id }, { headers: { 'If-Match': '"1"' } }),
    409,
    'ticket_taken',
  )
  // Only taking the ticket is answered so.
  await expectRefusal(tilda.put(`/tickets/${id}`, { priority: 'low' }), 404, 'ticket_not_found')
  await expectRefusal(tilda.put(`/tickets/${id}`, { technician_id: tess.id }), 404, 'ticket_not_found')
  await expectRefusal(tilda.get(`/tickets/${id}`), 404, 'ticket_not_found')
  await expectRefusal(take(tom, id), 404, 'ticket_not_found')
  await expectRefusal(take(tilda, 'TKT9999'), 404, 'ticket_not_found')
  await passTime(world, 9)
  await expectRefusal(take(tilda, id), 409, 'ticket_taken')
  await passTime(world, 2)
  await expectRefusal(take(tilda, id), 404, 'ticket_not_found')
})

test('nobody learns of a ticket that they never could take', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const tilda = await world.technician('Tilda', 'Network')
  // Handed from one technician to another, long after it was taken.
  const handed = await createTicket(cleo)
  await assignTicket(ada, handed, tess)
  await passTime(world, 11)
  await assignTicket(ada, handed, tom)
  // It became one of her category when it was assigned, or after that.
  const [together, later] = [
    await createTicket(cleo, { issue_category: 'Printer' }),
    await createTicket(cleo, { issue_category: 'Printer' }),
  ]
  expectSuccess(await ada.put(`/tickets/${together}`, { technician_id: tess.id, issue_category: 'Network' }))
  await assignTicket(ada, later, tess)
  expectSuccess(await ada.put(`/tickets/${later}`, { issue_category: 'Network' }))
  // It had its technician from its creation on.
  const born = await createTicket(cleo)
  await assignTicket(ada, born, tess)
  await exec(
    desk.owner,
    sql`update tickets t set raised_date = e.occurred_at from events e
        where t.tenant_id = ${world.tenantId} and t.ticket_id = ${born} and e.tenant_id = t.tenant_id
          and e.subject_id = t.ticket_id and e.type = 'ticket.assigned'`,
  )
  // It is deleted, or merged.
  const [gone, merged] = [await createTicket(cleo), await createTicket(cleo)]
  for (const id of [gone, merged]) await assignTicket(ada, id, tess)
  expectSuccess(await ada.delete(`/tickets/${gone}`))
  await mergeTicket(ada, merged, handed)
  for (const id of [handed, together, later, born, gone, merged]) {
    await expectRefusal(take(tilda, id), 404, 'ticket_not_found')
  }
})

test('who had the ticket herself is not late, however she lost it', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const [tilda, tove] = [await world.technician('Tilda', 'Network'), await world.technician('Tove', 'Network')]
  const [own, given] = [await createTicket(cleo), await createTicket(cleo)]
  expectSuccess(await take(tess, own))
  expectSuccess(await tess.put(`/tickets/${own}`, { technician_id: tilda.id }))
  expectSuccess(await take(tilda, given))
  expectSuccess(await tilda.put(`/tickets/${given}`, { technician_id: tess.id }))
  expectSuccess(await tess.put(`/tickets/${given}`, { technician_id: tove.id }))
  for (const id of [own, given]) await expectRefusal(take(tess, id), 404, 'ticket_not_found')
  // Who watches the ticket sees it, but does not work on it.
  expectSuccess(await ada.put(`/tickets/${own}/watchers/${tess.id}`))
  await expectRefusal(take(tess, own), 403, 'forbidden')
  await expectRefusal(take(tove, own), 409, 'ticket_taken')
  // Given back and taken by a colleague, it was there to take again.
  expectSuccess(await ada.put(`/tickets/${own}`, { technician_id: null }))
  expectSuccess(await take(tove, own))
  await expectRefusal(take(tess, own), 409, 'ticket_taken')
})

test('a watcher who comes too late is told so, too; the own ticket, and a ticket that is free again, are taken', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const tilda = await world.technician('Tilda', 'Network')
  const id = await createTicket(cleo)
  expectSuccess(await tilda.put(`/tickets/${id}/watchers/${tilda.id}`))
  expectSuccess(await take(tess, id))
  await expectRefusal(take(tilda, id), 409, 'ticket_taken')
  expectSuccess(await take(tess, id))
  expectSuccess(await ada.put(`/tickets/${id}`, { technician_id: null }))
  expectSuccess(await take(tilda, id))
})
