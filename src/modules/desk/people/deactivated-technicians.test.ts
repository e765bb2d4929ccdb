import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { exec, many, sql } from '../../../platform/db/sql.ts'
import { comment, createAssignedTicket, createTicket, resolveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, password, uniqueName, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess, type Reply, ticketIdsIn } from '../../../testing/support/requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let shared: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  shared = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** The world with a Tess of its own, who can be deactivated. Creating a whole world takes longer. */
const withTess = async (): Promise<World> => ({ ...shared, tess: await shared.technician(uniqueName(), 'Network') })

type Reopen = (world: World, id: string) => Promise<Reply>

/** All ways in which a resolved ticket goes back to work. */
const ways: [string, Reopen][] = [
  ['its customer reopens', ({ cleo }, id) => cleo.post(`/tickets/${id}/reopen`, { reason: 'Again.' })],
  ['an admin reopens', ({ ada }, id) => ada.post(`/tickets/${id}/reopen`)],
  ['an admin changes the status', ({ ada }, id) => ada.put(`/tickets/${id}`, { status: 'in_progress' })],
  ['its customer comments', ({ cleo }, id) => comment(cleo, id, 'It is down again.')],
]

const waysToReopen = ways.map(([, reopen]) => reopen)

/** The ways in which an account ceases to be an active technician. */
const losses: [string, (world: World) => Promise<Reply>][] = [
  ['deactivated technician', ({ ada, tess }) => ada.delete(`/technicians/${tess.id}`)],
  [
    'technician who is an admin now',
    ({ ada, tess }) => ada.patch(`/people/${tess.id}`, { role: 'admin', current_password: password }),
  ],
]
const everyWay = losses.flatMap(([who, lose]) => ways.map(([way, reopen]) => ({ who, way, lose, reopen })))

test.each(everyWay)('a ticket of a $who is new when $way', async ({ lose, reopen }) => {
  const world = await withTess()
  const { ada, cleo, tess, technician } = world
  const id = await createAssignedTicket(world, 'in_progress', 'resolved')
  expectSuccess(await lose(world))
  expect(bodyOf(await cleo.get(`/tickets/${id}`))).toMatchObject({ status: 'resolved', technician_id: tess.id })
  const { version } = bodyOf(await ada.get(`/tickets/${id}`))
  expectSuccess(await reopen(world, id))
  const after = bodyOf(await ada.get(`/tickets/${id}`))
  expect(after).toMatchObject({ status: 'new', technician_id: null, resolution_summary: null, version: version + 1 })
  const events = (await recordedEvents(desk, world)).filter(
    ({ subject_id, subject_version }) => subject_id === id && subject_version === version + 1,
  )
  expect(events).toMatchObject([
    {
      type: 'ticket.reopened',
      changes: { technician_id: { from: tess.id, to: null }, status: { from: 'resolved', to: 'new' } },
    },
  ])
  // Those who may take the ticket see it.
  const colleague = await technician(uniqueName(), 'Network')
  expect(ticketIdsIn(await colleague.get('/tickets?technician_id=none'))).toContain(id)
})

test('a deactivated technician can be replaced by the change that reopens, and keeps resolved tickets otherwise', async () => {
  const world = await withTess()
  const { ada, tess, tom } = world
  const id = await createAssignedTicket(world, 'in_progress', 'resolved')
  expectSuccess(await ada.delete(`/technicians/${tess.id}`))
  expect(bodyOf(await ada.put(`/tickets/${id}`, { priority: 'low' })).technician_id).toBe(tess.id)
  const replaced = { status: 'in_progress', technician_id: tom.id }
  expect(bodyOf(await ada.put(`/tickets/${id}`, replaced))).toMatchObject(replaced)
})

test('a resolved ticket that nobody has is new when it is reopened', async () => {
  const world = await withTess()
  const id = await createAssignedTicket(world, 'in_progress', 'resolved')
  await exec(
    desk.owner,
    sql`update tickets set technician_id = null where tenant_id = ${world.tenantId} and ticket_id = ${id}`,
  )
  const reopened = bodyOf(await world.cleo.post(`/tickets/${id}/reopen`))
  expect(reopened).toMatchObject({ status: 'new', technician_id: null })
  const event = (await recordedEvents(desk, world, 'ticket.reopened')).find(({ subject_id }) => subject_id === id)
  expect(event?.changes).not.toHaveProperty('technician_id')
})

