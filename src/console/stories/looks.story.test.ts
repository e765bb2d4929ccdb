import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket } from '../../testing/support/create-tickets.ts'
import type { World } from '../../testing/support/people.ts'
import { story } from './browser.ts'
import { forcedColourFaults, layoutFaults, motionFaults, spaceTexts } from './looks.ts'
import { isStill } from './stillness.ts'

// Every screen as people with other needs see it: zoomed to 200 and 400 %, with wider texts, in the colours of the
// system, mirrored, and without motion. One visit to a screen looks at all of it.

const within = (faults: string[], what: string): string[] => faults.map((fault) => `${what}: ${fault}`)
const direct = (dir: string): void => {
  document.documentElement.dir = dir
}
const drawn = (page: Page) =>
  page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))')

const faultsOf = async (page: Page): Promise<string[]> => {
  const found: string[] = within(await page.evaluate(motionFaults), 'reduced motion')
  const look = async (what: string, width: number, overlaps = false): Promise<void> => {
    await page.setViewportSize({ width, height: width < 1280 ? 512 : 800 })
    await drawn(page)
    found.push(...within(await page.evaluate(layoutFaults, { overlaps }), what))
  }
  await look('200 %', 640)
  await look('400 %', 320)
  await page.evaluate(spaceTexts, true)
  await look('spaced texts at 360 px', 360)
  await look('spaced texts', 1280)
  await page.evaluate(spaceTexts, false)
  await page.evaluate(direct, 'rtl')
  await look('mirrored', 1280, true)
  await look('mirrored at 360 px', 360)
  await page.evaluate(direct, '')
  await look('as usual', 1280, true)
  await page.emulateMedia({ forcedColors: 'active' })
  found.push(...within(await page.evaluate(forcedColourFaults), 'forced colours'))
  await page.emulateMedia({ forcedColors: 'none' })
  return found
}

story('what is measured finds what stands out, is cut, or lies on another', async ({ world, open }) => {
  const page = await open(null, { path: '/signin' })
  await isStill(page)
  expect(world.slug).not.toBe('')
  await page.evaluate(() => {
    const [out, on, cut] = ['out', 'on', 'cut'].map((text) => {
      const button = document.createElement('button')
      button.textContent = text
      button.style.position = 'absolute'
      document.querySelector('main')?.append(button)
      return button
    })
    const field = document.querySelector('#who, input')?.getBoundingClientRect()
    if (!out || !on || !cut || !field) throw new Error('the page has no field')
    Object.assign(out.style, { left: '-30px', top: '0', width: '60px' })
    Object.assign(on.style, { left: `${field.left}px`, top: `${field.top}px`, width: '60px' })
    Object.assign(cut.style, { left: '200px', top: '0', width: '20px', overflow: 'hidden' })
    const word = document.createElement('span')
    word.textContent = 'a long word'
    word.style.whiteSpace = 'nowrap'
    cut.replaceChildren(word)
  })
  const found = (await page.evaluate(layoutFaults, { overlaps: true })).join('\n')
  expect(found).toMatch(/stands out of the window.*>out</)
  expect(found).toMatch(/lies on another.*>on</)
  expect(found).toMatch(/is cut by.*a long word/)
})

const screens: { as: 'cleo' | 'tess' | 'ada' | null; paths: (ticket: string, world: World) => string[] }[] = [
  { as: null, paths: () => ['/signin', '/register', '/password/forgot', '/invitation?token=x.y'] },
  {
    as: 'cleo',
    paths: (ticket) => ['/', `/tickets/${ticket}`, '/tickets/new', '/account', '/account/security', '/account/tokens'],
  },
  {
    as: 'tess',
    paths: (ticket) => [
      '/tickets?view=all',
      `/tickets/${ticket}`,
      '/tickets/new',
      '/account/notifications',
      '/notifications',
    ],
  },
  {
    as: 'ada',
    paths: (_, { tess }) => ['/', '/board', '/people', `/people/${tess.id}`, '/programs', '/emails'],
  },
  { as: 'ada', paths: () => ['/audit', '/settings', '/there/is/nothing'] },
]

for (const [index, { as, paths }] of screens.entries()) {
  story(
    `screens of ${as ?? 'nobody'} hold when zoomed, spaced, mirrored and in forced colours, ${index + 1}`,
    async ({ world, open }) => {
      const ticket = await createAssignedTicket(world)
      await comment(world.tess, ticket, 'Have you tried another cable, or another socket in the same room?')
      const page = await open(as === null ? null : world[as])
      const faults: string[] = []
      for (const path of paths(ticket, world)) {
        await page.goto(as === null ? `${path}${path.includes('?') ? '&' : '?'}tenant=${world.slug}` : path)
        await isStill(page)
        faults.push(...within(await faultsOf(page), path))
      }
      expect(faults).toEqual([])
    },
  )
}
