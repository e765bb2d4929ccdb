import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventTypesWhere } from '../../contract/events.ts'
import {
  assignTicket,
  comment,
  createTicket,
  mergeTicket,
  moveTicket,
  resolveTicket,
} from '../support/create-tickets.ts'
import { attach } from '../support/files.ts'
import { createWorld, type Person, type World } from '../support/people.ts'
import { bodyOf, expectSuccess, type Reply } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'

// No answer names a ticket that its reader does not see.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const idsIn = (text: string): string[] => text.match(/TKT\d{4,}/g) ?? []

/** The answers that a person gets about all tickets that they find in lists. */
const answersTo = async (person: Person): Promise<Map<string, Reply>> => {
  const answers = new Map<string, Reply>()
  const ask = async (path: string): Promise<Reply> => {
    const reply = await person.get(path)
    answers.set(path, reply)
    return reply
  }
  const lists = [await ask('/tickets?limit=100'), await ask('/tickets?limit=100&merged=true')]
  const ids = lists.flatMap(({ body }) => body.tickets.map(({ ticket_id }: { ticket_id: string }) => ticket_id))
  for (const id of ids) {
    for (const part of [
      '',
      '/history?limit=100',
      '/comments',
      '/attachments',
      '/links',
      '/watchers',
      '/presence',
      '/emails',
    ]) {
      await ask(`/tickets/${id}${part}`)
    }
  }
  // An event of another type may be `ticket.hidden`, which names a ticket that was seen before.
  await ask(`/events?types=${eventTypesWhere(({ subject }) => subject === 'ticket').join()}`)
  return answers
}

/** The tickets that answers to a person name, and that the person does not see. */
const unseenBy = async (person: Person): Promise<string[]> => {
  const unseen: string[] = []
  for (const [path, { text }] of await answersTo(person)) {
    for (const id of new Set(idsIn(text))) {
      if ((await person.get(`/tickets/${id}`)).status !== 200) unseen.push(`${path}: ${id}`)
    }
  }
  return unseen
}

/** What makes one ticket name another, for a ticket of Tess and a ticket of Tom. */
const situations: Record<string, (world: World, hers: string, his: string) => Promise<unknown>> = {
  'a link': ({ ada }, hers, his) => ada.put(`/tickets/${hers}/links/related/${his}`),
  'a parent': ({ ada }, hers, his) => ada.put(`/tickets/${hers}/links/parent/${his}`),
  'a child': ({ ada }, hers, his) => ada.put(`/tickets/${his}/links/parent/${hers}`),
  'a link that was taken away': async ({ ada }, hers, his) => {
    expectSuccess(await ada.put(`/tickets/${hers}/links/duplicate/${his}`))
    return ada.delete(`/tickets/${hers}/links/duplicate/${his}`)
  },
  'a merge': ({ ada }, hers, his) => mergeTicket(ada, hers, his),
  'a merge with a comment after it': async ({ ada, cleo }, hers, his) => {
    await mergeTicket(ada, hers, his)
    return comment(cleo, hers, 'Still down.')
  },
  'a merge that was undone': async ({ ada }, hers, his) => {
    await mergeTicket(ada, hers, his)
    return ada.post(`/tickets/${hers}/unmerge`)
  },
}

test('no answer names a ticket that its reader does not see, whatever made one ticket name another', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const pairs: { name: string; hers: string; his: string }[] = []
  for (const [name, make] of Object.entries(situations)) {
    const [hers, his] = [await createTicket(cleo), await createTicket(cleo)]
    await assignTicket(ada, hers, tess)
    await assignTicket(ada, his, tom)
    await make(world, hers, his)
    pairs.push({ name, hers, his })
  }
  await attach(desk, cleo, pairs[0]?.hers ?? '')
  await writeMails(desk)
  for (const person of [tess, tom, cleo]) expect(await unseenBy(person)).toEqual([])
  // Who sees both tickets reads the names.
  for (const { name, hers, his } of pairs) {
    expect(idsIn((await ada.get(`/tickets/${hers}/history`)).text), name).toContain(his)
  }
  for (const { his } of pairs) expectSuccess(await ada.delete(`/tickets/${his}`))
  for (const person of [tess, tom, cleo]) expect(await unseenBy(person)).toEqual([])
})

test('a follow-up does not name a ticket that its reader does not see, in no answer', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const before = await createTicket(cleo)
  await resolveTicket(ada, before, world.tom)
  await moveTicket(ada, before, 'closed')
  const id = await createTicket(cleo, { follow_up_of: before })
  await assignTicket(ada, id, tess)
  expect(await unseenBy(tess)).toEqual([])
  const ticketOf = async (person: Person) => bodyOf(await person.get(`/tickets/${id}`)).follow_up_of
  expect([await ticketOf(tess), await ticketOf(cleo), await ticketOf(ada)]).toEqual([null, before, before])
  // Also in the answer to a change, and to a change that does not see the version of the ticket.
  expect(bodyOf(await tess.put(`/tickets/${id}`, { priority: 'high' })).follow_up_of).toBeNull()
  expectSuccess(await ada.put(`/tickets/${before}/watchers/${tess.id}`))
  expect(await ticketOf(tess)).toBe(before)
  expectSuccess(await ada.delete(`/tickets/${before}`))
  for (const person of [tess, cleo]) expect(await unseenBy(person)).toEqual([])
  expect([await ticketOf(cleo), await ticketOf(ada)]).toEqual([null, null])
  expectSuccess(await ada.post(`/tickets/${before}/restore`))
  expect(await ticketOf(cleo)).toBe(before)
})

test('refusals name no ticket that the caller does not see', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, carl } = world
  const [hers, his, other] = [await createTicket(cleo), await createTicket(carl), await createTicket(cleo)]
  await assignTicket(ada, hers, tess)
  await assignTicket(ada, his, tom)
  await resolveTicket(ada, other, tom)
  await moveTicket(ada, other, 'closed')
  expectSuccess(await ada.put(`/tickets/${his}/links/parent/${hers}`))
  await moveTicket(tess, hers, 'in_progress', 'resolved')
  const refusals = [
    await tess.post(`/tickets/${hers}/close`),
    await cleo.post(`/tickets/${hers}/close`),
    await carl.post('/tickets', { issue_category: 'Network', issue_description: 'Again', follow_up_of: other }),
    await tess.patch(`/tickets/${hers}`, { priority: 'low' }, { headers: { 'If-Match': '"1"' } }),
    await tess.get(`/tickets/${his}`),
    await carl.post(`/tickets/${hers}/comments`, { body: 'Hello', visibility: 'public' }),
  ]
  const sent = [hers, other]
  for (const { status, text } of refusals) {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(idsIn(text).filter((id) => !sent.includes(id))).toEqual([])
  }
})
