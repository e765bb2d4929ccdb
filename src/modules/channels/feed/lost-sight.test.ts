import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blankEvent } from '../../../platform/events/blanking.ts'
import { fanOutOnce } from '../../../platform/events/fan-out.ts'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  mergeTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { systemOf } from '../../identity/accounts/actor.ts'
import { listShownEvents, type ShownEvent } from './shown-events.service.ts'

let desk: Desk
let world: World
/** A colleague of Tess, for networks. */
let nora: Person
let cast: Record<string, Person>
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  nora = await world.technician('Nora', 'network')
  const { ada, tess, tom, cleo, carl } = world
  cast = { ada, tess, nora, tom, cleo, carl }
})
afterAll(() => desk?.stop())

/** Gives every event its position. */
const placeAll = async (): Promise<void> => {
  while ((await fanOutOnce(desk.app.pool, [], 1_000)) > 0);
}
/** What everybody gets of the log after a position. */
const read = async (after = 0) => {
  await placeAll()
  const accounts = Object.values(cast).map(({ id }) => id)
  return listShownEvents(desk.app.pool, world.tenantId, accounts, { after, limit: 2_000 })
}
const typesOf = (rows: ShownEvent[], { id }: Person): string[] =>
  rows.flatMap(({ account_id, type, subject_id }) => (account_id === id ? [`${type} ${subject_id}`] : []))

test('each reader gets the events of the tickets that they see now, and admins get all events', async () => {
  const { ada, tess, tom, cleo, carl } = world
  const { head: after } = await read()
  const id = await createAssignedTicket(world)
  bodyOf(await comment(tess, id, 'They never look.', 'internal'))
  const { head, through, epoch, rows } = await read(after)
  expect([head, through]).toEqual([after + 3, after + 3])
  expect(epoch).toMatch(/^[a-z0-9]{12}$/)
  const all = ['ticket.created', 'ticket.assigned', 'comment.added'].map((type) => `${type} ${id}`)
  expect(typesOf(rows, ada)).toEqual(all)
  expect(typesOf(rows, tess)).toEqual(all)
  expect(typesOf(rows, cleo)).toEqual(all.slice(0, 2))
  expect([tom, carl].map((person) => typesOf(rows, person))).toEqual([[], []])
  const assigned = (person: Person) =>
    rows.find(({ account_id, type }) => account_id === person.id && type === 'ticket.assigned')
  expect([assigned(tess)?.actor_id, assigned(cleo)?.actor_id]).toEqual(['ada', null])
  expect([assigned(tess)?.details, assigned(cleo)?.details]).toEqual([{ left_queue: 'Network' }, {}])
})

interface Loss {
  /** What happens before, and is not looked at. Gives the tickets by name. */
  given: () => Promise<Record<string, string>>
  when: (tickets: Record<string, string>) => Promise<unknown>
  /** What each person is told that is no event: `-a` hides the ticket a, `scope` asks to read lists anew. */
  told: Record<string, string[]>
}
/** A ticket `a` of Cleo's in the queue of Network. */
const inQueue = async () => ({ a: await createTicket(world.cleo) })
const ofTess = async () => ({ a: await createAssignedTicket(world) })
const watched = async (by: Person, tickets: Record<string, string>, name = 'a') => {
  expectSuccess(await world.ada.put(`/tickets/${tickets[name]}/watchers/${by.id}`))
  return tickets
}
/** Tickets a, which is Tess's, and b, which is Tom's, not merged yet. */
const ofTwo = async () => {
  const [a, b] = [await createTicket(world.cleo), await createTicket(world.cleo, { issue_category: 'Printer' })]
  await assignTicket(world.ada, a, world.tess)
  await assignTicket(world.ada, b, world.tom)
  return { a, b }
}
/** Ticket a of the queue of Network, merged into b of Tom's. */
const merged = async () => {
  const [a, b] = [await createTicket(world.cleo), await createTicket(world.cleo, { issue_category: 'Printer' })]
  await assignTicket(world.ada, b, world.tom)
  await mergeTicket(world.ada, a, b)
  return { a, b }
}
const put = async (ticketId: string | undefined, change: object) =>
  bodyOf(await world.ada.put(`/tickets/${ticketId}`, change))

