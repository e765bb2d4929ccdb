import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket, createTickets } from '../../testing/support/create-tickets.ts'
import { expectSuccess } from '../../testing/support/requests.ts'
import { story } from './browser.ts'
import { sees } from './seeing.ts'
import { isStill } from './stillness.ts'

/** Keeps what screen readers say by themselves from now on: what changes in a live region. */
const listen = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const said: string[] = []
    const live = '[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])'
    const textOf = (region: Element): string => (region.textContent ?? '').replaceAll(/\s+/g, ' ').trim()
    new MutationObserver((changes) => {
      const regions = new Set(
        changes.map(({ target }) => (target instanceof Element ? target : target.parentElement)?.closest(live)),
      )
      for (const region of regions) if (region && textOf(region) !== '') said.push(textOf(region))
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
    Object.assign(window, { said })
  })
const heard = (page: Page): Promise<string[]> => page.evaluate(() => Reflect.get(window, 'said') as string[])

story(
  'a screen reader says a new message once, and neither the list nor the conversation again',
  async ({ world, open }) => {
    await createTickets(world.cleo, 3)
    const id = await createAssignedTicket(world, 'in_progress')
    expectSuccess(await comment(world.cleo, id, 'It is down.'))
    const [tess, cleo] = [
      await open(world.tess, { path: `/tickets/${id}` }),
      await open(world.cleo, { path: `/tickets/${id}` }),
    ]
    for (const page of [tess, cleo]) {
      await sees(page.getByText('It is down.'))
      await isStill(page)
      await listen(page)
    }
    for (const count of [1, 2]) {
      expectSuccess(await comment(world.cleo, id, `It is down again, ${count}.`))
      expectSuccess(await comment(world.tess, id, `I am coming down, ${count}.`))
      for (const [page, who] of [
        [tess, 'Cleo'],
        [cleo, 'Tess'],
      ] as const) {
        await sees(page.getByText(`I am coming down, ${count}.`))
        await isStill(page)
        const said = (await heard(page)).filter((text) => text.includes(who))
        expect(said, `${who} is said once for each message`).toHaveLength(count)
      }
    }
    for (const page of [tess, cleo]) {
      const said = await heard(page)
      expect(
        said.filter((text) => text.length > 150 || text.includes('TKT')),
        'nothing long is said',
      ).toEqual([])
    }
  },
)
