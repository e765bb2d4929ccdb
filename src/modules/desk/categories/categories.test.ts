import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTicket, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const warning = (category: string) => ({
  code: 'category_without_technicians',
  detail: `No technician works on ${category}: an admin has to assign the ticket. GET /categories lists what technicians work on.`,
})

test('everybody signed in reads the categories of active technicians, and who is away', async () => {
  const { ada, tess, tom, cleo, nobody, technician } = await createWorld(desk)
  await createWorld(desk)
  const [ole, gus] = [await technician('Ole', 'nETWORK'), await technician('Gus', 'Phone')]
  const invited = { name: 'Ivo', email: 'ivo@example.com', phone_number: '+49 30 1234567', category: 'Invited' }
  expectSuccess(await ada.post('/technicians', invited))
  expectSuccess(await ada.delete(`/technicians/${gus.id}`))
  expectSuccess(await ole.patch(`/technicians/${ole.id}`, { available: false }))
  expectSuccess(await tom.patch(`/technicians/${tom.id}`, { available: false }))
  const all = [
    { category: 'Network', technicians: 2, available: 1 },
    { category: 'Printer', technicians: 1, available: 0 },
  ]
  for (const person of [ada, tess, cleo]) {
    expect(bodyOf(await person.get('/categories'))).toEqual({
      categories: all,
      page: { next_cursor: null, has_more: false },
    })
  }
  const first = bodyOf(await cleo.get('/categories?limit=1'))
  expect(first).toMatchObject({ categories: [all[0]], page: { has_more: true } })
  const second = bodyOf(await cleo.get(`/categories?limit=1&cursor=${encodeURIComponent(first.page.next_cursor)}`))
  expect(second).toMatchObject({ categories: [all[1]], page: { has_more: false } })
  await expectRefusal(nobody.get('/categories'), 401, 'not_signed_in')
  await expectRefusal(cleo.get('/categories?category=Phone'), 400, 'validation_failed')
})

test('a ticket of a category that no active technician works on is created with a warning', async () => {
  const { ada, tess, tom, cleo, technician } = await createWorld(desk)
  const gus = await technician('Gus', 'Phone')
  const create = async (body: object, key?: string) =>
    bodyOf(await cleo.post('/tickets', { ...issue, ...body }, key ? { headers: { 'Idempotency-Key': key } } : {}))
  expect(await create({ issue_category: 'pHONE' })).not.toHaveProperty('warnings')
  expectSuccess(await gus.patch(`/technicians/${gus.id}`, { available: false }))
  expect(await create({ issue_category: 'phone' })).not.toHaveProperty('warnings')
  expectSuccess(await ada.delete(`/technicians/${gus.id}`))
  expect((await create({ issue_category: 'phone' })).warnings).toEqual([warning('phone')])
  const kept = await create({ issue_category: 'Lift' }, 'lift')
  expect(kept.warnings).toEqual([warning('Lift')])
  expect(await create({ issue_category: 'Lift' }, 'lift')).toEqual(kept)
  // Tickets that share a statement.
  const together = await Promise.all(
    Array.from({ length: 8 }, (_, n) => create({ issue_category: n % 2 ? 'Lift' : 'Printer' })),
  )
  expect(together.map(({ warnings }) => warnings?.length ?? 0)).toEqual([0, 1, 0, 1, 0, 1, 0, 1])
  // The warning belongs to the act.
  expect(bodyOf(await cleo.get(`/tickets/${kept.ticket_id}`))).not.toHaveProperty('warnings')

  const prepared = { ...issue, issue_category: 'Lift', customer_id: cleo.id, tags: ['vpn'] }
  expect(bodyOf(await ada.post('/tickets', prepared)).warnings).toEqual([warning('Lift')])
  const { warnings } = bodyOf(await ada.post('/tickets', { ...prepared, technician_id: tess.id }))
  expect(warnings.map(({ code }: { code: string }) => code)).toEqual([
    'category_without_technicians',
    'technician_of_other_category',
  ])

  const id = await createTicket(cleo)
  const change = async (body: object) =>
    bodyOf(await ada.patch(`/tickets/${id}`, body, { headers: { 'If-Match': '*' } }))
  expect((await change({ issue_category: 'Lift' })).warnings).toEqual([warning('Lift')])
  expect(await change({ issue_category: 'Lift', priority: 'low' })).not.toHaveProperty('warnings')
  expect(bodyOf(await ada.put(`/tickets/${id}`, { issue_category: 'printer' }))).not.toHaveProperty('warnings')
  expect(bodyOf(await ada.put(`/tickets/${id}`, { issue_category: 'Door', technician_id: tom.id })).warnings).toEqual([
    warning('Door'),
    expect.objectContaining({ code: 'technician_of_other_category' }),
  ])
})
