import { afterAll, beforeAll, expect, test } from 'vitest'
import { comment, createTicket, createTickets, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { expectSuccess, verdict } from '../../../testing/support/requests.ts'
import { holdTicket } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

/** `TKT0001 First`: the comments of a page. */
const read = (reply: Reply): string[] =>
  expectSuccess(reply).body.comments.map(({ ticket_id, body }: Record<string, string>) => `${ticket_id} ${body}`)
const commentsOn = async (person: Person, id: string): Promise<string[]> =>
  read(await person.get(`/tickets/${id}/comments`))

/** Merges Cleo's TKT0001 into TKT0002, and TKT0002 into TKT0003, which Tess has. Each has a comment. */
const merged = async (): Promise<World> => {
  const world = await createWorld(desk)
  const { ada, cleo, tess } = world
  for (const id of ['TKT0001', 'TKT0002', 'TKT0003']) {
    await createTicket(cleo, { issue_category: 'Printer', issue_description: `About ${id}` })
  }
  for (const id of ['TKT0001', 'TKT0002', 'TKT0003']) expectSuccess(await comment(cleo, id, `First of ${id}`))
  expectSuccess(await ada.put('/tickets/TKT0003', { technician_id: tess.id, status: 'in_progress' }))
  await mergeTicket(ada, 'TKT0001', 'TKT0002')
  await mergeTicket(ada, 'TKT0002', 'TKT0003')
  return world
}

test('the final target shows the comments of all merged tickets, which stay where they were written', async () => {
  const { ada, cleo, tess } = await merged()
  const firsts = ['TKT0001 First of TKT0001', 'TKT0002 First of TKT0002', 'TKT0003 First of TKT0003']
  for (const person of [ada, cleo, tess]) expect(await commentsOn(person, 'TKT0003')).toEqual(firsts)
  expect(await commentsOn(cleo, 'TKT0002')).toEqual(firsts.slice(1, 2))
  expect(await commentsOn(cleo, 'TKT0001')).toEqual(firsts.slice(0, 1))

  expectSuccess(await comment(cleo, 'TKT0001', 'On the first'))
  expectSuccess(await comment(tess, 'TKT0003', 'On the last'))
  expectSuccess(await comment(ada, 'TKT0002', 'Between us', 'internal'))
  const later = ['TKT0001 On the first', 'TKT0003 On the last']
  expect(await commentsOn(cleo, 'TKT0003')).toEqual([...firsts, ...later])
  expect(await commentsOn(tess, 'TKT0003')).toEqual([...firsts, ...later, 'TKT0002 Between us'])

  // Page by page.
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Reply = await tess.get(`/tickets/TKT0003/comments?limit=2${cursor && `&cursor=${cursor}`}`)
    seen.push(...read(page))
    cursor = page.body.page.next_cursor
  }
  expect(seen).toEqual(await commentsOn(tess, 'TKT0003'))

  // After a merge in the middle is undone, every comment is where it was.
  expectSuccess(await ada.post('/tickets/TKT0002/unmerge'))
  expect(await commentsOn(cleo, 'TKT0003')).toEqual(['TKT0003 First of TKT0003', 'TKT0003 On the last'])
  expect(await commentsOn(cleo, 'TKT0002')).toEqual([...firsts.slice(0, 2), 'TKT0001 On the first'])
})

test('a comment on a merged ticket takes effect on the final target: that ticket goes on, and its technician is told', async () => {
  const world = await merged()
  const { ada, cleo, tess } = world
  await desk.settled()
  const before = (await ada.get('/emails?limit=100')).body.emails.length
  for (const status of ['waiting', 'resolved']) {
    expectSuccess(await tess.put('/tickets/TKT0003', { status, resolution_summary: 'Done.' }))
    expectSuccess(await comment(cleo, 'TKT0001', `Not when it is ${status}`))
    expect((await cleo.get('/tickets/TKT0003')).body.status).toBe('in_progress')
    expect((await cleo.get('/tickets/TKT0001')).body).toMatchObject({ status: 'new', merged_into: 'TKT0002' })
  }
  expectSuccess(await comment(ada, 'TKT0001', 'We look into it.'))
  expect((await cleo.get('/tickets/TKT0003')).body.first_response_at).not.toBeNull()
  expect((await cleo.get('/tickets/TKT0001')).body.first_response_at).toBeNull()
  await desk.settled()
  const mails = (await ada.get('/emails?limit=100')).body.emails.slice(0, -before)
  const comments = mails.filter(({ template }: { template: string }) => template.startsWith('comment_'))
  const of = (id: string) => comments.filter(({ account_id }: { account_id: string }) => account_id === id)
  expect([of(tess.id).length, of(cleo.id).length]).toEqual([3, 1])
  for (const { ticket_id } of comments) expect(ticket_id).toBe('TKT0003')

  // The final target is closed, so the customer can write no more.
  expectSuccess(await tess.put('/tickets/TKT0003', { status: 'resolved', resolution_summary: 'Done.' }))
  expectSuccess(await tess.put('/tickets/TKT0003', { status: 'closed' }))
  const refused = await comment(cleo, 'TKT0001', 'Still.')
  expect([refused.status, refused.body.code, refused.body.follow_up_of]).toEqual([422, 'ticket_closed', 'TKT0003'])
  const [event] = (await recordedEvents(desk, world, 'comment.added')).toReversed()
  expect(event).toMatchObject({ subject_id: 'TKT0001', details: { merged_into: 'TKT0003' } })
})

test('comments and merges at the same moment: every comment is there, and no request waits crosswise', async () => {
  const { ada, cleo } = await createWorld(desk)
  const ids = await createTickets(cleo, 3)
  for (let round = 0; round < 6; round += 1) {
    const acts = ids.flatMap((id) => [
      ...ids
        .filter((other) => other !== id)
        .flatMap((other) => [
          () => ada.post(`/tickets/${id}/merge`, { into: other }),
          () => ada.post(`/tickets/${other}/unmerge`),
        ]),
      () => comment(cleo, id, `Round ${round}`),
      () => comment(ada, id, `Round ${round}`),
    ])
    const replies = await Promise.all(acts.toSorted(() => Math.random() - 0.5).map((act) => act()))
    for (const { status, text } of replies) expect([200, 201, 422], text).toContain(status)
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(6)
  }
})

test('a caller who does not see a merged ticket neither waits for its final target nor learns that there is one', async () => {
  const { ada, cleo, carl, tom, tenantId } = await createWorld(desk)
  await createTickets(cleo, 3)
  await mergeTicket(ada, 'TKT0001', 'TKT0002')
  const release = await holdTicket(desk, tenantId, 'TKT0002')
  // A request that waited for the lock would be answered with 503.
  for (const stranger of [carl, tom]) {
    for (const id of ['TKT0001', 'TKT0003', 'TKT9999']) {
      expect(verdict(await comment(stranger, id, 'Hello?'))).toEqual([404, 'ticket_not_found'])
    }
  }
  await release()
})
