import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import {
  assignTicket,
  createTicket,
  createTickets,
  mergeTicket,
  moveTicket,
  resolveTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess, type Reply, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { closeTicketsInTime } from '../ticket-changes/close-tickets.service.ts'

// Links are read through merges: a merged child or parent stands for its final target.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const link = (person: Person, id: string, kind: string, other: string): Promise<Reply> =>
  person.put(`/tickets/${id}/links/${kind}/${other}`)
const linked = async (person: Person, id: string, kind: string, other: string): Promise<void> => {
  expectSuccess(await link(person, id, kind, other))
}
const linksOf = async (person: Person, id: string): Promise<string[]> =>
  bodyOf(await person.get(`/tickets/${id}/links`)).links.map(
    ({ of_ticket_id, kind, ticket_id }: Record<string, string>) => `${of_ticket_id} ${kind} ${ticket_id}`,
  )
const closed = async (person: Person, id: string): Promise<[number, string[]]> => {
  const { status, body } = await person.post(`/tickets/${id}/close`)
  return [status, status === 200 ? [] : body.errors.map(({ field }: { field: string }) => field)]
}

/** Lets resolved tickets of a tenant be due to close, and closes those that are. */
const closeInTime = async ({ tenantId }: World): Promise<void> => {
  await exec(
    desk.app.pool,
    sql`update tickets set resolved_date = now() - interval '8 days'
        where tenant_id = ${tenantId} and status = 'resolved'`,
  )
  await closeTicketsInTime(desk.app)
}

test('a parent stays open while the final target of a child is open, and so does what the parent is merged into', async () => {
  const world = await createWorld(desk)
  const { ada, cleo, tess } = world
  const [parent = '', child = '', childTarget = '', parentTarget = ''] = await createTickets(cleo, 4)
  await linked(ada, child, 'parent', parent)
  await mergeTicket(ada, child, childTarget)
  await resolveTicket(ada, parent, tess)
  expect(await closed(cleo, parent)).toEqual([422, [childTarget]])
  await closeInTime(world)
  expect(bodyOf(await ada.get(`/tickets/${parent}`)).status).toBe('resolved')

  // The children of a merged ticket are those of its final target.
  await resolveTicket(ada, parentTarget, tess)
  await mergeTicket(ada, parent, parentTarget)
  expect(await closed(cleo, parentTarget)).toEqual([422, [childTarget]])
  await closeInTime(world)
  expect(bodyOf(await ada.get(`/tickets/${parentTarget}`)).status).toBe('resolved')
  await resolveTicket(ada, childTarget, tess)
  expect(await closed(cleo, parentTarget)).toEqual([200, []])
})

test('a child that is merged into its own parent does not keep it open', async () => {
  const world = await createWorld(desk)
  const { ada, cleo, tess } = world
  const [parent = '', child = '', grandchild = ''] = await createTickets(cleo, 3)
  await linked(ada, child, 'parent', parent)
  await linked(ada, grandchild, 'parent', child)
  await mergeTicket(ada, child, parent)
  await resolveTicket(ada, parent, tess)
  // Now the grandchild is a child.
  expect(await closed(cleo, parent)).toEqual([422, [grandchild]])
  await resolveTicket(ada, grandchild, tess)
  expect(await closed(cleo, parent)).toEqual([200, []])
})

test('what is merged into a closed ticket takes no open child either, and a merged child counts as its final target', async () => {
  const { ada, cleo, tess } = await createWorld(desk)
  const [parent = '', parentTarget = '', child = '', childTarget = ''] = await createTickets(cleo, 4)
  await resolveTicket(ada, parent, tess)
  await resolveTicket(ada, parentTarget, tess)
  await mergeTicket(ada, parent, parentTarget)
  await moveTicket(ada, parentTarget, 'closed')
  const refused = await link(ada, child, 'parent', parent)
  expect([...verdict(refused), refused.body.detail]).toEqual([
    422,
    'ticket_closed',
    expect.stringContaining(parentTarget),
  ])
  await resolveTicket(ada, child, tess)
  await mergeTicket(ada, child, childTarget)
  expect(verdict(await link(ada, child, 'parent', parentTarget))).toEqual([422, 'ticket_closed'])
  await resolveTicket(ada, childTarget, tess)
  await linked(ada, child, 'parent', parentTarget)
})

test('the links of a final target are those of its merged tickets, too, without those inside', async () => {
  const { ada, cleo, tess, tom } = await createWorld(desk)
  const [source = '', target = '', a = '', b = ''] = await createTickets(cleo, 4)
  for (const id of [source, target]) await assignTicket(ada, id, tess)
  for (const id of [a, b]) await assignTicket(ada, id, tom)
  await linked(ada, source, 'parent', a)
  await linked(ada, b, 'duplicate', target)
  await linked(ada, source, 'related', target)
  await mergeTicket(tess, source, target)
  expect(await linksOf(ada, target)).toEqual([`${target} duplicated_by ${b}`, `${source} parent ${a}`])
  expect(await linksOf(ada, source)).toEqual([`${source} parent ${a}`])
  expect(await linksOf(tess, target)).toEqual([])
  // The one parent of each ticket is not named to who does not see it.
  const refused = await link(tess, source, 'parent', target)
  expect(verdict(refused)).toEqual([422, 'link_to_itself'])
  expect(verdict(await link(ada, target, 'duplicate', source))).toEqual([422, 'link_to_itself'])
  expectSuccess(await ada.post(`/tickets/${source}/unmerge`))
  const taken = await link(tess, source, 'parent', target)
  expect([...verdict(taken), taken.text]).toEqual([422, 'parent_taken', expect.not.stringContaining(a)])
  expect(await linksOf(ada, source)).toEqual([`${source} parent ${a}`, `${source} related ${target}`])
})

test('no merge makes a ticket both parent and child of another, and the ticket in between is named to who sees it', async () => {
  const { ada, cleo, carl, tess, tom } = await createWorld(desk)
  const [low = '', high = '', other = ''] = await createTickets(cleo, 3)
  const between = await createTicket(carl)
  for (const id of [low, high]) await assignTicket(ada, id, tess)
  await assignTicket(ada, between, tom)
  await linked(ada, low, 'parent', between)
  await linked(ada, between, 'parent', high)
  for (const [id, into] of [
    [low, high],
    [high, low],
  ] as const) {
    const named = await expectRefusal(ada.post(`/tickets/${id}/merge`, { into }), 422, 'parent_circle')
    expect(named.body.errors).toEqual([
      { field: between, message: `${between} is both above and below`, code: 'between' },
    ])
    const unnamed = await expectRefusal(tess.post(`/tickets/${id}/merge`, { into }), 422, 'parent_circle')
    expect([unnamed.body.errors, unnamed.text]).toEqual([
      [{ message: unnamed.body.detail }],
      expect.not.stringContaining(between),
    ])
  }
  // A longer way, through the merge of a ticket that is not linked itself.
  await mergeTicket(ada, high, other)
  await expectRefusal(ada.post(`/tickets/${low}/merge`, { into: other }), 422, 'parent_circle')
  await expectRefusal(link(ada, other, 'parent', low), 422, 'link_circle')
  expectSuccess(await ada.delete(`/tickets/${low}/links/parent/${between}`))
  await mergeTicket(ada, low, other)
})

test('nor does undoing a merge, after links that were made meanwhile', async () => {
  const { ada, cleo } = await createWorld(desk)
  const [a = '', b = '', c = '', d = ''] = await createTickets(cleo, 4)
  await mergeTicket(ada, a, b)
  await linked(ada, c, 'parent', b)
  await mergeTicket(ada, b, c)
  // `a` is below `d`, and `c` below `b`. With all of them merged into `c` that means nothing.
  await linked(ada, a, 'parent', d)
  await mergeTicket(ada, d, c)
  await expectRefusal(ada.post(`/tickets/${b}/unmerge`), 422, 'parent_circle')
  expectSuccess(await ada.delete(`/tickets/${c}/links/parent/${b}`))
  expectSuccess(await ada.post(`/tickets/${b}/unmerge`))
})

const codesOf = (reply: Reply): string[] => (bodyOf(reply).warnings ?? []).map(({ code }: { code: string }) => code)

test('a merge makes no done child of a closed parent an open one; one that was reopened may be merged', async () => {
  const { ada, cleo, tess, tom } = await createWorld(desk)
  const [parent = '', child = '', target = '', reopened = ''] = await createTickets(cleo, 4)
  for (const id of [child, reopened]) {
    await linked(ada, id, 'parent', parent)
    await resolveTicket(ada, id, tess)
  }
  await assignTicket(ada, target, tess)
  await assignTicket(ada, parent, tom)
  expect(await closed(ada, parent)).toEqual([200, []])
  const named = await expectRefusal(ada.post(`/tickets/${child}/merge`, { into: target }), 422, 'ticket_closed')
  expect(named.body.errors).toEqual([{ field: parent, message: `${parent} is closed`, code: 'closed' }])
  const unnamed = await expectRefusal(tess.post(`/tickets/${child}/merge`, { into: target }), 422, 'ticket_closed')
  expect([unnamed.body.errors, unnamed.text]).toEqual([
    [{ message: unnamed.body.detail }],
    expect.not.stringContaining(parent),
  ])
  expectSuccess(await cleo.post(`/tickets/${reopened}/reopen`))
  await mergeTicket(ada, reopened, target)
  // By now the target is an open child of that parent.
  await mergeTicket(ada, child, target)
})

test('undoing a merge says when it leaves an open ticket below a closed one', async () => {
  const { ada, cleo, tess, tom } = await createWorld(desk)
  const [parent = '', child = '', target = ''] = await createTickets(cleo, 3)
  await linked(ada, child, 'parent', parent)
  for (const id of [child, target]) await assignTicket(ada, id, tess)
  await assignTicket(ada, parent, tom)
  await mergeTicket(ada, child, target)
  for (const id of [target, parent]) expect(await closed(ada, id)).toEqual([200, []])
  const undone = bodyOf(await tess.post(`/tickets/${child}/unmerge`))
  expect(undone.warnings).toEqual([{ code: 'parent_closed', detail: `${child} is open, and its parent is closed.` }])

  const [low = '', high = '', into = ''] = await createTickets(cleo, 3)
  expect(await closed(ada, high)).toEqual([200, []])
  await mergeTicket(ada, high, into)
  await linked(ada, low, 'parent', high)
  const seen = bodyOf(await ada.post(`/tickets/${high}/unmerge`))
  expect(seen.warnings).toEqual([
    { code: 'parent_closed', detail: `${high} is closed, and children of it are open: ${low}.` },
  ])
  expectSuccess(await ada.delete(`/tickets/${low}/links/parent/${high}`))
  await mergeTicket(ada, high, into)
  expect(codesOf(await ada.post(`/tickets/${high}/unmerge`))).toEqual([])
})

test('a hierarchy has sixteen levels of conversations at most, also when merges make it', async () => {
  const { ada, cleo, tenantId } = await createWorld(desk)
  const numbers = Array.from({ length: 18 }, (_, n) => n + 1)
  const ids = await createTickets(cleo, 20)
  const at = (number: number): string => ids[number - 1] ?? ''
  // Two chains, 1 below 2 and so on to 8, and 9 below 10 and so on to 18.
  await exec(
    desk.app.pool,
    sql`insert into ticket_links (tenant_id, ticket_number, kind, other_number, created_by)
        select ${tenantId}::integer, n, 'parent', n + 1, 'ada' from unnest(${numbers}::bigint[]) n
        where n <> 8 and n < 18`,
  )
  // Nine levels above, eight below: one too many for a link, and as many as there may be for a merge.
  expect(verdict(await link(ada, at(8), 'parent', at(10)))).toEqual([422, 'too_many_links'])
  await expectRefusal(ada.post(`/tickets/${at(8)}/merge`, { into: at(9) }), 422, 'too_many_links')
  await mergeTicket(ada, at(8), at(10))
  // The merged ticket has no parent of its own, but its conversation has.
  await linked(ada, at(19), 'parent', at(2))
  expect(verdict(await link(ada, at(20), 'parent', at(1)))).toEqual([422, 'too_many_links'])
  // In a hierarchy that is too deep already, a merge that makes it no deeper is done.
  await exec(
    desk.app.pool,
    sql`insert into ticket_links (tenant_id, ticket_number, kind, other_number, created_by)
        values (${tenantId}, 20, 'parent', 1, 'ada')`,
  )
  await mergeTicket(ada, at(9), at(10))
})

test('a conversation has two hundred links at most', async () => {
  const { ada, cleo, tenantId } = await createWorld(desk)
  const [source = '', target = ''] = await createTickets(cleo, 2)
  await exec(
    desk.app.pool,
    sql`with counter as (update counters set value = 300 where tenant_id = ${tenantId} and name = 'ticket')
        insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
        select ${tenantId}, n, 'x', 'x', 'x', ${cleo.id} from generate_series(3, 300) n`,
  )
  await exec(
    desk.app.pool,
    sql`insert into ticket_links (tenant_id, ticket_number, kind, other_number, created_by)
        select ${tenantId}::integer, 1 + n % 2, 'duplicate', n, 'ada' from generate_series(3, 203) n`,
  )
  await expectRefusal(ada.post(`/tickets/${source}/merge`, { into: target }), 422, 'too_many_links')
  expectSuccess(await ada.delete(`/tickets/${target}/links/duplicate/TKT0003`))
  await mergeTicket(ada, source, target)
  expect(await linksOf(ada, target)).toHaveLength(200)
  for (const id of [source, target]) await expectRefusal(link(ada, id, 'related', 'TKT0299'), 422, 'too_many_links')
})
