import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTicket, createTickets, resolveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { ticketIdsIn, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { Tag } from '../tickets/tickets.schemas.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const at = (id: string, tag: string): string => `/tickets/${id}/tags/${encodeURIComponent(tag)}`
const tagged = async (person: Person, id: string, ...tags: string[]): Promise<void> => {
  for (const tag of tags) {
    const reply = await person.put(at(id, tag))
    expect(reply.status, reply.text).toBe(200)
  }
}
const counts = ({ body, text }: Reply): string => {
  expect(body.tags, text).toBeDefined()
  return body.tags.map(({ tag, ticket_count }: Record<string, unknown>) => `${tag} ${ticket_count}`).join(', ')
}

const eventsOf = async (world: World): Promise<string[]> =>
  (await recordedEvents(desk, world, 'ticket.%tagged')).map(({ type, details }) => {
    expect(details.visibility).toBe('internal')
    return `${type} ${details.tag}`
  })

describe('tags', () => {
  test('are a set: put once, taken away once, counted, found', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tess } = world
    await createTickets(cleo, 3)
    const before = (await ada.get('/tickets/TKT0001')).body
    expect(before.tags).toEqual([])

    expect((await ada.put(at('TKT0001', 'VPN'))).body).toEqual({ tags: ['vpn'] })
    expect((await ada.put(at('TKT0001', ' vpn '))).body).toEqual({ tags: ['vpn'] })
    expect((await ada.put(at('TKT0001', 'Größe  XL.2'))).body).toEqual({ tags: ['größe xl.2', 'vpn'] })
    await tagged(ada, 'TKT0002', 'vpn', 'zebra')
    await tagged(ada, 'TKT0003', 'vpn')
    const after = (await ada.get('/tickets/TKT0001')).body
    expect(after).toEqual({ ...before, tags: ['größe xl.2', 'vpn'] })

    expect(counts(await ada.get('/tags'))).toBe('größe xl.2 1, vpn 3, zebra 1')
    expect(counts(await tess.get('/tags?sort=-ticket_count'))).toBe('vpn 3, größe xl.2 1, zebra 1')
    expect(counts(await ada.get('/tags?q=VP'))).toBe('vpn 3')
    expect(counts(await ada.get('/tags?q=vpn&sort=-ticket_count'))).toBe('vpn 3')
    expect(counts(await ada.get('/tags?q=v_n'))).toBe('')
    expect(ticketIdsIn(await ada.get('/tickets?tag=vpn&sort=raised_date'))).toEqual(['TKT0001', 'TKT0002', 'TKT0003'])
    expect(ticketIdsIn(await ada.get('/tickets?tag=ZEBRA'))).toEqual(['TKT0002'])
    expect(ticketIdsIn(await ada.get('/tickets?tag=zeb'))).toEqual([])

    expect((await ada.delete(at('TKT0001', 'Vpn'))).body).toEqual({ tags: ['größe xl.2'] })
    expect((await ada.delete(at('TKT0001', 'vpn'))).body).toEqual({ tags: ['größe xl.2'] })
    expect((await ada.delete(at('TKT0001', 'never-there'))).body).toEqual({ tags: ['größe xl.2'] })
    // A deleted ticket no longer counts, and a tag that no ticket has is not listed.
    expect((await ada.delete('/tickets/TKT0002')).status).toBe(204)
    expect(counts(await ada.get('/tags'))).toBe('größe xl.2 1, vpn 1')
    await tagged(ada, 'TKT0003', 'zebra')
    expect(counts(await ada.get('/tags'))).toBe('größe xl.2 1, vpn 1, zebra 1')
    expect(await eventsOf(world)).toEqual([
      'ticket.tagged vpn',
      'ticket.tagged größe xl.2',
      'ticket.tagged vpn',
      'ticket.tagged zebra',
      'ticket.tagged vpn',
      'ticket.untagged vpn',
      'ticket.tagged zebra',
    ])
  })

  test('make nobody’s change stale', async () => {
    const { ada, cleo } = await createWorld(desk)
    const id = await createTicket(cleo)
    await tagged(ada, id, 'vpn')
    const changed = await ada.patch(`/tickets/${id}`, { priority: 'high' }, { headers: { 'If-Match': '"1"' } })
    expect([changed.status, changed.body.tags]).toEqual([200, ['vpn']])
  })

  test('are put by admins and the ticket’s technician', async () => {
    const { ada, tess, tom, cleo, carl } = await createWorld(desk)
    const id = await createTicket(cleo)
    expect(verdict(await tess.put(at(id, 'vpn')))).toEqual([403, 'forbidden'])
    await ada.put(`/tickets/${id}`, { technician_id: tess.id })
    await tagged(tess, id, 'vpn')
    const unseen = await tom.put(at(id, 'vpn'))
    const unknown = await tom.put(at('TKT9999', 'vpn'))
    expect(verdict(unseen)).toEqual([404, 'ticket_not_found'])
    expect({ ...unseen.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' })
    expect(verdict(await tom.delete(at(id, 'vpn')))).toEqual([404, 'ticket_not_found'])
    for (const person of [cleo, carl]) {
      expect(verdict(await person.put(at(id, 'vpn')))).toEqual([403, 'forbidden'])
      expect(verdict(await person.delete(at(id, 'vpn')))).toEqual([403, 'forbidden'])
      expect(verdict(await person.get('/tags'))).toEqual([403, 'forbidden'])
    }
  })

  test.each([
    '',
    ' ',
    '.x',
    '-x',
    '_',
    'a,b',
    'a/b',
    'a\tb',
    'a\nb',
    '#a',
    '@',
    '💥',
    "a'b",
    'x'.repeat(51),
    'x'.repeat(201),
  ])('a text that is no tag is refused: %j', async (tag) => {
    const { ada, cleo } = await createWorld(desk)
    const id = await createTicket(cleo)
    for (const reply of [await ada.put(at(id, tag)), await ada.delete(at(id, tag))]) {
      if (tag === '') expect(reply.status).toBe(404)
      else expect([...verdict(reply), reply.body.errors?.[0]?.field]).toEqual([400, 'validation_failed', 'tag'])
    }
    const path = `tag=${encodeURIComponent(tag)}`
    // A comma separates the tags of a filter.
    if (tag !== 'a,b') expect(verdict(await ada.get(`/tickets?${path}`))).toEqual([400, 'validation_failed'])
    expect(verdict(await ada.get(`/tags?q=${encodeURIComponent(tag)}`))).toEqual([400, 'validation_failed'])
    expect((await ada.get(`/tickets/${id}`)).body.tags).toEqual([])
  })

  test('of any script, as long as fifty characters, in one form each', async () => {
    const { ada, cleo } = await createWorld(desk)
    const id = await createTicket(cleo)
    await tagged(ada, id, 'x'.repeat(50), '𝒳'.repeat(50), 'नेटवर्क', 'e\u0301', '\u00e9', 'ΟΔΟΣ', 'İ', '2nd-line_team.eu')
    expect((await ada.get(`/tickets/${id}`)).body.tags).toHaveLength(7)
    expect(counts(await ada.get('/tags?q=%C3%A9'))).toBe('é 1')
    expect(verdict(await ada.put(at(id, 'a\0b')))).toEqual([400, 'malformed_request'])
    expect((await ada.put(`/tickets/${id}/tags/%E0%A4%A`)).status).toBe(400)
    expect(verdict(await ada.put(at(id, 'x'), { x: 1 }))).toEqual([400, 'validation_failed'])
  })

  test('have one form, which is a tag again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const first = Tag.safeParse(text)
        if (first.success) expect(Tag.parse(first.data)).toBe(first.data)
      }),
    )
  })

  test('there are fifty of a ticket at most', async () => {
    const { ada, cleo } = await createWorld(desk)
    const id = await createTicket(cleo)
    await tagged(ada, id, ...Array.from({ length: 50 }, (_, n) => `t${n}`))
    expect(verdict(await ada.put(at(id, 'one more')))).toEqual([422, 'too_many_tags'])
    await tagged(ada, id, 't7')
    expect(counts(await ada.get('/tags?q=one'))).toBe('')
  })

  test.each(['tag', '-ticket_count'])('are listed by %s, page by page, to the end', async (sort) => {
    const { ada, cleo } = await createWorld(desk)
    const ids = await createTickets(cleo, 3)
    for (const [n, id] of ids.entries()) {
      await tagged(ada, id, ...Array.from({ length: 5 }, (_, at) => `t${at + n}`))
    }
    const all = (await ada.get(`/tags?sort=${sort}`)).body.tags
    expect(all.map(({ ticket_count }: { ticket_count: number }) => ticket_count)).toEqual(
      sort === 'tag' ? [1, 2, 3, 3, 3, 2, 1] : [3, 3, 3, 2, 2, 1, 1],
    )
    const seen: unknown[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Reply = await ada.get(`/tags?sort=${sort}&limit=2${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.body.tags)
      cursor = page.body.page.next_cursor
    }
    expect(seen).toEqual(all)
    const other = sort === 'tag' ? '-ticket_count' : 'tag'
    const { next_cursor } = (await ada.get(`/tags?sort=${other}&limit=2`)).body.page
    expect(verdict(await ada.get(`/tags?sort=${sort}&cursor=${next_cursor}`))).toEqual([400, 'invalid_cursor'])
  })

  test('are counted right when many tag, untag and delete at once', async () => {
    const { ada, cleo } = await createWorld(desk)
    const ids = await createTickets(cleo, 8)
    const tags = ['a', 'b', 'c', 'd']
    for (const id of ids) await tagged(ada, id, 'a', 'd')
    const work = ids.flatMap((id, at) => [
      ...tags.flatMap((tag) => [
        ada.put.bind(null, `/tickets/${id}/tags/${tag}`),
        () => ada.delete(`/tickets/${id}/tags/d`),
      ]),
      ...(at < 4 ? [() => ada.delete(`/tickets/${id}`)] : []),
    ])
    const replies = await Promise.all(work.toSorted(() => Math.random() - 0.5).map((act) => act()))
    for (const { status, text } of replies) expect([200, 204, 404], text).toContain(status)
    const left = (await ada.get('/tickets?limit=100')).body.tickets
    const expected = tags
      .map((tag) => [tag, left.filter((ticket: { tags: string[] }) => ticket.tags.includes(tag)).length])
      .filter(([, count]) => count > 0)
      .map(([tag, count]) => `${tag} ${count}`)
    expect(counts(await ada.get('/tags'))).toBe(expected.join(', '))
  })
})

test('no customer ever reads a tag, nor finds by one', async () => {
  const { ada, tess, cleo, carl, slug } = await createWorld(desk)
  const canary = `c${randomBytes(8).toString('hex')}`
  const heard: Reply[] = []
  const hear = async (replying: Promise<Reply>): Promise<Reply> => {
    const reply = await replying
    heard.push(reply)
    return reply
  }
  await createTickets(cleo, 3)
  for (const id of ['TKT0001', 'TKT0002']) {
    await tagged(ada, id, canary)
    await resolveTicket(ada, id, tess)
  }
  expect((await tess.get('/tickets')).text).toContain(canary)
  const refusals: [number, string][] = []
  for (const path of [`/tickets?tag=${canary}`, '/tickets?tag=nothing', `/tickets?tag=${canary}&status=new`]) {
    refusals.push(verdict(await hear(cleo.get(path))))
    refusals.push(verdict(await hear(carl.get(path))))
  }
  expect(new Set(refusals.map(String))).toEqual(new Set(['400,validation_failed']))
  for (const path of [
    '/tickets',
    '/tickets?sort=-updated_at',
    `/tickets?q=${canary}`,
    '/tickets?merged=true',
    `/tickets/customer/${cleo.id}`,
    '/tickets/TKT0001',
    '/tickets/TKT0001/comments',
    '/tags',
    `/tags?q=${canary}`,
    '/tickets/TKT0001/links',
  ]) {
    await hear(cleo.get(path))
  }
  expect((await hear(cleo.get(`/tickets?q=${canary}`))).body.tickets).toEqual([])
  const key = { headers: { 'Idempotency-Key': `key-${slug}` } }
  await hear(cleo.post('/tickets/TKT0001/reopen', undefined, key))
  await hear(cleo.post('/tickets/TKT0001/reopen', undefined, key))
  await hear(cleo.post('/tickets/TKT0002/close'))
  await hear(cleo.post('/tickets/TKT0002/close'))
  await hear(cleo.post('/tickets/TKT0001/comments', { body: 'Still.', visibility: 'public' }))
  await hear(cleo.put('/tickets/TKT0001', { priority: 'high' }))
  await hear(cleo.put(at('TKT0001', 'vpn')))
  await hear(cleo.post('/tickets', { issue_category: 'x', issue_description: 'x', follow_up_of: 'TKT0002' }))
  expect(heard.filter(({ status }) => status < 300).length).toBeGreaterThan(10)
  for (const { text, headers } of heard) {
    expect(text).not.toContain(canary)
    expect(JSON.stringify([...headers])).not.toContain(canary)
  }
})
