import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createTickets,
  deleteTicket,
  linksOfTicket,
  linkTicket,
  mergeTicket,
  restoreTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

describe('the links of a restored ticket', () => {
  const warned = async (admin: Person, id: string): Promise<string | undefined> =>
    bodyOf(await restoreTicket(admin, id)).warnings?.find(({ code }: { code: string }) => code === 'links_not_restored')
      ?.detail

  test('wait for their other ticket, whichever was deleted first and comes back first', async () => {
    const { ada, cleo } = await createWorld(desk)
    for (const order of [0, 1]) {
      const [a = '', b = ''] = await createTickets(cleo, 2)
      await linkTicket(ada, a, 'parent', b)
      await linkTicket(ada, a, 'related', b)
      await deleteTicket(ada, a)
      await deleteTicket(ada, b)
      const [first, second] = order === 0 ? [a, b] : [b, a]
      expect(await warned(ada, first)).toBe(
        `These links come back with their other ticket: ${a} with the parent ${b}, ${a} related to ${b}.`,
      )
      expect(await linksOfTicket(ada, first)).toEqual([])
      expect(await warned(ada, second)).toBeUndefined()
      expect(await linksOfTicket(ada, a)).toEqual([`parent ${b}`, `related ${b}`])
    }
  })

  test('do not come back where another parent or a circle has taken their place', async () => {
    const { ada, cleo } = await createWorld(desk)
    const [a = '', b = '', c = '', d = '', e = ''] = await createTickets(cleo, 5)
    await linkTicket(ada, a, 'parent', b)
    await linkTicket(ada, b, 'parent', c)
    await linkTicket(ada, b, 'duplicate', d)
    await deleteTicket(ada, b)
    // A gets another parent, and C becomes a child of A's.
    await linkTicket(ada, a, 'parent', e)
    expect(await warned(ada, b)).toBe(`These links could not come back: ${a} with the parent ${b}.`)
    expect(await linksOfTicket(ada, b)).toEqual([`duplicate ${d}`, `parent ${c}`])
    // The link that could not come back is forgotten.
    await deleteTicket(ada, b)
    expect(await warned(ada, b)).toBeUndefined()

    const [f = '', g = '', h = ''] = await createTickets(cleo, 3)
    await linkTicket(ada, f, 'parent', g)
    await linkTicket(ada, g, 'parent', h)
    await deleteTicket(ada, g)
    await linkTicket(ada, h, 'parent', f)
    expect(await warned(ada, g)).toBe(`These links could not come back: ${g} with the parent ${h}.`)
    expect(await linksOfTicket(ada, g)).toEqual([`child ${f}`])
  })

  test('do not come back below a parent that was closed meanwhile, also through merges', async () => {
    const { ada, cleo } = await createWorld(desk)
    const [child = '', parent = '', target = '', done = ''] = await createTickets(cleo, 4)
    await linkTicket(ada, child, 'parent', parent)
    await linkTicket(ada, done, 'parent', parent)
    expectSuccess(await ada.post(`/tickets/${done}/close`))
    await deleteTicket(ada, child)
    await deleteTicket(ada, done)
    await mergeTicket(ada, parent, target)
    expectSuccess(await ada.post(`/tickets/${target}/close`))
    expect(await warned(ada, child)).toBe(`These links could not come back: ${child} with the parent ${parent}.`)
    expect(await linksOfTicket(ada, child)).toEqual([])
    expect(await warned(ada, done)).toBeUndefined()
    expect(await linksOfTicket(ada, target)).toEqual([`child ${done}`])
  })

  test('do not come back where the hierarchy would be too deep, above and below together', async () => {
    const { ada, cleo } = await createWorld(desk)
    const ids = await createTickets(cleo, 17)
    // Each below the next. The ninth is deleted, and meanwhile the first gets one more below it.
    for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) {
      await linkTicket(ada, ids[n - 1] ?? '', 'parent', ids[n] ?? '')
    }
    const [ninth = '', tenth = ''] = ids.slice(8)
    await deleteTicket(ada, ninth)
    await linkTicket(ada, ids[16] ?? '', 'parent', ids[0] ?? '')
    expect(await warned(ada, ninth)).toBe(`These links could not come back: ${ninth} with the parent ${tenth}.`)
    expect(await linksOfTicket(ada, ninth)).toEqual([`child ${ids[7]}`])
  })

  test('do not pass the limit of links', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const [a = '', b = ''] = await createTickets(cleo, 2)
    await linkTicket(ada, a, 'related', b)
    await deleteTicket(ada, a)
    await desk.owner.query(
      `with counter as (update counters set value = 300 where tenant_id = $1 and name = 'ticket'),
         t as (
           insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
           select $1, n, 'x', 'x', 'x', $2 from generate_series(3, 300) n returning ticket_number)
       insert into ticket_links (tenant_id, ticket_number, kind, other_number, created_by)
       select $1, 2, 'duplicate', t.ticket_number, 'ada' from t where t.ticket_number <= 202`,
      [tenantId, cleo.id],
    )
    expect(await warned(ada, a)).toBe(`These links could not come back: ${a} related to ${b}.`)
  })

  test('are forgotten with a ticket that is gone', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const [a = '', b = ''] = await createTickets(cleo, 2)
    await linkTicket(ada, a, 'related', b)
    await deleteTicket(ada, a)
    await deleteTicket(ada, b)
    await desk.owner.query('update tickets set gone_at = now() where tenant_id = $1 and ticket_id = $2', [tenantId, b])
    expect(await warned(ada, a)).toBe(`These links could not come back: ${a} related to ${b}.`)
  })
})
