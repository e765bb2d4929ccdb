import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createAssignedTicket,
  createTicket,
  createTickets,
  mergeTicket,
} from '../../../testing/support/create-tickets.ts'
import { gathered } from '../../../testing/support/hold-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { expectRefusal, expectStatus, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { holdTicket } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const said = (body: string) => ({ body, visibility: 'public' })

/** The comments of a world, in the order of their tickets. */
const storedComments = async ({ tenantId }: World) =>
  (
    await desk.owner.query(
      `select c.xmin::text as writer, c.author_id, c.visibility, c.body, t.first_response_at, t.updated_at, e.request_id, e.details
       from comments c
       join tickets t on t.tenant_id = c.tenant_id and t.ticket_number = c.ticket_number
       join events e on e.tenant_id = c.tenant_id and e.details ->> 'comment_id' = c.comment_id::text
       where c.tenant_id = $1 order by c.ticket_number, c.created_at`,
      [tenantId],
    )
  ).rows

test('comments on different tickets that come at once share transactions, and each is its own', async () => {
  const world = await createWorld(desk)
  const ids = await createTickets(world.cleo, 24)
  const replies = await gathered(desk, () =>
    Promise.all(
      ids.map((id, place) =>
        world.ada.post(`/tickets/${id}/comments`, {
          body: `Words ${place}`,
          visibility: place % 3 === 0 ? 'internal' : 'public',
        }),
      ),
    ),
  )
  const stored = await storedComments(world)
  expect(stored).toHaveLength(ids.length)
  for (const [place, reply] of replies.entries()) {
    const comment = expectStatus(reply, 201).body
    const visibility = place % 3 === 0 ? 'internal' : 'public'
    expect(comment).toMatchObject({ ticket_id: ids[place], body: `Words ${place}`, visibility, author_id: 'ada' })
    expect(comment.attachments).toEqual([])
    expect(stored[place]).toMatchObject({ author_id: 'ada', visibility, body: `Words ${place}` })
    expect(stored[place].request_id).toBe(reply.headers.get('x-request-id'))
    expect(stored[place].details).toEqual({ comment_id: comment.comment_id, visibility })
    // The first public comment of the staff is the first response. An internal one leaves the ticket as it is.
    expect(stored[place].first_response_at === null).toBe(visibility === 'internal')
  }
  expect(new Set(stored.map(({ writer }) => writer)).size).toBeLessThan(ids.length / 2)
})

test('comments on one ticket that come at once are all written, each later than the one before', async () => {
  const world = await createWorld(desk)
  const id = await createTicket(world.cleo)
  const replies = await Promise.all(
    Array.from({ length: 10 }, (_, place) => world.ada.post(`/tickets/${id}/comments`, said(`Word ${place}`))),
  )
  for (const reply of replies) expectStatus(reply, 201)
  const { comments } = (await world.ada.get(`/tickets/${id}/comments`)).body
  const times = comments.map(({ created_at }: { created_at: string }) => created_at)
  expect(new Set(times).size).toBe(10)
  expect(times).toEqual(times.toSorted())
})

test('a comment that needs more than its ticket is as if it came alone', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, carl } = world
  const waiting = await createAssignedTicket(world, 'in_progress', 'waiting')
  const resolved = await createAssignedTicket(world, 'in_progress', 'resolved')
  const thanked = await createAssignedTicket(world, 'in_progress', 'resolved')
  const [merged, target, closed, plain] = await createTickets(cleo, 4)
  await mergeTicket(ada, merged ?? '', target ?? '')
  expectSuccess(await ada.post(`/tickets/${closed}/close`))
  const [, , , , hidden, late, refused, mentioned, own] = (await Promise.all([
    cleo.post(`/tickets/${waiting}/comments`, said('Here it is.')),
    cleo.post(`/tickets/${resolved}/comments`, said('It is back.')),
    cleo.post(`/tickets/${thanked}/comments`, { ...said('Thanks.'), reopens: false }),
    cleo.post(`/tickets/${merged}/comments`, said('One more thing.')),
    carl.post(`/tickets/${plain}/comments`, said('Not mine.')),
    ada.post(`/tickets/${plain}/comments`, said('Late.'), { headers: { 'If-Match': '"7"' } }),
    cleo.post(`/tickets/${closed}/comments`, said('Again.')),
    ada.post(`/tickets/${plain}/comments`, { body: `Look, @${tom.id}.`, visibility: 'internal' }),
    ada.post(`/tickets/${waiting}/comments`, { body: 'A note to @ada.', visibility: 'internal' }),
  ])) as Reply[]
  await expectRefusal(hidden as Reply, 404, 'ticket_not_found')
  await expectRefusal(late as Reply, 412, 'stale_version')
  await expectRefusal(refused as Reply, 422, 'ticket_closed')
  expectStatus(mentioned as Reply, 201)
  expectStatus(own as Reply, 201)
  const statusOf = async (id: string | undefined) => (await ada.get(`/tickets/${id}`)).body.status
  expect(await Promise.all([waiting, resolved, thanked, merged, plain].map(statusOf))).toEqual([
    'in_progress',
    'in_progress',
    'resolved',
    'new',
    'new',
  ])
  expect((await tess.get(`/tickets/${resolved}`)).body.resolution_summary).toBeNull()
  expect((await ada.get(`/tickets/${plain}/watchers`)).body.watchers).toMatchObject([{ account_id: tom.id }])
})

test('who writes to a customer who is deactivated is told, also beside others', async () => {
  const world = await createWorld(desk)
  const gone = await world.customer()
  const [left, stays] = [await createTicket(gone), await createTicket(world.cleo)]
  expectSuccess(await world.ada.delete(`/customers/${gone.id}`))
  const replies = await Promise.all([
    world.ada.post(`/tickets/${left}/comments`, said('Nobody reads this.')),
    world.ada.post(`/tickets/${stays}/comments`, said('Cleo reads this.')),
    world.ada.post(`/tickets/${left}/comments`, { body: 'For us.', visibility: 'internal' }),
  ])
  expect(replies.map((reply) => expectStatus(reply, 201).body.warnings)).toEqual([
    [expect.objectContaining({ code: 'customer_deactivated' })],
    undefined,
    undefined,
  ])
})

test('a ticket that another transaction holds is waited for by its own comments only', async () => {
  const world = await createWorld(desk)
  const [held = '', ...free] = await createTickets(world.cleo, 8)
  const release = await holdTicket(desk, world.tenantId, held)
  const waiting = world.ada.post(`/tickets/${held}/comments`, said('Waits.'))
  const others = await Promise.all(free.map((id) => world.ada.post(`/tickets/${id}/comments`, said('Goes on.'))))
  for (const reply of others) expectStatus(reply, 201)
  expect(await Promise.race([waiting, Promise.resolve('not yet')])).toBe('not yet')
  await release()
  expectStatus(await waiting, 201)
})
