import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Status } from '../../../contract/enums.ts'
import { exec, sql } from '../../../platform/db/sql.ts'
import { comment, createTicket, createWorldWithTicket, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { bodyOf, expectRefusal, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { Comment } from './comments.schemas.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const path = '/tickets/TKT0001'
const say = (person: Person, body: string, visibility?: 'public' | 'internal'): Promise<Reply> =>
  comment(person, 'TKT0001', body, visibility)
const read = async (person: Person, query = ''): Promise<Comment[]> =>
  (await person.get(`${path}/comments${query}`)).body.comments
const bodies = async (person: Person): Promise<string[]> => (await read(person)).map(({ body }) => body)

describe('a conversation', () => {
  test('is between the customer and the staff, with notes among the staff, in the order in which it was said', async () => {
    const { ada, tess, cleo } = await createWorldWithTicket(desk)
    const text = 'It is <b>still</b> down.\r\n\tSince nine 💥'
    const first = await say(cleo, text)
    expect(first.status).toBe(201)
    expect(first.body).toEqual({
      comment_id: first.body.comment_id,
      ticket_id: 'TKT0001',
      author_id: cleo.id,
      author_name: 'Cleo Customer',
      author_role: 'customer',
      visibility: 'public',
      body: text,
      created_at: first.body.created_at,
      edited_at: null,
      in_reply_to: null,
      attachments: [],
    })
    await say(tess, 'Looks like the switch.', 'internal')
    await say(tess, 'Please restart the router.')
    await say(ada, 'Replace the switch.', 'internal')
    const all = [text, 'Looks like the switch.', 'Please restart the router.', 'Replace the switch.']
    expect(await bodies(ada)).toEqual(all)
    expect(await bodies(tess)).toEqual(all)
    expect(await bodies(cleo)).toEqual([text, 'Please restart the router.'])
    // Customers do not see the user id of an admin.
    await say(ada, 'Thank you.')
    expect((await read(cleo)).map(({ author_id }) => author_id)).toEqual([cleo.id, tess.id, null])
    expect((await read(tess)).at(-1)).toMatchObject({ author_id: ada.id, author_name: 'Ada Admin' })
  })

  test('is read page by page while others go on writing: nothing twice, nothing missing', async () => {
    const { ada, cleo } = await createWorldWithTicket(desk)
    for (let n = 1; n <= 7; n += 1) await say(n % 2 === 0 ? ada : cleo, `${n}`)
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await ada.get(`${path}/comments?limit=3${cursor && `&cursor=${cursor}`}`)
      seen.push(...body.comments.map((comment: Comment) => comment.body))
      cursor = body.page.next_cursor ?? ''
      if (seen.length === 3) await Promise.all([say(cleo, '8'), say(ada, '9')])
    } while (cursor !== '')
    expect([...seen].sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
    expect(seen.slice(0, 7)).toEqual(['1', '2', '3', '4', '5', '6', '7'])
  })

  test('is read from the newest on, and since a time', async () => {
    const { ada, tess, cleo } = await createWorldWithTicket(desk)
    for (const [n, person] of [tess, ada, cleo, ada, tess].entries()) {
      await say(person, `${n + 1}`, n % 2 === 1 ? 'internal' : 'public')
    }
    const readAs = async (person: Person, query: string): Promise<string[]> => {
      const said: string[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const path: string = `?limit=2&${query}${cursor && `&cursor=${cursor}`}`
        const { comments, page } = bodyOf(await person.get(`/tickets/TKT0001/comments${path}`))
        said.push(...comments.map((comment: Comment) => comment.body))
        cursor = page.next_cursor
      }
      return said
    }
    expect(await readAs(ada, 'sort=-created_at')).toEqual(['5', '4', '3', '2', '1'])
    expect(await readAs(cleo, 'sort=-created_at')).toEqual(['5', '3', '1'])
    const since = (await read(ada)).find((comment) => comment.body === '3')?.created_at
    expect(await readAs(tess, `since=${since}`)).toEqual(['3', '4', '5'])
    expect(await readAs(tess, `since=${since}&sort=-created_at`)).toEqual(['5', '4', '3'])
    expect(await readAs(cleo, `since=${since}`)).toEqual(['3', '5'])
    expect(await readAs(ada, 'since=2090-01-01')).toEqual([])
    // A cursor belongs to its order.
    const { page } = bodyOf(await ada.get('/tickets/TKT0001/comments?limit=1'))
    const other = `/tickets/TKT0001/comments?sort=-created_at&cursor=${page.next_cursor}`
    expect(verdict(await ada.get(other))).toEqual([400, 'invalid_cursor'])
    for (const bad of ['sort=body', 'since=yesterday', 'since=']) {
      expect(verdict(await ada.get(`/tickets/TKT0001/comments?${bad}`))).toEqual([400, 'validation_failed'])
    }
  })

  test('keeps its order when the clock goes back', async () => {
    const { ada, tenantId } = await createWorldWithTicket(desk)
    await say(ada, 'first')
    await exec(
      desk.app.pool,
      sql`update comments set created_at = now() + interval '10 minutes' where tenant_id = ${tenantId}`,
    )
    await say(ada, 'second')
    await say(ada, 'third')
    expect(await bodies(ada)).toEqual(['first', 'second', 'third'])
  })

  test('its last comments are those that a reader may read, of the tickets that they see', async () => {
    const { ada, cleo, carl, tom, nobody } = await createWorldWithTicket(desk)
    await createTicket(cleo)
    await createTicket(carl)
    const last = async (person = cleo) => {
      const reply = bodyOf(await person.get('/last-comments?ticket=TKT0001,TKT0002,TKT0003,TKT0099'))
      return reply.last_comments.map(({ ticket_id, excerpt }: { ticket_id: string; excerpt: string }) => [
        ticket_id,
        excerpt,
      ])
    }
    expect(await last()).toEqual([])
    await say(ada, 'Older.')
    await say(ada, `Is it the ${'x'.repeat(300)}`)
    await say(ada, 'Nobody tells Cleo.', 'internal')
    const shown = ['TKT0001', `Is it the ${'x'.repeat(190)}`]
    expect(await last()).toEqual([shown])
    expect(await last(ada)).toEqual([['TKT0001', 'Nobody tells Cleo.']])
    for (const stranger of [carl, tom]) expect(await last(stranger)).toEqual([])
    const { comment_id } = (await say(cleo, 'Taken back.')).body
    expect(await last()).toEqual([['TKT0001', 'Taken back.']])
    bodyOf(await cleo.delete(`${path}/comments/${comment_id}`))
    expect(await last()).toEqual([shown])
    const [{ author_id, author_name }] = bodyOf(await cleo.get('/last-comments?ticket=TKT0001')).last_comments
    expect([author_id, author_name]).toEqual([null, 'Ada Admin'])
    expect(verdict(await nobody.get('/last-comments?ticket=TKT0001'))).toEqual([401, 'not_signed_in'])
    const many = Array.from({ length: 51 }, (_, n) => `TKT${n + 1}`).join()
    expect(bodyOf(await cleo.get('/last-comments'))).toEqual({ last_comments: [] })
    for (const query of ['?ticket=', '?ticket=CUS0001', `?ticket=${many}`]) {
      expect(verdict(await cleo.get(`/last-comments${query}`))).toEqual([400, 'validation_failed'])
    }
  })

  test('is for its own people: strangers find no ticket, technicians of its category may read and not answer the customer', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, carl, tess, tom, nobody } = world
    await createTicket(cleo)
    expect((await say(cleo, 'Still down.')).status).toBe(201)
    for (const stranger of [carl, tom]) {
      expect(verdict(await stranger.get(`${path}/comments`))).toEqual([404, 'ticket_not_found'])
      expect(verdict(await say(stranger, 'Mine, too.'))).toEqual([404, 'ticket_not_found'])
    }
    expect(verdict(await nobody.get(`${path}/comments`))).toEqual([401, 'not_signed_in'])
    expect(await bodies(tess)).toEqual(['Still down.'])
    expect(verdict(await say(tess, 'On it.'))).toEqual([403, 'forbidden'])
    expect(verdict(await say(cleo, 'Between us.', 'internal'))).toEqual([403, 'forbidden'])
    await ada.delete(path)
    expect(verdict(await ada.get(`${path}/comments`))).toEqual([404, 'ticket_not_found'])
    expect(verdict(await say(ada, 'Gone.'))).toEqual([404, 'ticket_not_found'])
  })

  test.each([
    [{ visibility: 'public' }, 'body'],
    [{ body: 'x' }, 'visibility'],
    [{ body: ' \n', visibility: 'public' }, 'body'],
    [{ body: 'x'.repeat(10_001), visibility: 'public' }, 'body'],
    [{ body: 'x', visibility: 'secret' }, 'visibility'],
    [{ body: 'x', visibility: 'public', author_id: 'ada' }, 'author_id'],
  ])('refuses %j', async (body, field) => {
    const { ada } = await createWorldWithTicket(desk)
    const reply = await ada.post(`${path}/comments`, body)
    expect([reply.status, reply.body.errors[0].field]).toEqual([400, field])
  })
})

