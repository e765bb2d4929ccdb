import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  assignTicket,
  comment,
  createTicket,
  createTickets,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import {
  bodyOf,
  expectRefusal,
  expectSuccess,
  type Reply,
  ticketIdsIn,
  verdict,
} from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

// A merge means all of it: sight, search, watchers and history are read through the edge, and undone with it.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const unmerge = async (person: Person, id: string): Promise<void> => {
  expectSuccess(await person.post(`/tickets/${id}/unmerge`))
}
/** Which of the tickets a person sees: by reading each of them, and in the lists of tickets, merged or not. */
const seenBy = async (person: Person, ids: string[]): Promise<string[]> => {
  const seen: string[] = []
  for (const id of ids) if ((await person.get(`/tickets/${id}`)).status === 200) seen.push(id)
  const listed = [await person.get('/tickets'), await person.get('/tickets?merged=true')].flatMap(ticketIdsIn)
  expect(listed.toSorted()).toEqual(seen)
  return seen
}
const found = async (person: Person, query: string): Promise<string[]> =>
  ticketIdsIn(await person.get(`/tickets?${query}`)).toSorted()
const watchersOf = async (person: Person, id: string): Promise<string[]> =>
  bodyOf(await person.get(`/tickets/${id}/watchers`)).watchers.map(
    ({ account_id, ticket_ids }: { account_id: string; ticket_ids: string[] }) => `${account_id} ${ticket_ids}`,
  )
const mergedInto = async (person: Person, id: string): Promise<string[]> =>
  bodyOf(await person.get(`/tickets/${id}`)).merged_tickets

/** Tess has TKT0001 and Tom TKT0002, both of Cleo. Nobody has TKT0003 of Cleo, which is of Tess's category. */
const threeTickets = async (): Promise<World> => {
  const world = await createWorld(desk)
  const { ada, cleo, tess, tom } = world
  await createTickets(cleo, 3)
  await assignTicket(ada, 'TKT0001', tess)
  await assignTicket(ada, 'TKT0002', tom)
  return world
}
const all = ['TKT0001', 'TKT0002', 'TKT0003']

describe('sight', () => {
  test('whoever sees the final target sees what was merged into it, and nobody else does', async () => {
    const { ada, cleo, carl, tess, tom } = await threeTickets()
    expect(await seenBy(tess, all)).toEqual(['TKT0001', 'TKT0003'])
    expect(await seenBy(tom, all)).toEqual(['TKT0002'])
    // Nobody's ticket goes to Tom: the category that could have taken the ticket sees it no longer.
    await mergeTicket(ada, 'TKT0003', 'TKT0002')
    expect(await seenBy(tess, all)).toEqual(['TKT0001'])
    expect(await seenBy(tom, all)).toEqual(['TKT0002', 'TKT0003'])
    // Tess has the ticket that goes to Tom, so she sees the whole from then on.
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    for (const person of [ada, cleo, tess, tom]) {
      expect(await seenBy(person, all)).toEqual(all)
      expect(await mergedInto(person, 'TKT0002')).toEqual(['TKT0001', 'TKT0003'])
      expect(await mergedInto(person, 'TKT0001')).toEqual([])
    }
    expect(await seenBy(carl, all)).toEqual([])
    // She reads. The work is Tom's.
    for (const refused of [
      await tess.put('/tickets/TKT0002', { priority: 'high' }),
      await tess.put(`/tickets/TKT0001/watchers/ada`),
      await tess.put('/tickets/TKT0001/links/related/TKT0002'),
      await tess.post('/tickets/TKT0001/unmerge'),
    ]) {
      expect(verdict(refused), refused.text).toEqual([403, 'forbidden'])
    }
    await unmerge(ada, 'TKT0001')
    await unmerge(ada, 'TKT0003')
    expect(await seenBy(tess, all)).toEqual(['TKT0001', 'TKT0003'])
    expect(await seenBy(tom, all)).toEqual(['TKT0002'])
    expect(await mergedInto(ada, 'TKT0002')).toEqual([])
  })

  test('a chain of merges is read at its end, and comes apart where a merge is undone', async () => {
    const { ada, cleo, tess, tom } = await threeTickets()
    await mergeTicket(ada, 'TKT0001', 'TKT0003')
    await mergeTicket(ada, 'TKT0003', 'TKT0002')
    for (const person of [cleo, tess, tom]) expect(await mergedInto(person, 'TKT0002')).toEqual(['TKT0001', 'TKT0003'])
    await unmerge(ada, 'TKT0003')
    expect(await mergedInto(ada, 'TKT0002')).toEqual([])
    expect(await mergedInto(ada, 'TKT0003')).toEqual(['TKT0001'])
    expect(await seenBy(tom, all)).toEqual(['TKT0002'])
    expect(await seenBy(tess, all)).toEqual(['TKT0001', 'TKT0003'])
  })

  test('a merged ticket that is deleted gives neither sight nor words, and is in no list', async () => {
    const { ada, tess } = await threeTickets()
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    expect(await seenBy(tess, all)).toEqual(all)
    expectSuccess(await ada.delete('/tickets/TKT0001'))
    expect(await seenBy(tess, all)).toEqual(['TKT0003'])
    expect(await mergedInto(ada, 'TKT0002')).toEqual([])
    expect(await watchersOf(ada, 'TKT0002')).toEqual([])
    expect(await found(ada, 'q=TKT0001')).toEqual([])
  })

  test('files, comments and history of the final target are those of the whole conversation', async () => {
    const { ada, cleo, tess, tom } = await threeTickets()
    const file = await attach(desk, cleo, 'TKT0001', textFile('log.txt'))
    expectSuccess(await comment(tess, 'TKT0001', 'Between us', 'internal'))
    expectSuccess(await comment(cleo, 'TKT0002', 'On the second'))
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    for (const person of [ada, cleo, tess, tom]) {
      expect((await person.get(`/tickets/TKT0002/attachments/${file.attachment_id}`)).status).toBe(200)
      const entries = await historyOf(person, 'TKT0002')
      const expected = [
        'TKT0001 ticket.created',
        'TKT0002 ticket.created',
        'TKT0001 ticket.assigned',
        'TKT0002 ticket.assigned',
        ...(person === cleo ? ['TKT0001 attachment.added'] : ['TKT0001 attachment.added', 'TKT0001 comment.added']),
        'TKT0002 comment.added',
        'TKT0001 ticket.merged',
        'TKT0002 ticket.absorbed',
        ...(person === cleo ? [] : ['TKT0001 ticket.watcher_added']),
      ]
      expect(entries).toEqual(expected)
      expect(await historyOf(person, 'TKT0002', 2)).toEqual(expected)
      expect((await historyOf(person, 'TKT0001')).every((entry) => entry.startsWith('TKT0001'))).toBe(true)
    }
    await unmerge(ada, 'TKT0001')
    expect((await historyOf(tom, 'TKT0002')).every((entry) => entry.startsWith('TKT0002'))).toBe(true)
    expect(await historyOf(tess, 'TKT0001')).toContain('TKT0001 ticket.watcher_removed')
    expect((await tom.get(`/tickets/TKT0002/attachments/${file.attachment_id}`)).status).toBe(404)
  })
})

