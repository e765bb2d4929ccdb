import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const codes = ({ warnings }: { warnings?: { code: string }[] }): string[] => (warnings ?? []).map(({ code }) => code)

test('assigning somebody who is away, or of another category, succeeds with a warning', async () => {
  const world: World = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const id = await createTicket(cleo, { issue_category: 'nETWORK' })
  const assign = async (body: object) => bodyOf(await ada.put(`/tickets/${id}`, body))
  expect(await assign({ technician_id: tess.id })).not.toHaveProperty('warnings')
  const other = await assign({ technician_id: tom.id })
  expect(other.warnings).toEqual([
    {
      code: 'technician_of_other_category',
      detail: 'Tom Technician (TEC0002) works on Printer, and the ticket is of nETWORK.',
    },
  ])
  // The category after the change counts.
  await assign({ technician_id: null })
  expect(codes(await assign({ technician_id: tom.id, issue_category: 'printer' }))).toEqual([])
  expect(codes(await assign({ issue_category: 'Network' }))).toEqual([])
  expectSuccess(await tess.patch(`/technicians/${tess.id}`, { available: false }))
  expectSuccess(await tom.patch(`/technicians/${tom.id}`, { available: false }))
  expect((await assign({ technician_id: tess.id })).warnings).toEqual([
    { code: 'technician_unavailable', detail: 'Tess Technician (TEC0001) has said that they are away.' },
  ])
  const { version } = await assign({ technician_id: tess.id })
  const patched = await ada.patch(
    `/tickets/${id}`,
    { technician_id: tom.id, status: 'in_progress' },
    { headers: { 'If-Match': `"${version}"` } },
  )
  expect(codes(bodyOf(patched))).toEqual(['technician_unavailable', 'technician_of_other_category'])
  // The warnings belong to the act: the ticket itself has none.
  expect(bodyOf(await ada.get(`/tickets/${id}`))).not.toHaveProperty('warnings')
  expect(codes(await assign({ technician_id: tom.id, priority: 'low' }))).toEqual([])
  // Who is invited cannot sign in yet.
  const invited = { name: 'Ivo', email: 'ivo@example.com', phone_number: '+49 30 1234567', category: 'Network' }
  const { technician_id: ivo } = bodyOf(await ada.post('/technicians', invited))
  expect((await assign({ technician_id: ivo })).warnings).toEqual([
    { code: 'technician_unavailable', detail: `Ivo (${ivo}) is invited and has never signed in.` },
  ])
  expectSuccess(await ada.delete(`/technicians/${tess.id}`))
  await expectRefusal(ada.put(`/tickets/${id}`, { technician_id: tess.id }), 422, 'technician_unavailable')
})
