import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Visibility } from '../../../contract/enums.ts'
import type { EventType } from '../../../contract/events.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { recordEvents } from '../../../platform/events/append-events.ts'
import { openNumber, sealNumber } from '../../../platform/secrets.ts'
import {
  comment,
  createAssignedTicket,
  createTickets,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { HistoryEntry } from './history.schemas.ts'

let desk: Desk
beforeAll(async () => {
  // Without a worker no event gets its position. The history does not need the position.
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const path = '/tickets/TKT0001'
const historyOf = async (person: Person, limit = 100, sort = 'occurred_at'): Promise<HistoryEntry[]> => {
  const entries: HistoryEntry[] = []
  let cursor = ''
  for (;;) {
    const { history, page } = bodyOf(await person.get(`${path}/history?limit=${limit}&sort=${sort}${cursor}`))
    entries.push(...history)
    if (!page.has_more) return entries
    expect(history).toHaveLength(limit)
    cursor = `&cursor=${page.next_cursor}`
  }
}
const facts = (entries: HistoryEntry[]) =>
  entries.map(({ type, actor, changes, details }) => [type, actor?.name ?? null, changes, details])

/** Takes a ticket of Cleo's from its creation to its end, with comments that only the staff may read. */
const live = async (world: World): Promise<{ open: string; internal: string; gone: string }> => {
  const { cleo, ada, tess } = world
  await createAssignedTicket(world)
  bodyOf(await tess.put(path, { status: 'in_progress', priority: 'high' }))
  const say = async (person: Person, body: string, visibility: Visibility): Promise<string> =>
    bodyOf(await comment(person, 'TKT0001', body, visibility)).comment_id
  const open = await say(tess, 'Is the cable in?', 'public')
  const internal = await say(tess, 'They never look.', 'internal')
  bodyOf(await tess.put(`${path}/comments/${open}`, { body: 'Is the cable plugged in?' }))
  bodyOf(await tess.put(`${path}/comments/${internal}`, { body: 'They seldom look.' }))
  const gone = await say(ada, 'What I said by mistake', 'public')
  bodyOf(await ada.put(`${path}/comments/${gone}`, { body: 'What I ought not to have said' }))
  bodyOf(await ada.delete(`${path}/comments/${gone}`))
  await moveTicket(tess, 'TKT0001', 'resolved')
  bodyOf(await cleo.post(`${path}/close`))
  return { open, internal, gone }
}

test('the customer reads who changed what, from what to what, as far as it is public', async () => {
  const world = await createWorld(desk)
  const { cleo, tess, ada } = world
  const { open, gone } = await live(world)
  const entries = await historyOf(cleo)
  expect(facts(entries)).toEqual([
    ['ticket.created', 'Cleo Customer', {}, {}],
    [
      'ticket.assigned',
      'Ada Admin',
      { technician_id: { from: null, to: tess.id }, status: { from: 'new', to: 'assigned' } },
      {},
    ],
    ['ticket.status_changed', 'Tess Technician', { status: { from: 'assigned', to: 'in_progress' } }, {}],
    ['ticket.updated', 'Tess Technician', { priority: { from: 'normal', to: 'high' } }, {}],
    ['comment.added', 'Tess Technician', {}, { comment_id: open }],
    ['comment.edited', 'Tess Technician', {}, { comment_id: open }],
    ['comment.added', 'Ada Admin', {}, { comment_id: gone }],
    ['comment.edited', 'Ada Admin', {}, { comment_id: gone }],
    ['comment.deleted', 'Ada Admin', {}, { comment_id: gone }],
    [
      'ticket.resolved',
      'Tess Technician',
      { status: { from: 'in_progress', to: 'resolved' }, resolution_summary: { from: null, to: 'Plugged it in.' } },
      {},
    ],
    ['ticket.closed', 'Cleo Customer', { status: { from: 'resolved', to: 'closed' } }, {}],
  ])
  const actors = entries.map(({ actor }) => [actor?.id, actor?.role])
  expect(actors).toContainEqual([cleo.id, 'customer'])
  expect(actors).toContainEqual([tess.id, 'technician'])
  expect(actors).toContainEqual([null, 'admin'])
  expect((await historyOf(ada)).map(({ actor }) => actor?.id)).toContain(ada.id)
  expect(await historyOf(cleo, 2)).toEqual(entries)
  expect((await historyOf(cleo, 2, '-occurred_at')).reverse()).toEqual(entries)
})

test('resolving says the summary to all readers: a new one as a change, one that was there as a detail', async () => {
  const world = await createWorld(desk)
  const { cleo, tess } = world
  await createAssignedTicket(world, 'in_progress')
  bodyOf(await tess.put(path, { resolution_summary: 'Plugged it in.' }))
  await moveTicket(tess, 'TKT0001', 'resolved', 'in_progress')
  bodyOf(await tess.put(path, { status: 'resolved', resolution_summary: 'Plugged it in again.' }))
  const resolutions = async (person: Person) =>
    (await historyOf(person)).flatMap(({ type, changes, details }) =>
      type === 'ticket.resolved' ? [[changes, details]] : [],
    )
  const status = { from: 'in_progress', to: 'resolved' }
  const again = { from: null, to: 'Plugged it in again.' }
  expect(await resolutions(cleo)).toEqual([
    [{ status }, { resolution_summary: 'Plugged it in.' }],
    [{ status, resolution_summary: again }, {}],
  ])
  expect(await resolutions(tess)).toEqual([
    [{ status }, { resolution_summary: 'Plugged it in.', schema: 2 }],
    [{ status, resolution_summary: again }, { schema: 2 }],
  ])
})

test('a merge is in the history of both tickets', async () => {
  const { cleo, ada } = await createWorld(desk)
  await createTickets(cleo, 2)
  await mergeTicket(ada, 'TKT0001', 'TKT0002')
  bodyOf(await ada.post(`${path}/unmerge`))
  const newest = async (ticketId: string) =>
    bodyOf(await cleo.get(`/tickets/${ticketId}/history`)).history.slice(1) as HistoryEntry[]
  expect(facts(await newest('TKT0001'))).toEqual([
    ['ticket.merged', 'Ada Admin', { merged_into: { from: null, to: 'TKT0002' } }, {}],
    ['ticket.unmerged', 'Ada Admin', { merged_into: { from: 'TKT0002', to: null } }, {}],
  ])
  expect(facts(await newest('TKT0002'))).toEqual([
    ['ticket.absorbed', 'Ada Admin', {}, { ticket_id: 'TKT0001' }],
    ['ticket.released', 'Ada Admin', {}, { ticket_id: 'TKT0001' }],
  ])
})

test('the staff read every event', async () => {
  const world = await createWorld(desk)
  const { internal, gone } = await live(world)
  for (const person of [world.ada, world.tess]) {
    const entries = await historyOf(person, 3)
    expect((await historyOf(person, 3, '-occurred_at')).reverse()).toEqual(entries)
    expect(entries).toHaveLength(13)
    const by = (id: string) => entries.filter(({ details }) => details.comment_id === id)
    expect(by(internal).map(({ type, details }) => [type, details.visibility])).toEqual([
      ['comment.added', 'internal'],
      ['comment.edited', 'internal'],
    ])
    expect(by(gone).at(-1)?.changes).toEqual({ body: { from: 'What I ought not to have said', to: null } })
    expect(new Set(entries.map(({ history_id }) => history_id)).size).toBe(13)
  }
})

test('a person who may not see the ticket is told that it does not exist, with or without a cursor', async () => {
  const [world, other] = [await createWorld(desk), await createWorld(desk)]
  await live(world)
  const { page } = bodyOf(await world.cleo.get(`${path}/history?limit=1`))
  for (const query of ['', `?cursor=${page.next_cursor}`]) {
    const nothing = await world.ada.get(`/tickets/TKT0999/history${query}`)
    for (const person of [world.carl, world.tom]) {
      const reply = await person.get(`${path}/history${query}`)
      expect(verdict(reply)).toEqual([404, 'ticket_not_found'])
      expect({ ...reply.body, request_id: null }).toEqual({ ...nothing.body, request_id: null })
    }
    expect((await world.nobody.get(`${path}/history${query}`)).status).toBe(401)
  }
  // A cursor works in its own tenant only.
  await live(other)
  const foreign = await other.cleo.get(`${path}/history?cursor=${page.next_cursor}`)
  expect(verdict(foreign)).toEqual([400, 'invalid_cursor'])
  bodyOf(await world.ada.delete(path))
  for (const person of [world.ada, world.cleo]) expect((await person.get(`${path}/history`)).status).toBe(404)
})

/** Events that the customer must not learn of, each with a word that is nowhere else. */
const hidden = (word: string): [string, object, object][] => [
  ['ticket.tagged', {}, { tag: word, visibility: 'internal' }],
  ['ticket.linked', {}, { kind: 'parent', ticket_id: word, visibility: 'internal' }],
  ['ticket.watcher_added', {}, { account_id: word, visibility: 'internal' }],
  ['ticket.merged', { merged_into: { from: null, to: word } }, { visibility: 'internal' }],
  ['ticket.assigned', { technician_id: { from: null, to: word } }, { visibility: 'internal' }],
  ['ticket.updated', { tags: { from: [], to: [word] } }, {}],
  ['ticket.updated', { priority: { from: word, to: 'low' } }, { visibility: 'internal' }],
  ['comment.added', {}, { comment_id: word, visibility: 'internal' }],
  ['comment.edited', { body: { from: word, to: 'x' } }, { comment_id: 'x', visibility: 'internal' }],
  ['comment.edited', { body: { from: word, to: 'x' } }, { comment_id: 'x' }],
  ['attachment.added', {}, { attachment_id: word, file_name: word, visibility: 'internal' }],
  ['attachment.added', {}, { attachment_id: word, file_name: word }],
  ['ticket.scored', { score: { from: word, to: 1 } }, { note: word }],
  ['ticket.deleted', {}, { why: word }],
]
/** Public events with a member that is not public. */
const mixed = (word: string): [string, object, object][] => [
  ['ticket.updated', { priority: { from: 'low', to: 'high' }, tags: { from: [], to: [word] } }, { note: word }],
  ['ticket.absorbed', {}, { ticket_id: 'TKT0002', note: word }],
  ['attachment.added', {}, { attachment_id: 'a', file_name: 'b', storage_key: word, visibility: 'public' }],
  ['comment.edited', { body: { from: word, to: 'x' } }, { comment_id: 'e', visibility: 'public' }],
  ['comment.deleted', { body: { from: word, to: null } }, { comment_id: 'd', visibility: 'public' }],
  ['comment.added', { score: { from: null, to: word } }, { comment_id: 'c', note: word, visibility: 'public' }],
]

test('no byte of an internal event reaches the customer, and no cursor, id or count tells that it exists', async () => {
  const [world, plain] = [await createWorld(desk), await createWorld(desk)]
  const word = `canary${randomBytes(8).toString('hex')}`
  const record = async ({ tenantId, ada }: World, events: [string, object, object][]): Promise<void> => {
    await transaction(desk.app.pool, (tx) =>
      recordEvents(
        tx,
        events.map(([type, changes, details]) => ({
          tenantId,
          type: type as EventType,
          subjectId: 'TKT0001',
          subjectVersion: null,
          actorId: ada.id,
          actorRole: 'admin',
          changes: changes as Record<string, { from: unknown; to: unknown }>,
          details: details as Record<string, unknown>,
          requestId: word,
          traceparent: null,
        })),
      ),
    )
  }
  for (const one of [world, plain]) {
    await live(one)
    if (one === world) await record(one, hidden(word))
    await record(one, mixed(one === world ? word : 'x'))
    if (one === world) await record(one, hidden(word))
  }
  const staff = JSON.stringify(await historyOf(world.ada))
  expect(staff.split(word).length).toBeGreaterThan(2 * hidden(word).length)

  const shapes: unknown[] = []
  for (const { cleo } of [world, plain]) {
    const texts: string[] = []
    const pages: unknown[] = []
    let cursor = ''
    for (;;) {
      const reply = await cleo.get(`${path}/history?limit=2${cursor}`)
      const headers = [...reply.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
      const { history, page } = bodyOf(reply)
      texts.push(reply.text, Buffer.from(page.next_cursor ?? '', 'base64url').toString())
      pages.push([reply.text.length, headers, history.length, page.has_more, page.next_cursor?.length])
      for (const { history_id } of history) expect(history_id).toMatch(/^[0-9a-f]{32}$/)
      if (!page.has_more) break
      cursor = `&cursor=${page.next_cursor}`
    }
    expect(texts.join('\n')).not.toContain(word)
    for (const email of [world.ada.email, world.tess.email]) expect(texts.join('\n')).not.toContain(email)
    shapes.push(pages)
  }
  // Every answer has the same length with internal events as without.
  expect(shapes[0]).toEqual(shapes[1])
})

test('a sealed number opens for its tenant and its key only', async () => {
  const [key, wrong] = [randomBytes(32), randomBytes(32)]
  const texts = [1, 2, 3, 2 ** 53 - 1].map((number) => {
    const text = sealNumber(key, 7, number)
    expect(openNumber(key, 7, text)).toBe(number)
    expect([openNumber(key, 8, text), openNumber(wrong, 7, text)]).toEqual([null, null])
    return text
  })
  expect(new Set(texts.map((text) => text.slice(0, 8))).size).toBe(4)
  for (const text of ['', 'x', '0'.repeat(32), 'g'.repeat(32), `${texts[0]}00`]) {
    expect(openNumber(key, 7, text)).toBeNull()
  }
  const world = await createWorld(desk)
  await live(world)
  for (const cursor of ['x', Buffer.from('["history","x"]').toString('base64url')]) {
    const reply = await world.cleo.get(`${path}/history?cursor=${cursor}`)
    expect(verdict(reply)).toEqual([400, 'invalid_cursor'])
  }
})

test('names the people beside their ids, as far as the reader knows them today', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, carl } = world
  await createAssignedTicket(world)
  bodyOf(await ada.put(`${path}/watchers/${tess.id}`))
  bodyOf(await ada.put(path, { technician_id: tom.id }))
  const namesFor = async (person: Person): Promise<Record<string, string>> =>
    Object.assign({}, ...(await historyOf(person)).map(({ names }) => names))
  const [ofTess, ofTom] = [{ [tess.id]: 'Tess Technician' }, { [tom.id]: 'Tom Technician' }]
  expect(await namesFor(ada)).toEqual({ ...ofTess, ...ofTom, [cleo.id]: 'Cleo Customer' })
  // The customer reads who has the ticket, and not who had it and never spoke.
  expect(await namesFor(cleo)).toEqual(ofTom)
  bodyOf(await ada.post(`${path}/move`, { customer_id: carl.id, confirm: true }))
  expect(await namesFor(tom)).toEqual({ ...ofTess, ...ofTom, [carl.id]: 'Carl Customer' })
  expect((await namesFor(ada))[cleo.id]).toBe('Cleo Customer')
  expect(await namesFor(carl)).toEqual({})
})