/**
 * Runs `work` while the deactivation of Tess has locked her account, and waits for a ticket of hers that the test
 * holds. `work` begins an act that waits for the account, and gets a function that says when it does.
 */
const whileDeactivating = async (world: World, work: (isWaiting: () => Promise<void>) => Promise<void>) => {
  const held = await createAssignedTicket(world)
  const client = await desk.owner.connect()
  try {
    await client.query('begin')
    await client.query('select from tickets where tenant_id = $1 and ticket_id = $2 for no key update', [
      world.tenantId,
      held,
    ])
    const deactivated = world.ada.delete(`/technicians/${world.tess.id}`)
    await untilLockIsAwaited(desk)
    let begun: Promise<void> | undefined
    const over = new Promise<void>((resolve) => {
      begun = work(async () => {
        await untilLockIsAwaited(desk, 2)
        resolve()
      })
    })
    await over
    await client.query('commit')
    expectSuccess(await deactivated)
    await begun
  } finally {
    client.release(true)
  }
}

test.each(ways)(
  'while a deactivation runs and %s, the ticket is not locked meanwhile, and is new',
  async (_, reopen) => {
    const world = await withTess()
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    await whileDeactivating(world, async (isWaiting) => {
      const reopened = reopen(world, id)
      await untilLockIsAwaited(desk, 2)
      // This would wait for ever, if the act that waits for the account held the ticket.
      expectSuccess(await world.ada.put(`/tickets/${id}`, { priority: 'urgent' }))
      await isWaiting()
      expectSuccess(await reopened)
    })
    expect(bodyOf(await world.ada.get(`/tickets/${id}`))).toMatchObject({ status: 'new', technician_id: null })
  },
)

test('while a deactivation runs, assigning waits without locking the ticket, and is refused', async () => {
  const world = await withTess()
  const id = await createTicket(world.cleo)
  await whileDeactivating(world, async (isWaiting) => {
    const assigned = world.ada.put(`/tickets/${id}`, { technician_id: world.tess.id })
    await untilLockIsAwaited(desk, 2)
    expectSuccess(await world.ada.put(`/tickets/${id}`, { priority: 'urgent' }))
    await isWaiting()
    await expectRefusal(assigned, 422, 'technician_unavailable')
  })
  expect(bodyOf(await world.ada.get(`/tickets/${id}`))).toMatchObject({ status: 'new', technician_id: null })
})

const Left = z.object({ ticket_id: z.string(), status: z.string() })

test.each(losses)('whatever happens at once, no ticket that needs work is left with a %s', async (_, lose) => {
  const world = { ...(await withTess()), tom: await shared.technician(uniqueName(), 'Printer') }
  const { ada, cleo, tess, tom } = world
  const resolved: string[] = []
  const fresh: string[] = []
  while (resolved.length < 4) {
    resolved.push(await createTicket(cleo))
    fresh.push(await createTicket(cleo))
    await resolveTicket(ada, resolved.at(-1) ?? '', resolved.length % 2 ? tess : tom)
  }
  const replies = await Promise.all([
    ...resolved.map(
      (id, n) => waysToReopen[n % waysToReopen.length]?.(world, id) ?? Promise.reject(new Error('no way')),
    ),
    ...fresh.map((id, n) => ada.put(`/tickets/${id}`, { technician_id: (n % 2 ? tess : tom).id })),
    lose(world),
    lose({ ...world, tess: tom }),
    ...fresh.map((id) => ada.put(`/tickets/${id}`, { technician_id: tom.id, status: 'in_progress' })),
  ])
  for (const { status, body } of replies) {
    if (status >= 300) expect(['technician_unavailable', 'technician_required']).toContain(body.code)
  }
  const left = await many(
    desk.app.pool,
    Left,
    sql`select t.ticket_id, t.status from tickets t
        join accounts a on a.tenant_id = t.tenant_id and a.account_id = t.technician_id
        where t.tenant_id = ${world.tenantId} and (a.status = 'deactivated' or a.role <> 'technician')
          and t.status not in ('resolved', 'closed')`,
  )
  expect(left).toEqual([])
})
