import { afterAll, beforeAll, expect, test } from 'vitest'
import { assignTicket, comment, createTickets, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { expectRefusal, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

// What waits for what, one act after the other. The worker is left out, because its statements could wait, too.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

type Act = () => Promise<Reply>

/**
 * Begins acts, each when the one before waits for a lock, while the test holds the rows that `held` selects; `atEnd`
 * changes them before they are released. Answers with the replies, in order.
 */
const whileHeld = async (held: string, values: unknown[], acts: Act[], atEnd?: string): Promise<Reply[]> => {
  const client = await desk.owner.connect()
  try {
    await client.query('begin')
    await client.query(held, values)
    const replies: Promise<Reply>[] = []
    for (const act of acts) {
      replies.push(act())
      await untilLockIsAwaited(desk, replies.length)
    }
    if (atEnd !== undefined) await client.query(atEnd, values)
    await client.query('commit')
    return await Promise.all(replies)
  } finally {
    client.release(true)
  }
}

/** Begins an act while a merge has locked its tickets: its new watcher refers to an account, which the test holds. */
const duringMerge = ({ tenantId, tess }: World, merging: Act, act: Act): Promise<Reply[]> =>
  whileHeld(
    'select from accounts where tenant_id = $1 and account_id = $2 for update',
    [tenantId, tess.id],
    [merging, act],
  )

const merge = (person: Person, id: string, into: string): Promise<Reply> =>
  person.post(`/tickets/${id}/merge`, { into })

/** Two tickets of Cleo's. Tess has the second. */
const createPair = async ({ ada, cleo, tess }: World): Promise<[into: string, id: string]> => {
  const [into = '', id = ''] = await createTickets(cleo, 2)
  await assignTicket(ada, id, tess)
  return [into, id]
}

test('while a ticket is merged, deleting its target waits, and takes it along', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  const [into, id] = await createPair(world)
  const replies = await duringMerge(
    world,
    () => merge(ada, id, into),
    () => ada.delete(`/tickets/${into}`),
  )
  for (const reply of replies) expectSuccess(reply)
  for (const ticket of [id, into]) await expectRefusal(cleo.get(`/tickets/${ticket}`), 404, 'ticket_not_found')
  expectSuccess(await ada.post(`/tickets/${into}/restore`))
  expect((await cleo.get(`/tickets/${id}`)).body.merged_into).toBe(into)
})

test('while a ticket is merged, moving its target waits, and takes it along', async () => {
  const world = await createWorld(desk)
  const { ada, cleo, carl } = world
  const [into, id] = await createPair(world)
  const replies = await duringMerge(
    world,
    () => merge(ada, id, into),
    () => ada.post(`/tickets/${into}/move`, { customer_id: carl.id }),
  )
  for (const reply of replies) expectSuccess(reply)
  for (const ticket of [id, into]) {
    await expectRefusal(cleo.get(`/tickets/${ticket}`), 404, 'ticket_not_found')
    expectSuccess(await carl.get(`/tickets/${ticket}`))
  }
})

test('while a merge gives a parent an open child, closing the parent waits, and is refused', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  const [into, id] = await createPair(world)
  const [parent = ''] = await createTickets(cleo, 1)
  expectSuccess(await ada.put(`/tickets/${id}/links/parent/${parent}`))
  expectSuccess(await ada.post(`/tickets/${id}/close`))
  const [merged, closing] = await duringMerge(
    world,
    () => merge(ada, id, into),
    () => cleo.post(`/tickets/${parent}/close`),
  )
  expect(merged?.status, merged?.text).toBe(200)
  expect([closing?.status, closing?.body.code]).toEqual([422, 'children_open'])
})

test('while a deleted child of a merged parent is restored, closing the final target waits, and is refused', async () => {
  const world = await createWorld(desk)
  const { ada, cleo, tess, tenantId } = world
  const [into, parent] = await createPair(world)
  const [child = '', last = ''] = await createTickets(cleo, 2)
  expectSuccess(await ada.put(`/tickets/${child}/links/parent/${parent}`))
  await mergeTicket(ada, parent, into)
  await assignTicket(ada, last, tess)
  await mergeTicket(ada, last, child)
  expectSuccess(await ada.delete(`/tickets/${child}`))
  // The last ticket that the restoring locks is held.
  const [restored, closing] = await whileHeld(
    'select from tickets where tenant_id = $1 and ticket_id = $2 for no key update',
    [tenantId, last],
    [() => ada.post(`/tickets/${child}/restore`), () => cleo.post(`/tickets/${into}/close`)],
  )
  expect(restored?.body.warnings, restored?.text).toBeUndefined()
  expect([closing?.status, closing?.body.code]).toEqual([422, 'children_open'])
})

test('who loses sight of a merged ticket while they wait for its final target is refused', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, tenantId } = world
  const [id, into] = await createPair(world)
  await mergeTicket(ada, id, into)
  const [refused] = await whileHeld(
    'select from tickets where tenant_id = $1 and ticket_id = $2 for no key update',
    [tenantId, into],
    [() => comment(tess, id, 'A note', 'internal')],
    `update tickets set technician_id = '${tom.id}' where tenant_id = $1 and ticket_id = $2`,
  )
  expect([refused?.status, refused?.body.code]).toEqual([404, 'ticket_not_found'])
})
