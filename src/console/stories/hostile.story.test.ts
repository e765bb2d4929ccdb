import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createWorld } from '../../testing/support/people.ts'
import { openStoryDesk, story } from './browser.ts'
import { fillWithHostileTexts, startHostileMailServer } from './hostile-desk.ts'
import { hostileTexts } from './hostile-texts.ts'
import { isStill } from './stillness.ts'

// The rig fails the story on a dialog, a request to another host, a violation of the policy, and `window.pwned`.

const pathsOf = (tickets: string[], people: string[]) => {
  const conversations = tickets.map((id) => `/tickets/${id}`)
  const own = ['/account', '/account/notifications', '/account/security', '/account/tokens', '/notifications']
  const queues = ['mine', 'unassigned', 'watching', 'all'].map((view) => `/tickets?view=${view}`)
  const records = ['/emails', '/audit', '/settings']
  return {
    customer: ['/', '/tickets/new', ...conversations, ...own],
    technician: ['/', ...queues, '/tickets/new', ...conversations, ...own],
    admin: ['/', ...queues, '/board', ...['/people', ...people, '/programs'], ...records, ...conversations, ...own],
  }
}

/** How many of the texts are read on the page, as they were written. */
const countShown = async (page: Page): Promise<number> => {
  const read = (await page.locator('body').innerText()).replaceAll(/\s+/g, ' ')
  return hostileTexts.filter((text) => read.includes(text.replaceAll(/\s+/g, ' '))).length
}

story(
  'hostile texts in every field are read in every screen of every role, and none is executed',
  async ({ open, onTestFinished }) => {
    const mail = await startHostileMailServer()
    const { desk, stop } = await openStoryDesk({ settings: { SMTP_URL: mail.url } })
    onTestFinished(async () => {
      await stop()
      await mail.stop()
    })
    const world = await createWorld(desk)
    const { tickets, took } = await fillWithHostileTexts(desk, world)
    for (const field of ['comment', 'internal comment', 'customer name', 'file name', 'user agent']) {
      expect(took[field], `${field} of ${JSON.stringify(took)}`).toBeGreaterThan(hostileTexts.length / 2)
    }
    await desk.settled()
    const paths = pathsOf(tickets, [`/people/${world.cleo.id}`, `/people/${world.tess.id}`])
    const people = [
      [world.cleo, paths.customer],
      [world.tess, paths.technician],
      [world.ada, paths.admin],
    ] as const
    const read = people.map(async ([person, screens]) => {
      const page = await open(person, { url: desk.url, slug: world.slug })
      let shown = 0
      for (const path of screens) {
        await page.goto(path)
        await isStill(page)
        shown += await countShown(page)
      }
      // They were there to be executed.
      expect(shown, person.email).toBeGreaterThan(hostileTexts.length)
    })
    await Promise.all(read)
  },
)