test('what a customer writes is public when they do not say it', async () => {
  const { cleo, tess } = await createWorldWithTicket(desk)
  const said = await cleo.post(`${path}/comments`, { body: 'It smokes' })
  expect([said.status, said.body.visibility]).toEqual([201, 'public'])
  const { body } = await expectRefusal(tess.post(`${path}/comments`, { body: 'Hm' }), 400, 'validation_failed')
  expect(body.errors).toEqual([
    { field: 'visibility', message: 'visibility is missing: say public or internal', code: 'missing' },
  ])
})

describe('a comment', () => {
  test('is changed and deleted by its author for some minutes, by admins always', async () => {
    const world = await createWorldWithTicket(desk)
    const { ada, tess, cleo, tenantId } = world
    const { comment_id } = (await say(cleo, 'It burns')).body
    const own = `${path}/comments/${comment_id}`
    const edited = await cleo.put(own, { body: 'It smokes' })
    expect([edited.status, edited.body.body]).toEqual([200, 'It smokes'])
    expect(Date.parse(edited.body.edited_at)).toBeGreaterThanOrEqual(Date.parse(edited.body.created_at))
    expect((await read(ada))[0]).toEqual({ ...edited.body, editable_until: null })
    const until = new Date(Date.parse(edited.body.created_at) + 15 * 60_000).toISOString()
    expect((await read(cleo))[0]).toMatchObject({ editable_until: until })
    expect(verdict(await tess.put(own, { body: 'All is well' }))).toEqual([403, 'forbidden'])
    expect(verdict(await tess.delete(own))).toEqual([403, 'forbidden'])

    await exec(
      desk.app.pool,
      sql`update comments set created_at = created_at - interval '16 minutes' where tenant_id = ${tenantId}`,
    )
    expect(verdict(await cleo.put(own, { body: 'It burns' }))).toEqual([422, 'comment_too_old'])
    expect(verdict(await cleo.delete(own))).toEqual([422, 'comment_too_old'])
    expect((await ada.put(own, { body: 'It burned' })).body.body).toBe('It burned')
    expect((await ada.delete(own)).status).toBe(204)
    expect([await bodies(ada), await bodies(cleo)]).toEqual([[], []])
    expect(verdict(await ada.put(own, { body: 'x' }))).toEqual([404, 'comment_not_found'])
    expect(verdict(await ada.delete(own))).toEqual([404, 'comment_not_found'])

    // The log keeps what the comment said before.
    const events = await recordedEvents(desk, world, 'comment.%')
    expect(events.map(({ type, changes }) => ({ type, changes }))).toEqual([
      { type: 'comment.added', changes: {} },
      { type: 'comment.edited', changes: { body: { from: 'It burns', to: 'It smokes' } } },
      { type: 'comment.edited', changes: { body: { from: 'It smokes', to: 'It burned' } } },
      { type: 'comment.deleted', changes: { body: { from: 'It burned', to: null } } },
    ])
  })

  test('that is internal does not exist for the customer of the ticket, in any request', async () => {
    const { ada, cleo } = await createWorldWithTicket(desk)
    const { comment_id } = (await say(ada, 'Do not tell', 'internal')).body
    for (const id of [comment_id, '00000000-0000-4000-8000-000000000000']) {
      const own = `${path}/comments/${id}`
      expect(verdict(await cleo.put(own, { body: 'Hello' }))).toEqual([404, 'comment_not_found'])
      expect(verdict(await cleo.delete(own))).toEqual([404, 'comment_not_found'])
    }
    expect(await bodies(ada)).toEqual(['Do not tell'])
  })

  test('belongs to its ticket: at another one it is not found', async () => {
    const { ada, cleo } = await createWorldWithTicket(desk)
    await createTicket(cleo)
    const { comment_id } = (await say(ada, 'Here')).body
    expect(verdict(await ada.put(`/tickets/TKT0002/comments/${comment_id}`, { body: 'There' }))).toEqual([
      404,
      'comment_not_found',
    ])
  })
})