const losses: Record<string, Loss> = {
  'another technician gets the ticket': {
    given: ofTess,
    when: ({ a }) => put(a, { technician_id: world.tom.id }),
    told: { tess: ['-a'] },
  },
  'the ticket is given back, with another category': {
    given: ofTess,
    when: ({ a }) => put(a, { technician_id: null, issue_category: 'Printer' }),
    told: { tess: ['-a'] },
  },
  'a colleague takes the ticket of the queue': {
    given: inQueue,
    when: async ({ a }) => bodyOf(await world.tess.put(`/tickets/${a}`, { technician_id: world.tess.id })),
    told: { nora: ['-a'] },
  },
  'a ticket of the queue gets another category': {
    given: inQueue,
    when: ({ a }) => put(a, { issue_category: 'Printer' }),
    told: { tess: ['-a'], nora: ['-a'] },
  },
  'a ticket of the queue gets another category and a technician at once': {
    given: inQueue,
    when: ({ a }) => put(a, { issue_category: 'Printer', technician_id: world.tess.id }),
    told: { nora: ['-a'] },
  },
  'a ticket of the queue gets its category in another case': {
    given: inQueue,
    when: ({ a }) => put(a, { issue_category: 'NETWORK' }),
    told: {},
  },
  'an assigned ticket gets another category': {
    given: ofTess,
    when: ({ a }) => put(a, { issue_category: 'Printer' }),
    told: {},
  },
  'a ticket is created with its technician': {
    given: async () => ({}),
    when: () => createTicket(world.ada, { customer_id: world.cleo.id, technician_id: world.tom.id }),
    told: {},
  },
  'the customer changes': {
    given: ofTess,
    when: async ({ a }) => expectSuccess(await world.ada.post(`/tickets/${a}/move`, { customer_id: world.carl.id })),
    told: { cleo: ['-a'] },
  },
  'a watcher is removed': {
    given: async () => watched(world.tom, await ofTess()),
    when: async ({ a }) => expectSuccess(await world.ada.delete(`/tickets/${a}/watchers/${world.tom.id}`)),
    told: { tom: ['-a'] },
  },
  'a watcher of a merged ticket is removed': {
    given: async () => watched(nora, await merged()),
    when: async ({ b }) => expectSuccess(await world.ada.delete(`/tickets/${b}/watchers/${nora.id}`)),
    told: { nora: ['-a', '-b'] },
  },
  'a ticket of the queue is deleted': {
    given: async () => watched(world.tom, await inQueue()),
    when: async ({ a }) => expectSuccess(await world.ada.delete(`/tickets/${a}`)),
    told: { tess: ['-a'], nora: ['-a'], tom: ['-a'], cleo: ['-a'] },
  },
  'a ticket of Tess is deleted, and what is merged into it': {
    given: async () => {
      const { a, b } = await ofTwo()
      await mergeTicket(world.ada, b, a)
      return { a, b }
    },
    when: async ({ a }) => expectSuccess(await world.ada.delete(`/tickets/${a}`)),
    told: { tess: ['-a'], tom: ['-a'], cleo: ['-a'] },
  },
  'a merged ticket is deleted': {
    given: async () => watched(nora, await merged(), 'b'),
    when: async ({ a }) => expectSuccess(await world.ada.delete(`/tickets/${a}`)),
    told: { tom: ['-a'], nora: ['-a'], cleo: ['-a'] },
  },
  'a deleted ticket comes back': {
    given: async () => {
      const tickets = await ofTess()
      expectSuccess(await world.ada.delete(`/tickets/${tickets.a}`))
      return tickets
    },
    when: async ({ a }) => expectSuccess(await world.ada.post(`/tickets/${a}/restore`)),
    told: { cleo: ['scope'] },
  },
  'a ticket of the queue is merged under the ticket of another': {
    given: async () => ({ ...(await inQueue()), ...{ b: (await ofTwo()).b } }),
    when: ({ a, b }) => mergeTicket(world.ada, a ?? '', b ?? ''),
    told: { tess: ['-a'], nora: ['-a'] },
  },
  'an assignment is undone, and the ticket goes back to another': {
    given: async () => {
      const tickets = await ofTess()
      const change = { technician_id: world.tom.id, undo_seconds: 30 }
      const { undo_token: token } = await put(tickets.a, change)
      return { ...tickets, token }
    },
    when: async ({ token }) => expectSuccess(await world.ada.post('/undo', { token })),
    told: { tom: ['-a'] },
  },
  'giving back is undone': {
    given: async () => {
      const tickets = await ofTess()
      const { undo_token: token } = await put(tickets.a, { technician_id: null, undo_seconds: 30 })
      return { ...tickets, token }
    },
    when: async ({ token }) => expectSuccess(await world.ada.post('/undo', { token })),
    told: { nora: ['-a'] },
  },
  'a merge is undone': {
    given: async () => {
      const { a, b } = await ofTwo()
      await mergeTicket(world.ada, a, b)
      return watched(nora, { a, b })
    },
    when: async ({ a }) => expectSuccess(await world.ada.post(`/tickets/${a}/unmerge`)),
    told: { tom: ['-a'], tess: ['-b'], nora: ['-b'] },
  },
}

