import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess, ticketIdsIn, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

// People write the id of a ticket as they read it, or only its number. All of these are TKT0001.
const spellings = ['TKT0001', 'tkt0001', 'TKT1', 'tkt1', 'Tkt01', '0001', '1']

/** The same spellings of another id. */
const spelled = (id: string): string[] => {
  const [prefix, number] = [id.slice(0, 3), String(Number(id.slice(3)))]
  return [
    id,
    id.toLowerCase(),
    prefix + number,
    prefix.toLowerCase() + number,
    `${prefix}0${number}`,
    id.slice(3),
    number,
  ]
}

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
  await createTicket(world.cleo)
  await createTicket(world.carl)
  bodyOf(await world.ada.put('/tickets/1', { technician_id: 'tec1' }))
  await desk.settled()
})
afterAll(() => desk?.stop())

describe('an id may be spelled in many ways', () => {
  test.each(spellings)('in paths: %s', async (id) => {
    const { ada, cleo, carl } = world
    expect(bodyOf(await cleo.get(`/tickets/${id}`)).ticket_id).toBe('TKT0001')
    expect(verdict(await carl.get(`/tickets/${id}`))).toEqual([404, 'ticket_not_found'])
    for (const list of ['comments', 'history', 'links', 'emails', 'attachments', 'watchers', 'tags/vpn']) {
      const reply = list.startsWith('tags') ? ada.put(`/tickets/${id}/${list}`) : ada.get(`/tickets/${id}/${list}`)
      expect((await reply).status, list).toBe(200)
    }
  })

  test.each([0, 1, 2, 3, 4, 5, 6])('in paths, of people: spelling %i', async (at) => {
    const { ada, cleo, tess } = world
    const [customer, technician] = [spelled(cleo.id)[at], spelled(tess.id)[at]]
    expect(bodyOf(await ada.get(`/customers/${customer}`)).customer_id).toBe(cleo.id)
    expect(bodyOf(await ada.get(`/technicians/${technician}`)).technician_id).toBe(tess.id)
    expect(ticketIdsIn(await ada.get(`/tickets/customer/${customer}`))).toEqual(['TKT0001'])
    expect(ticketIdsIn(await tess.get(`/tickets/technician/${technician}`))).toEqual(['TKT0001'])
  })

  test.each([0, 1, 2, 3, 4, 5, 6])('in queries: spelling %i', async (at) => {
    const { ada, cleo, tess } = world
    expect(ticketIdsIn(await ada.get(`/tickets?customer_id=${spelled(cleo.id)[at]}`))).toEqual(['TKT0001'])
    expect(ticketIdsIn(await ada.get(`/tickets?technician_id=${spelled(tess.id)[at]}`))).toEqual(['TKT0001'])
    expect((await ada.get(`/emails?ticket_id=${spellings[at]}`)).status).toBe(200)
  })

  test.each(['TKT0001', 'tkt1', 'TKT1', 'cus1', 'Tec1', 'CUS0001'])('in the audit: %s', async (id) => {
    const { events } = bodyOf(await world.ada.get(`/audit?subject=${id}`))
    const canonical = id.slice(0, 3).toUpperCase() + id.slice(3).padStart(4, '0')
    expect(events[0]).toMatchObject({ subject_id: canonical })
  })

  test.each([0, 1, 2, 3, 4, 5, 6])('in bodies: spelling %i', async (at) => {
    const { ada, cleo, carl, tess } = world
    const issue = { issue_category: 'Network', issue_description: 'It is down.' }
    const first = bodyOf(await ada.post('/tickets', { ...issue, customer_id: spelled(cleo.id)[at] }))
    expect(first.customer_id).toBe(cleo.id)
    const taken = bodyOf(await ada.put(`/tickets/${first.ticket_id}`, { technician_id: spelled(tess.id)[at] }))
    expect(taken.technician_id).toBe(tess.id)
    const second = await createTicket(cleo)
    const merged = bodyOf(await ada.post(`/tickets/${second}/merge`, { into: spelled(first.ticket_id)[at] }))
    expect(merged.merged_into).toBe(first.ticket_id)
    const third = await createTicket(cleo)
    const linked = await ada.put(`/tickets/${spelled(third)[at]}/links/parent/${spelled(first.ticket_id)[at]}`)
    expect(bodyOf(linked).links).toMatchObject([{ kind: 'parent', ticket_id: first.ticket_id }])
    expect(bodyOf(await ada.post(`/tickets/${third}/move`, { customer_id: spelled(carl.id)[at] })).customer_id).toBe(
      carl.id,
    )
    const fourth = await createTicket(cleo)
    expectSuccess(await cleo.post(`/tickets/${fourth}/close`))
    const followUp = { ...issue, follow_up_of: spelled(fourth)[at] }
    expect(bodyOf(await cleo.post('/tickets', followUp)).follow_up_of).toBe(fourth)
  })

  test.each(['tec1', 'TEC1', 'tec0001', 'TEC0001'])('of a watcher, with its prefix: %s', async (id) => {
    const { ada, tess } = world
    const { watchers } = bodyOf(await ada.put(`/tickets/2/watchers/${id}`))
    expect(watchers.map(({ account_id }: { account_id: string }) => account_id)).toEqual([tess.id])
  })
})

describe('what is no id', () => {
  const none = ['abc', 'TKT', 'TKT0000', '0', '-1', '1.0', '0x1', 'CUS0001', 'TKT%201', '１', '1'.repeat(16)]

  test.each(none)('is at no address, for whoever asks: %s', async (id) => {
    for (const person of [world.ada, world.tess, world.cleo]) {
      expect(verdict(await person.get(`/tickets/${id}`))).toEqual([404, 'route_not_found'])
      expect(verdict(await person.get(`/tickets/${id}/comments`))).toEqual([404, 'route_not_found'])
    }
  })

  test('is refused in a query and in a body', async () => {
    const { body } = await world.ada.get('/tickets?customer_id=TKT0001&technician_id=nobody')
    expect(body.detail).toBe(
      'technician_id must be a technician such as TEC0001, me, or none; customer_id must be an id such as CUS0001',
    )
    const merge = await world.ada.post('/tickets/1/merge', { into: 'CUS0002' })
    expect(merge.body.detail).toBe('into must be an id such as TKT0001')
  })
})