describe('what a comment does to its ticket', () => {
  const ticket = async ({ ada }: World) => (await ada.get(path)).body

  test('the first public comment of the staff is the first response, and later comments do not change that', async () => {
    const world = await createWorldWithTicket(desk)
    await say(world.cleo, 'Anybody there?')
    await say(world.ada, 'Who takes it?', 'internal')
    expect((await ticket(world)).first_response_at).toBeNull()
    await say(world.tess, 'I am on it.')
    const { first_response_at, version } = await ticket(world)
    expect(Date.parse(first_response_at)).toBeGreaterThan(Date.now() - 60_000)
    await say(world.ada, 'And so am I.')
    expect(await ticket(world)).toMatchObject({ first_response_at, version })
  })

  test('no comment makes a change of the ticket stale', async () => {
    const { ada, tess, cleo } = await createWorldWithTicket(desk)
    const { headers } = await tess.get(path)
    await say(cleo, 'Still down.')
    await say(ada, 'Hurry.', 'internal')
    const changed = await tess.patch(path, { priority: 'high' }, { headers: { 'If-Match': headers.get('etag') ?? '' } })
    expect(changed.status).toBe(200)
  })

  test.each<[Status, Status[], Status]>([
    ['waiting', ['in_progress', 'waiting'], 'in_progress'],
    ['resolved', ['in_progress', 'resolved'], 'in_progress'],
    ['in_progress', ['in_progress'], 'in_progress'],
    ['assigned', [], 'assigned'],
  ])('a comment of the customer on a ticket that is %s', async (_, moves, status) => {
    const world = await createWorldWithTicket(desk, ...moves)
    await say(world.ada, 'Anything new?')
    await say(world.ada, 'Waiting.', 'internal')
    const { status: before } = await ticket(world)
    expect((await say(world.cleo, 'Here you are.')).status).toBe(201)
    const after = await ticket(world)
    expect([after.status, after.resolved_date]).toEqual([status, null])
    expect(before).toBe(moves.at(-1) ?? 'assigned')
  })

  test('a closed ticket takes no comment of its customer, and says how to go on', async () => {
    const { ada, cleo, carl } = await createWorldWithTicket(desk, 'in_progress', 'resolved', 'closed')
    const refused = await say(cleo, 'It is back.')
    expect(verdict(refused)).toEqual([422, 'ticket_closed'])
    expect(refused.body.follow_up_of).toBe('TKT0001')
    expect(refused.body.detail).toContain('"follow_up_of": "TKT0001"')
    expect((await say(ada, 'Was it the cable?', 'internal')).status).toBe(201)

    const followUp = await cleo.post('/tickets', { ...issue, follow_up_of: 'TKT0001' })
    expect([followUp.status, followUp.body.follow_up_of]).toEqual([201, 'TKT0001'])
    expect((await cleo.get('/tickets')).body.tickets[0].follow_up_of).toBe('TKT0001')
    // A follow-up needs a closed ticket, and a ticket of another customer answers as if it did not exist.
    const open = await cleo.post('/tickets', { ...issue, follow_up_of: followUp.body.ticket_id })
    expect(verdict(open)).toEqual([422, 'follow_up_unavailable'])
    for (const [person, more] of [
      [carl, {}],
      [ada, { customer_id: carl.id }],
    ] as const) {
      const theirs = await person.post('/tickets', { ...issue, ...more, follow_up_of: 'TKT0001' })
      const none = await person.post('/tickets', { ...issue, ...more, follow_up_of: 'TKT9999' })
      expect([verdict(theirs), verdict(none)]).toEqual(Array(2).fill([422, 'follow_up_unavailable']))
    }
    const byAdmin = await ada.post('/tickets', { ...issue, customer_id: cleo.id, follow_up_of: 'TKT0001' })
    expect(byAdmin.body.follow_up_of).toBe('TKT0001')
  })

  test('fifty at once: each is there once, and the ticket is reopened once', async () => {
    const world = await createWorldWithTicket(desk, 'in_progress', 'resolved')
    const { version } = await ticket(world)
    const texts = Array.from({ length: 50 }, (_, n) => `Comment ${n}`)
    const replies = await Promise.all(texts.map((text) => say(world.cleo, text)))
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(201))
    const listed = (await read(world.ada, '?limit=100')).map(({ body }) => body)
    expect([...listed].sort()).toEqual([...texts].sort())
    expect(await ticket(world)).toMatchObject({ status: 'in_progress', version: version + 1 })
  })
})