describe('who loses sight of a ticket is told, and nobody else, when', () => {
  test.each(Object.entries(losses))('%s', async (_, { given, when, told }) => {
    const tickets = await given()
    const { head: after } = await read()
    await when(tickets)
    const { rows } = await read(after)
    const nameOf = (id: string): string => Object.keys(tickets).find((name) => tickets[name] === id) ?? id
    const found = Object.entries(cast).flatMap(([name, { id }]) => {
      const others = rows.filter(({ account_id, shown }) => account_id === id && shown !== 'event')
      const marks = others.map(({ shown, subject_id }) => (shown === 'scope' ? shown : `-${nameOf(subject_id)}`))
      return marks.length === 0 ? [] : [[name, [...new Set(marks)].sort()]]
    })
    expect(Object.fromEntries(found)).toEqual(told)
    for (const row of rows.filter(({ shown }) => shown !== 'event')) {
      expect(row).toMatchObject({ actor_id: null, actor_name: null, subject_version: null, changes: {} })
      expect(row.details).toEqual(row.shown === 'hidden' ? { ticket_id: row.subject_id } : {})
    }
  })
})

/** What somebody is told that is no event: hidden tickets by their ids, and `scope.changed`. */
const unseenBy = (rows: ShownEvent[], { id }: Person): string[] =>
  rows.flatMap(({ account_id, shown, type, subject_id }) =>
    account_id === id && shown !== 'event' ? [`${type} ${subject_id}`] : [],
  )

test('a change of the own category says so, and names no ticket that was lost before it', async () => {
  const { ada, tess, tom } = world
  const { a } = await inQueue()
  const { b } = await ofTwo()
  const { head: after } = await read()
  bodyOf(await tess.put(`/tickets/${a}`, { technician_id: tess.id }))
  bodyOf(await ada.put(`/technicians/${tom.id}`, { category: 'Network' }))
  const { rows } = await read(after)
  // The log does not say whether Tom had the category already when the ticket left the queue a moment before.
  expect(new Set(unseenBy(rows, tom))).toEqual(new Set([`scope.changed ${tom.id}`]))
  const inPlace = rows.filter(({ account_id, position }) => account_id === tom.id && position === after + 1)
  expect(inPlace.map(({ shown }) => shown)).toEqual(['scope'])
  expect(typesOf(rows, tom).some((shown) => shown.includes(a))).toBe(false)
  expect(unseenBy(rows, nora)).toEqual([`ticket.hidden ${a}`])
  expect(typesOf(rows, ada)).toContain(`technician.updated ${tom.id}`)
  // Who watches only now has not seen what left the conversation before.
  const { head: later } = await read()
  const c = await createTicket(world.cleo, { issue_category: 'Printer' })
  await mergeTicket(ada, c, b)
  expectSuccess(await ada.delete(`/tickets/${c}`))
  await watched(nora, { b }, 'b')
  expect(new Set(unseenBy((await read(later)).rows, nora))).toEqual(new Set([`scope.changed ${nora.id}`]))
  bodyOf(await ada.put(`/technicians/${tom.id}`, { category: 'Printer' }))
})