/** `TKT0001 ticket.created`: the entries of a history, read page by page. */
const historyOf = async (person: Person, id: string, limit = 100): Promise<string[]> => {
  const entries: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Reply['body'] = bodyOf(
      await person.get(`/tickets/${id}/history?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`),
    )
    entries.push(...page.history.map(({ ticket_id, type }: Record<string, string>) => `${ticket_id} ${type}`))
    cursor = page.page.next_cursor
  }
  return entries
}

describe('search', () => {
  test('words and tags of a merged ticket find its final target, unless a word is excluded', async () => {
    const { ada, cleo, carl, tess, tom } = await createWorld(desk)
    const source = await createTicket(cleo, { issue_description: 'The toaster burns' })
    const target = await createTicket(cleo, { issue_description: 'The kettle leaks' })
    await assignTicket(ada, target, tom)
    expectSuccess(await ada.put(`/tickets/${source}/tags/kitchen`))
    const queries = ['q=toaster', `q=${source}`, 'tag=kitchen', 'q=toaster&sort=-updated_at&limit=1']
    for (const query of queries) expect(await found(ada, query)).toEqual([source])
    await mergeTicket(ada, source, target)
    for (const query of queries) {
      for (const person of [ada, tom]) expect(await found(person, query), query).toEqual([target])
      expect(await found(tess, query), query).toEqual([])
      if (query.startsWith('q')) {
        expect(await found(cleo, query), query).toEqual([target])
        expect(await found(carl, query), query).toEqual([])
      }
      expect(await found(ada, `${query}&merged=true`), query).toEqual([source])
    }
    // The target itself has no kettle that is excluded away, and the toaster is not its own word.
    expect(await found(ada, 'q=toaster -kettle')).toEqual([])
    expect(await found(ada, 'q=kettle -toaster')).toEqual([target])
    expect(await found(ada, 'q=toaster&technician_id=none')).toEqual([])
    await unmerge(ada, source)
    for (const query of queries) expect(await found(ada, query)).toEqual([source])
  })
})

test('who works on the final target answers on the merged ticket, and its own technician, who watches, only notes', async () => {
  const { ada, tess, tom } = await threeTickets()
  await mergeTicket(ada, 'TKT0001', 'TKT0002')
  const say = (person: Person, visibility: string) =>
    person.post('/tickets/TKT0001/comments', { body: 'On it.', visibility })
  expect(verdict(await say(tess, 'public'))).toEqual([403, 'forbidden'])
  expectSuccess(await say(tess, 'internal'))
  expectSuccess(await say(tom, 'public'))
})

