import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../../../platform/db/transaction.ts'
import { assignTicket, createTicket, createTickets, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import {
  bodyOf,
  expectRefusal,
  expectStatus,
  type Reply,
  verdict,
  versionIn,
} from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { saveDraft } from './drafts.service.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const at = (id: string, kind = 'reply'): string => `/tickets/${id}/drafts/${kind}`
const write = (by: Person, id: string, body: string, ifMatch?: string, kind = 'reply'): Promise<Reply> =>
  by.put(at(id, kind), { body }, ifMatch === undefined ? {} : { headers: { 'If-Match': ifMatch } })
const textOf = async (by: Person, id: string, kind = 'reply'): Promise<string | null> => {
  const { status, body } = await by.get(at(id, kind))
  return status === 200 ? body.body : null
}
const listed = async (by: Person, query = ''): Promise<string[]> =>
  bodyOf(await by.get(`/drafts${query}`)).drafts.map(
    ({ ticket_id, kind }: { ticket_id: string; kind: string }) => `${ticket_id} ${kind}`,
  )

/** A ticket of Cleo's that Tess has. */
const ticketOfTess = async (): Promise<string> => {
  const id = await createTicket(world.cleo, { subject: 'No network in room 12' })
  await assignTicket(world.ada, id, world.tess)
  return id
}

test('a draft begins, changes, and ends, and leaves the ticket and the log alone', async () => {
  const { tess, cleo } = world
  const id = await ticketOfTess()
  const before = bodyOf(await tess.get(`/tickets/${id}`))
  const events = await recordedEvents(desk, world, '%')

  await expectRefusal(tess.get(at(id)), 404, 'draft_not_found')
  const begun = expectStatus(await write(tess, id, 'Did the restart'), 201)
  expect(begun.body).toEqual({
    ticket_id: id,
    kind: 'reply',
    body: 'Did the restart',
    version: 1,
    updated_at: expect.any(String),
  })
  expect(versionIn(begun)).toBe(1)
  const changed = expectStatus(await write(tess, id, 'Did the restart help?', '"1"'), 200)
  expect(versionIn(changed)).toBe(2)
  // The same text is no change.
  expect(bodyOf(await write(tess, id, 'Did the restart help?'))).toEqual(changed.body)
  expectStatus(await write(tess, id, 'The switch is old.', '"0"', 'note'), 201)
  expect(bodyOf(await tess.get(at(id))).body).toBe('Did the restart help?')
  const known = { headers: { 'If-None-Match': changed.headers.get('etag') ?? '' } }
  expectStatus(await tess.get(at(id), known), 304)
  expectStatus(await write(cleo, id, 'It is still down'), 201)

  const list = bodyOf(await tess.get('/drafts'))
  expect(list).toEqual({
    drafts: [
      expect.objectContaining({ ticket_id: id, kind: 'note', subject: 'No network in room 12', version: 1 }),
      { ...changed.body, subject: 'No network in room 12' },
    ],
    page: { next_cursor: null, has_more: false },
  })

  expectStatus(await tess.delete(at(id, 'note')), 204)
  expectStatus(await tess.delete(at(id, 'note')), 204)
  expect(await listed(tess)).toEqual([`${id} reply`])
  expect(bodyOf(await tess.get(`/tickets/${id}`))).toEqual(before)
  expect(await recordedEvents(desk, world, '%')).toEqual(events)
})

test('a stale version is refused with the present one, and no version comes twice', async () => {
  const { tess } = world
  const id = await ticketOfTess()
  await write(tess, id, 'One')
  await write(tess, id, 'Two')
  const stale = await expectRefusal(write(tess, id, 'Three', '"1"'), 412, 'stale_version')
  expect(stale.body).toMatchObject({
    current_version: 2,
    changed: [{ field: 'body', by: tess.id, version: 2 }],
    overlaps: true,
  })
  expect(stale.headers.get('etag')).toBe('"2"')
  // Two windows begin at once: one of them is told that there is a draft by now.
  await expectRefusal(write(tess, id, 'Three', '"0"'), 412, 'stale_version')
  await expectRefusal(tess.delete(at(id), { headers: { 'If-Match': '"1"' } }), 412, 'stale_version')
  expect(await textOf(tess, id)).toBe('Two')
  expectStatus(await tess.delete(at(id), { headers: { 'If-Match': '"2"' } }), 204)
  const gone = await expectRefusal(write(tess, id, 'Three', '"2"'), 412, 'stale_version')
  expect(gone.body).toMatchObject({ current_version: 0, changed: [], overlaps: false })
  // A window that still shows the deleted draft does not take the next one for it.
  expect(expectStatus(await write(tess, id, 'Anew', '"0"'), 201).body.version).toBe(3)
  await expectRefusal(write(tess, id, 'Two and more', '"2"'), 412, 'stale_version')
})

test.each([
  ['public', 'reply', 'note'],
  ['internal', 'note', 'reply'],
] as const)(
  'a comment that is %s deletes exactly the version of the %s that it names',
  async (visibility, kind, other) => {
    const { tess } = world
    const id = await ticketOfTess()
    const send = async (draft_version: number): Promise<void> => {
      expectStatus(await tess.post(`/tickets/${id}/comments`, { body: 'Sent.', visibility, draft_version }), 201)
    }
    await write(tess, id, 'A first text', undefined, kind)
    await write(tess, id, 'The other kind', undefined, other)
    await send(1)
    expect([await textOf(tess, id, kind), await textOf(tess, id, other)]).toEqual([null, 'The other kind'])
    // Meanwhile they wrote on in another window: that text was not sent, so it stays.
    await write(tess, id, 'A second text', undefined, kind)
    await write(tess, id, 'A second text, and more', undefined, kind)
    for (const version of [1, 2, 4]) await send(version)
    expect(await textOf(tess, id, kind)).toBe('A second text, and more')
    // A comment that is refused sends nothing, so its draft stays.
    const refused = { body: 'Sent.', visibility, draft_version: 3, in_reply_to: '00000000-0000-4000-8000-000000000000' }
    await expectRefusal(tess.post(`/tickets/${id}/comments`, refused), 422, 'reply_unavailable')
    expect(await textOf(tess, id, kind)).toBe('A second text, and more')
    await send(3)
    expect(await textOf(tess, id, kind)).toBeNull()
  },
)

test("nobody finds another person's draft, not even on the same ticket, and not by sending its version", async () => {
  const { ada, tess, cleo, carl, tom } = world
  const id = await ticketOfTess()
  await write(tess, id, 'The secret of Tess')
  await write(tess, id, 'The secret note of Tess', undefined, 'note')
  await write(cleo, id, 'The secret of Cleo')
  for (const person of [ada, tess, cleo]) {
    const answers = [
      await person.get('/drafts?limit=100'),
      await person.get(at(id)),
      await person.get(`/tickets/${id}`),
    ]
    const said = answers.map(({ text }) => text).join()
    expect(said.includes('secret of Tess') || said.includes('note of Tess')).toBe(person === tess)
    expect(said.includes('secret of Cleo')).toBe(person === cleo)
  }
  await expectRefusal(ada.get(at(id)), 404, 'draft_not_found')
  expectStatus(await ada.delete(at(id)), 204)
  expectStatus(await write(ada, id, 'Of Ada'), 201)
  await ada.post(`/tickets/${id}/comments`, { body: 'Sent.', visibility: 'public', draft_version: 1 })
  expect([await textOf(tess, id), await textOf(cleo, id)]).toEqual(['The secret of Tess', 'The secret of Cleo'])
  // A ticket that somebody does not see has no address below it, whatever the kind and the method.
  for (const person of [tom, carl]) {
    for (const kind of ['reply', 'note']) {
      for (const reply of [
        await person.get(at(id, kind)),
        await write(person, id, 'x', undefined, kind),
        await person.delete(at(id, kind)),
      ]) {
        expect(verdict(reply)).toEqual([404, 'ticket_not_found'])
      }
    }
  }
  await expectRefusal(write(cleo, id, 'Not for customers', undefined, 'note'), 403, 'forbidden')
  await expectRefusal(cleo.get(at(id, 'note')), 403, 'forbidden')
})

test('a draft on a ticket that went out of sight is not shown until the ticket is seen again', async () => {
  const { ada, tess, tom, cleo } = world
  const [id = '', target = ''] = await createTickets(cleo, 2)
  for (const one of [id, target]) await assignTicket(ada, one, tess)
  const other = await world.customer()
  const moved = await createTicket(other)
  await write(other, moved, 'Mine')
  await write(tess, id, 'On a merged ticket')
  await write(tess, target, 'On its target')
  await mergeTicket(ada, id, target)
  expect((await listed(tess)).slice(0, 2)).toEqual([`${target} reply`, `${id} reply`])

  await assignTicket(ada, target, tom)
  await ada.delete(`/tickets/${target}/watchers/${tess.id}`)
  expect((await listed(tess)).filter((one) => one.startsWith(target) || one.startsWith(id))).toEqual([])
  await expectRefusal(tess.get(at(id)), 404, 'ticket_not_found')
  await assignTicket(ada, target, tess)
  expect(await textOf(tess, id)).toBe('On a merged ticket')

  await ada.post(`/tickets/${moved}/move`, { customer_id: cleo.id })
  expect(await listed(other)).toEqual([])
  expect(await textOf(cleo, moved)).toBeNull()
  expectStatus(await ada.delete(`/tickets/${target}`), 204)
  expect((await listed(tess)).filter((one) => one.startsWith(target) || one.startsWith(id))).toEqual([])
})

test('the list is paged, the last changed first, and misses none', async () => {
  const { ada, cleo } = world
  const ids = await createTickets(cleo, 5)
  const reader = await world.technician('Rita', 'Network', ada)
  for (const id of ids) for (const kind of ['reply', 'note']) await write(reader, id, `${id} ${kind}`, undefined, kind)
  // Several at the same time: the number and the kind decide.
  await desk.owner.query(
    `update drafts set updated_at = '2026-01-01' where tenant_id = $1 and account_id = $2
    and ticket_number % 2 = 0`,
    [world.tenantId, reader.id],
  )
  const all = await listed(reader, '?limit=100')
  expect(all).toHaveLength(10)
  const seen: string[] = []
  for (let cursor = ''; ; ) {
    const { drafts, page } = bodyOf(await reader.get(`/drafts?limit=3${cursor}`))
    seen.push(...drafts.map(({ ticket_id, kind }: { ticket_id: string; kind: string }) => `${ticket_id} ${kind}`))
    if (!page.has_more) break
    cursor = `&cursor=${page.next_cursor}`
  }
  expect(seen).toEqual(all)
  for (const cursor of ['x', 'W10', Buffer.from('["-updated_at",["2026-01-01",1,"x"]]').toString('base64url')]) {
    await expectRefusal(reader.get(`/drafts?cursor=${cursor}`), 400, 'invalid_cursor')
  }
})

test('what is hostile is refused, and what is long is cut in the list only', async () => {
  const { tess } = world
  const id = await ticketOfTess()
  for (const body of ['', '   ', '\u0000', 'x'.repeat(10_001), 7, null]) {
    await expectRefusal(tess.put(at(id), { body }), 400, 'validation_failed')
  }
  for (const kind of ['mail', 'Reply', '%00', 'reply%27']) {
    expect([400, 404]).toContain((await tess.get(at(id, kind))).status)
  }
  await expectRefusal(write(tess, id, 'x', '"1", "2"'), 400, 'malformed_request')
  await expectRefusal(tess.get('/drafts?account_id=ada'), 400, 'validation_failed')
  const blank = await expectRefusal(tess.put(at(id), { body: ' \n' }), 400, 'validation_failed')
  expect(blank.body.detail).toBe('body must not be blank: delete the draft instead')
  const kind = await expectRefusal(tess.get(at(id, 'Reply')), 400, 'validation_failed')
  expect(kind.body.detail).toBe('draftKind must be reply or note, in the address')
  for (const draft_version of [0, -1, 1.5, '1', 1e9]) {
    const comment = { body: 'x', visibility: 'public', draft_version }
    await expectRefusal(tess.post(`/tickets/${id}/comments`, comment), 400, 'validation_failed')
  }
  const long = '\u{1F600}'.repeat(5_000)
  expect(bodyOf(await write(tess, id, long)).body).toBe(long)
  expect(bodyOf(await tess.get(at(id))).body).toBe(long)
})

test('a person has 200 drafts at most, also when many begin at once', async () => {
  const person = await world.customer()
  const ids = await createTickets(person, 4)
  const rows = `insert into drafts (tenant_id, account_id, ticket_number, kind, body, version, updated_at)
    select $1, $2, t.ticket_number, 'note', 'x', 1, now() from tickets t where t.tenant_id = $1 limit $3`
  const others = await createTickets(world.carl, 3)
  expect(others).toHaveLength(3)
  // Two rows short of the bound, on tickets of the tenant that are not this person's.
  await desk.owner.query(
    `with counted as (update counters set value = value + 198 where tenant_id = $1 and name = 'ticket' returning value)
     insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
     select $1, c.value - n, 'x', 'x', 'x', $2 from counted c, generate_series(0, 197) n`,
    [world.tenantId, world.carl.id],
  )
  await desk.owner.query(rows, [world.tenantId, person.id, 198])
  const begun = await Promise.all(ids.map((id) => write(person, id, 'x')))
  expect(begun.map((reply) => verdict(reply)).sort()).toEqual([
    [201, undefined],
    [201, undefined],
    [422, 'too_many_drafts'],
    [422, 'too_many_drafts'],
  ])
  const [mine = ''] = ids.filter((_, at) => begun[at]?.status === 201)
  expectStatus(await write(person, mine, 'changes are free'), 200)
  expectStatus(await person.delete(at(mine)), 204)
  expectStatus(await write(person, mine, 'room again'), 201)
})

test('a text that is given back becomes the draft, unless there is another', async () => {
  const { tess, tenantId, slug } = { ...world, tess: world.tess }
  const id = await ticketOfTess()
  const actor = { tenantId, tenant: slug, accountId: tess.id, role: 'technician', category: 'Network' } as User
  const give = (body: string): Promise<boolean> =>
    transaction(desk.app.pool, (tx) => saveDraft(tx, actor, id, 'reply', body))
  expect(await give('Undone')).toBe(true)
  expect(await textOf(tess, id)).toBe('Undone')
  expect(await give('Undone later')).toBe(false)
  expect(await textOf(tess, id)).toBe('Undone')
  await tess.delete(at(id))
  expect(await give('Undone later')).toBe(true)
  expect(bodyOf(await tess.get(at(id)))).toMatchObject({ body: 'Undone later', version: 2 })
})