test('who has another role is asked to read lists anew, and an erased loss tells no id', async () => {
  const { ada } = world
  const tilda = await world.technician('Tilda', 'Cloud')
  cast.tilda = tilda
  const { a } = await ofTess()
  const { head: after } = await read()
  const change = (role: string) => ada.patch(`/people/${tilda.id}`, { role, current_password: ada.password })
  bodyOf(await change('admin'))
  await placeAll()
  const asAdmin = await read(after)
  expect(typesOf(asAdmin.rows, tilda)).toContain(`account.role_changed ${tilda.id}`)
  expect(unseenBy(asAdmin.rows, tilda)).toEqual([`scope.changed ${tilda.id}`])
  expect(unseenBy(asAdmin.rows, ada)).toEqual([])
  bodyOf(await change('technician'))
  expect(new Set(unseenBy((await read(after)).rows, tilda))).toEqual(new Set([`scope.changed ${tilda.id}`]))
  const { head } = await read()
  await assignTicket(ada, a, world.tom)
  await placeAll()
  const { rows } = await desk.owner.query('select event_id from events where tenant_id = $1 and position = $2', [
    world.tenantId,
    head + 1,
  ])
  await blankEvent(desk.app.pool, { actor: systemOf(world.tenantId), requestId: null }, Number(rows[0].event_id))
  const erased = await read(head)
  expect(unseenBy(erased.rows, world.tess)).toEqual([`scope.changed ${world.tess.id}`])
  const record = ({ id }: Person) => erased.rows.find((row) => row.account_id === id && row.type === 'event.blanked')
  expect([record(ada)?.details.position, record(world.tom)?.details]).toEqual([head + 1, {}])
  delete cast.tilda
})

test('service accounts read what their role and category may see', async () => {
  const { ada } = world
  const made = await ada.post('/service-accounts', { name: 'Robot', role: 'technician', category: 'network' })
  const robot = { ...nora, id: String(bodyOf(made).account_id) }
  cast.robot = robot
  const { a } = await inQueue()
  const { head: after } = await read()
  bodyOf(await ada.put(`/tickets/${a}`, { priority: 'high' }))
  bodyOf(await ada.put(`/tickets/${a}`, { technician_id: nora.id }))
  bodyOf(await ada.patch(`/service-accounts/${robot.id}`, { category: 'Printer' }))
  const { rows } = await read(after)
  expect(new Set(typesOf(rows, robot))).toEqual(new Set([`scope.changed ${robot.id}`]))
  expect(typesOf(rows, nora)).toEqual([`ticket.updated ${a}`, `ticket.assigned ${a}`])
})

test('nobody reads the id of a session, or what the tokens of links are derived from', async () => {
  const { rows } = await read()
  expect(typesOf(rows, world.ada).filter((text) => text.startsWith('session.started')).length).toBeGreaterThan(3)
  const text = JSON.stringify(rows)
  const { rows: secret } = await desk.owner.query(
    `select s.session_id::text as id from sessions s union all select r.reset_id::text from password_resets r
     union all select c.confirmation_id::text from email_confirmations c`,
  )
  expect(secret.length).toBeGreaterThan(5)
  expect(secret.filter(({ id }) => text.includes(id))).toEqual([])
})

test('a stretch ends where it is asked to, and holds the wanted types and subjects only', async () => {
  const { ada, tess, tom } = world
  const { head: after } = await read()
  const a = await createAssignedTicket(world)
  const b = await createAssignedTicket(world)
  await assignTicket(ada, a, tom)
  await placeAll()
  const only = async (more: object, { id }: Person) => {
    const found = await listShownEvents(desk.app.pool, world.tenantId, [id, id], { after, limit: 100, ...more })
    return [found.through - after, ...found.rows.map(({ type, subject_id }) => `${type} ${subject_id}`)]
  }
  const created = [a, b].map((id) => `ticket.created ${id}`)
  expect(await only({ types: ['ticket.created'] }, ada)).toEqual([5, ...created])
  expect(await only({ types: ['ticket.created'], limit: 2 }, ada)).toEqual([2, created[0]])
  expect(await only({ types: ['ticket.created'], upTo: after + 1 }, ada)).toEqual([1, created[0]])
  expect(await only({ types: ['ticket.assigned'] }, tess)).toEqual([5, `ticket.assigned ${b}`])
  expect(await only({ types: ['ticket.hidden'] }, tess)).toEqual([5, `ticket.hidden ${a}`])
  expect(await only({ subject: a }, tess)).toEqual([5, `ticket.hidden ${a}`])
  expect(await only({ subject: b, types: ['ticket.hidden'] }, tess)).toEqual([5])
})
