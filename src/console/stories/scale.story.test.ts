import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createAssignedTicket, createTickets } from '../../testing/support/create-tickets.ts'
import type { World } from '../../testing/support/people.ts'
import type { Desk } from '../../testing/support/workspace.ts'
import { story } from './browser.ts'
import { counts, patienceMs, sees, seesText } from './seeing.ts'
import { isStill } from './stillness.ts'

// That much does not make the console slow, held by counting: what it asks for, what it shows, and what it keeps.

/** The elements of a page, and what it asked the program for since `begin`. */
const weigh = (page: Page) => {
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/api/') && !pathname.endsWith('/events/stream')) asked.push(pathname)
  })
  return {
    begin: () => void asked.splice(0),
    elements: (): Promise<number> => page.evaluate(() => document.querySelectorAll('*').length),
    asked,
  }
}

/** Writes messages of a customer, a minute apart, the last one now. */
const writeMessages = async (desk: Desk, world: World, ticketId: string, count: number): Promise<void> => {
  await desk.app.pool.query(
    `insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, created_at)
     select $1, gen_random_uuid(), $2, $3, 'public', 'Message ' || i, now() - ($4 - i) * interval '1 minute'
     from generate_series(1, $4::integer) i`,
    [world.tenantId, Number(ticketId.slice(3)), world.cleo.id, count],
  )
}

story('a conversation of 1,000 messages opens like one of 30', async ({ world, open, desk }) => {
  const short = await createAssignedTicket(world, 'in_progress')
  const long = await createAssignedTicket(world, 'in_progress')
  await writeMessages(desk, world, short, 30)
  await writeMessages(desk, world, long, 1_000)
  const page = await open(world.tess)
  const scale = weigh(page)
  const openAndWeigh = async (id: string, newest: string) => {
    scale.begin()
    await page.goto(`/tickets/${id}`)
    await seesText(page, newest)
    await isStill(page)
    const asked = scale.asked.filter((path) => path.includes(id)).map((path) => path.replace(id, 'it'))
    return { asked: asked.sort(), elements: await scale.elements() }
  }
  const [light, heavy] = [await openAndWeigh(short, 'Message 30'), await openAndWeigh(long, 'Message 1000')]
  expect(heavy.asked).toEqual(light.asked)
  expect(heavy.elements).toBeLessThan(light.elements + 100)
  const messages = page.getByRole('article', { name: /by Cleo/ })
  const shown = await messages.count()
  await page.getByRole('button', { name: 'Show older' }).click()
  await expect.poll(() => messages.count(), { timeout: patienceMs }).toBeGreaterThan(shown)
  expect(await messages.count()).toBeLessThanOrEqual(2 * shown)
  await sees(page.getByRole('button', { name: 'Show older' }))
})

/** Makes so many more new tickets of Cleo's, after those that there are. */
const addTickets = async (desk: Desk, world: World, count: number): Promise<void> => {
  await desk.app.pool.query(
    `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, status,
       customer_id, raised_date, updated_at)
     select $1, last.number + i, 'No network in room ' || i, 'Network', 'Since nine.',
       (array['low', 'normal', 'high', 'urgent'])[1 + i % 4], 'new', $2, now() - i * interval '1 minute', now()
     from generate_series(1, $3::integer) i,
       (select coalesce(max(ticket_number), 0) as number from tickets where tenant_id = $1) last`,
    [world.tenantId, world.cleo.id, count],
  )
}

story('a queue of 5,000 tickets asks and shows no more than one of 300', async ({ world, open, desk }) => {
  await addTickets(desk, world, 300)
  const page = await open(world.ada)
  const scale = weigh(page)
  const rows = page.getByRole('main').getByRole('listitem')
  const look = async () => {
    scale.begin()
    await page.goto('/tickets?view=all')
    await counts(rows, 50)
    await isStill(page)
    return {
      asked: scale.asked.filter((path) => path.startsWith('/api/tickets')).toSorted(),
      elements: await scale.elements(),
    }
  }
  const light = await look()
  await addTickets(desk, world, 4_700)
  const heavy = await look()
  // The counts may be asked for once more when the stream begins.
  expect(new Set(heavy.asked)).toEqual(new Set(light.asked))
  expect(Math.abs(heavy.asked.length - light.asked.length)).toBeLessThan(2)
  expect(heavy.elements).toBeLessThan(light.elements + 50)
})

story('tickets that were opened leave nothing behind in the page', async ({ world, open }) => {
  const ids = await createTickets(world.cleo, 6)
  const page = await open(world.ada, { path: '/tickets?view=all' })
  const session = await page.context().newCDPSession(page)
  const kept = async (): Promise<{ nodes: number; jsEventListeners: number }> => {
    await page.goBack()
    await isStill(page)
    for (let round = 0; round < 2; round += 1) await session.send('HeapProfiler.collectGarbage')
    return session.send('Memory.getDOMCounters')
  }
  const openAll = async (): Promise<void> => {
    for (const id of ids) {
      await page
        .getByRole('link', { name: new RegExp(id) })
        .first()
        .click()
      await sees(page.getByRole('button', { name: /^Mail to Cleo/ }))
    }
  }
  await openAll()
  const first = await kept()
  for (let round = 0; round < 3; round += 1) await openAll()
  const last = await kept()
  // Eighteen tickets later there is not even one ticket more.
  expect(last.nodes).toBeLessThan(first.nodes + 300)
  expect(last.jsEventListeners).toBeLessThan(first.jsEventListeners + 40)
})