describe('watchers', () => {
  test('who watched the merged ticket watches the final target, is listed once, and is removed from both', async () => {
    const { ada, tess, tom, technician } = await threeTickets()
    const zoe = await technician('Zoe', 'Doors')
    for (const id of ['TKT0001', 'TKT0002']) expectSuccess(await ada.put(`/tickets/${id}/watchers/ada`))
    expectSuccess(await tess.put(`/tickets/TKT0001/watchers/${zoe.id}`))
    expect((await zoe.get('/tickets/TKT0002')).status).toBe(404)
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    const watchers = [`${tess.id} TKT0001`, `${zoe.id} TKT0001`, 'ada TKT0001,TKT0002']
    for (const id of ['TKT0001', 'TKT0002']) expect(await watchersOf(zoe, id)).toEqual(watchers)
    expect(await seenBy(zoe, all)).toEqual(['TKT0001', 'TKT0002'])
    expectSuccess(await tom.delete(`/tickets/TKT0002/watchers/${zoe.id}`))
    expect(await seenBy(zoe, all)).toEqual([])
    expectSuccess(await ada.delete('/tickets/TKT0001/watchers/ada'))
    expect(await watchersOf(ada, 'TKT0002')).toEqual([`${tess.id} TKT0001`])
    await unmerge(ada, 'TKT0001')
    for (const id of ['TKT0001', 'TKT0002']) expect(await watchersOf(ada, id)).toEqual([])
  })

  test('the technician goes on to watch when they did before, and does not begin when they have both tickets', async () => {
    const { ada, tess } = await threeTickets()
    expectSuccess(await tess.put(`/tickets/TKT0001/watchers/${tess.id}`))
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    await unmerge(ada, 'TKT0001')
    expect(await watchersOf(ada, 'TKT0001')).toEqual([`${tess.id} TKT0001`])
    await assignTicket(ada, 'TKT0003', tess)
    await mergeTicket(tess, 'TKT0003', 'TKT0001')
    expect(await watchersOf(ada, 'TKT0001')).toEqual([`${tess.id} TKT0001`])
  })

  test('who watches because of a merge, and asks to watch, goes on when the merge is undone', async () => {
    const { ada, tess } = await threeTickets()
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    for (const id of ['TKT0001', 'TKT0001']) expectSuccess(await tess.put(`/tickets/${id}/watchers/${tess.id}`))
    await unmerge(ada, 'TKT0001')
    expect(await watchersOf(ada, 'TKT0001')).toEqual([`${tess.id} TKT0001`])
  })

  test('a conversation has fifty at most, whichever tickets they watch', async () => {
    const { ada, tom, tenantId } = await threeTickets()
    await desk.owner.query(
      `with people as (
         insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
         select $1, 'x' || n, 'admin', 'x' || n, 'x' || n || '@example.com', 'X', 'active' from generate_series(1, 51) n
         returning account_id, substr(account_id, 2)::integer as n)
       select`,
      [tenantId],
    )
    await desk.owner.query(
      `insert into ticket_watchers (tenant_id, ticket_number, account_id)
       select $1, case when n <= 25 then 1 else 2 end, 'x' || n from generate_series(1, 50) n`,
      [tenantId],
    )
    // With Tess they would be fifty-one.
    const refused = await ada.post('/tickets/TKT0001/merge', { into: 'TKT0002' })
    expect(verdict(refused)).toEqual([422, 'too_many_watchers'])
    expect(await mergedInto(ada, 'TKT0002')).toEqual([])
    expectSuccess(await ada.delete('/tickets/TKT0002/watchers/x50'))
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    for (const id of ['TKT0001', 'TKT0002']) {
      expect(verdict(await tom.put(`/tickets/${id}/watchers/x51`))).toEqual([422, 'too_many_watchers'])
    }
  })
})

describe('a merge of an open ticket into a resolved one', () => {
  test('reopens it, which stays when the merge is undone', async () => {
    const { ada, cleo, tom } = await threeTickets()
    await moveTicket(tom, 'TKT0002', 'in_progress', 'resolved')
    await mergeTicket(ada, 'TKT0003', 'TKT0002')
    expect((await cleo.get('/tickets/TKT0002')).body.status).toBe('in_progress')
    const undone = bodyOf(await ada.post('/tickets/TKT0003/unmerge'))
    expect(undone.warnings.map(({ code }: { code: string }) => code)).toEqual(['stays_reopened'])
    expect((await cleo.get('/tickets/TKT0002')).body.status).toBe('in_progress')
    // When it has been resolved again, nothing is odd. A resolved ticket reopens nothing.
    await mergeTicket(ada, 'TKT0003', 'TKT0002')
    await moveTicket(tom, 'TKT0002', 'resolved')
    expect(bodyOf(await ada.post('/tickets/TKT0003/unmerge')).warnings).toBeUndefined()
    await moveTicket(ada, 'TKT0001', 'in_progress', 'resolved')
    await mergeTicket(ada, 'TKT0001', 'TKT0002')
    expect((await cleo.get('/tickets/TKT0002')).body.status).toBe('resolved')
    await expectRefusal(tom.post('/tickets/TKT0001/unmerge'), 403, 'forbidden')
  })
})
