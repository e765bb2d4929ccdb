import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { routes } from '../routes.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { sees } from './seeing.ts'

story('each role signs in, and finds a page for itself', async ({ world, open }) => {
  for (const person of [world.cleo, world.tess, world.ada]) {
    const page = await open(person)
    await sees(page.getByRole('main'))
    // Where nothing has happened yet, the first page says what to do first.
    if (person === world.ada) await sees(page.getByRole('link', { name: 'Invite technicians' }))
    await expectAccessible(page)
  }
})

story('an address of nothing, and an address for another role, say the same', async ({ world, open }) => {
  const cleo = await open(world.cleo, { path: '/there/is/nothing' })
  const nothing = cleo.getByRole('heading', { name: 'There is nothing at this address' })
  await sees(nothing)
  for (const path of ['/board', '/people', '/emails', '/audit', '/settings']) {
    await cleo.goto(path)
    await sees(nothing)
  }
  await expectAccessible(cleo)
})

/** Goes to a path as a link does, without loading the page again: the screen of before is gone at once. */
const goTo = (page: Page, path: string): Promise<void> =>
  page.evaluate((to) => {
    history.pushState({}, '', to)
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)

/** What names a screen: the title of the page, and how many headings of the first level there are. */
const namesOf = (page: Page): Promise<string> =>
  page.evaluate(() => `${document.title}, ${document.querySelectorAll('h1').length} heading`)

story('every screen has a title of its own, and one heading of the first level', async ({ world, open }) => {
  const ticketId = await createAssignedTicket(world)
  const wrong: string[] = []
  const people = [
    { person: world.cleo, role: 'customer', language: 'en' },
    { person: world.tess, role: 'technician', language: 'de' },
    { person: world.ada, role: 'admin', language: 'de' },
    { person: null, role: null, language: 'en' },
  ] as const
  for (const { person, role, language } of people) {
    const page = await open(person)
    await page.evaluate((chosen) => {
      localStorage.setItem('counterdesk.preferences', JSON.stringify({ language: chosen }))
    }, language)
    await page.reload()
    await sees(page.getByRole('heading', { level: 1 }))
    const own = routes.filter(({ for: whom }) =>
      role === null ? whom === 'everybody' : whom !== 'everybody' && whom.includes(role),
    )
    for (const { path } of own) {
      await goTo(page, path.replace(':ticketId', ticketId).replace(':accountId', world.tess.id))
      await expect
        .poll(() => namesOf(page), { timeout: 5_000 })
        .toMatch(/^(?:\(\d+\) )?(?!Desk ).+ · Desk [\w-]+, 1 heading$/)
        .catch(async () => wrong.push(`${role} ${path}: ${await namesOf(page)}`))
    }
  }
  expect(wrong).toEqual([])
})
