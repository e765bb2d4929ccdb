import { expect } from 'vitest'
import { assignTicket, createTicket, resolveTicket } from '../../testing/support/create-tickets.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { counts, hasFocus, isAt, reads, sees, seesNot } from './seeing.ts'
import { isStill } from './stillness.ts'

story('Tess filters her list, opens a ticket, and finds the list as it was', async ({ world, open }) => {
  const { ada, cleo, tess } = world
  for (const [subject, priority] of [
    ['Slow printer', 'low'],
    ['Broken cable', 'high'],
    ['No sound', 'high'],
  ] as const) {
    await assignTicket(ada, await createTicket(cleo, { subject, priority }), tess)
  }
  const page = await open(tess)
  const rows = page.getByRole('main').getByRole('listitem')
  await counts(rows, 3)
  await page.keyboard.press('f')
  await page.getByRole('combobox', { name: 'Filter the list' }).fill('high')
  await sees(page.getByRole('option', { name: 'High' }))
  await page.keyboard.press('Enter')
  await counts(rows, 2)
  await isAt(page, '/?priority=high')
  await page.reload()
  await counts(rows, 2)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const second = page.getByRole('link', { name: /Broken cable/ })
  await hasFocus(second)
  await page.keyboard.press('Enter')
  await isAt(page, '/tickets/TKT0002?priority=high')
  await sees(page.getByRole('heading', { level: 1, name: 'Broken cable' }))
  await isStill(page)
  await page.keyboard.press('Escape')
  await isAt(page, '/?priority=high')
  await hasFocus(second)
  await page.getByRole('searchbox', { name: 'Search tickets' }).fill('nothing')
  await sees(page.getByRole('heading', { name: 'No ticket fits all of this' }))
  await page.getByRole('button', { name: /Drop “nothing”/ }).click()
  await counts(rows, 2)
  await page.goto('/tickets?view=mine')
  await counts(rows, 3)
  await expectAccessible(page)
  // Back finds the order, too, and how far the list was scrolled.
  await page.setViewportSize({ width: 1280, height: 300 })
  await page.getByRole('button', { name: 'Order' }).click()
  await page
    .getByRole('menuitem', { name: 'Newest first' })
    .or(page.getByRole('button', { name: 'Newest first' }))
    .click()
  await isAt(page, '/tickets?view=mine&sort=-raised_date')
  await reads(rows.first(), /No sound/)
  const last = page.getByRole('link', { name: /Slow printer/ })
  await last.scrollIntoViewIfNeeded()
  const placeOfLast = async () => Math.round((await last.boundingBox())?.y ?? -1)
  const place = await placeOfLast()
  await last.click()
  await sees(page.getByRole('heading', { level: 1, name: 'Slow printer' }))
  await page.goBack()
  await isAt(page, '/tickets?view=mine&sort=-raised_date')
  await reads(rows.first(), /No sound/)
  await expect.poll(placeOfLast).toBe(place)
})

story(
  'what comes while the list is being read, or cannot be read at once, is no less new',
  async ({ world, open, allow }) => {
    const { cleo, tess } = world
    await createTicket(cleo)
    const page = await open(tess)
    // The answer is made before the ticket, and arrives after the event of the ticket.
    let hasHeld = false
    await page.route(/\/api\/tickets\?.*limit=50/, async (route) => {
      if (hasHeld) return route.continue()
      hasHeld = true
      const response = await route.fetch()
      await createTicket(cleo, { subject: 'In between' })
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      await route.fulfill({ response })
    })
    await page.goto('/tickets?view=unassigned')
    await sees(page.getByRole('button', { name: '1 new' }))
    let hasFailed = false
    allow(page, /tickets\/TKT0003 answered 503/)
    await page.route(/\/api\/tickets\/TKT0003$/, (route) => {
      const first = !hasFailed
      hasFailed = true
      return first ? route.fulfill({ status: 503, body: '' }) : route.continue()
    })
    await createTicket(cleo, { subject: 'At a bad moment' })
    await sees(page.getByRole('button', { name: '2 new' }))
  },
)

story('news waits, changes come in place, and a click opens the row that was pressed', async ({ world, open }) => {
  const { ada, cleo, tess } = world
  const [first] = [await createTicket(cleo, { subject: 'The first one' }), await createTicket(cleo)]
  const page = await open(tess, { path: '/tickets?view=unassigned' })
  const rows = page.getByRole('main').getByRole('listitem')
  await counts(rows, 2)
  await sees(page.getByText('Live', { exact: true }))
  await createTicket(cleo, { subject: 'Something new', priority: 'urgent' })
  const news = page.getByRole('button', { name: '1 new' })
  await sees(news)
  await counts(rows, 2)
  // While the button of the mouse is down the ticket changes, and more comes in.
  const row = page.getByRole('link', { name: /The first one/ })
  await row.hover()
  await page.mouse.down()
  await ada.put(`/tickets/${first}`, { subject: 'Another subject' })
  await createTicket(cleo, { priority: 'urgent' })
  await sees(page.getByRole('link', { name: /Another subject/ }))
  await sees(page.getByRole('button', { name: '2 new' }))
  await page.mouse.up()
  await isAt(page, `/tickets/${first}?view=unassigned`)
  await isStill(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('u')
  await counts(rows, 4)
  await reads(rows.first(), /urgent priority/)
})

story('the palette finds and does, keys are told, and what writes a letter does nothing', async ({ world, open }) => {
  const { cleo, tess } = world
  await createTicket(cleo, { subject: 'Crème brûlée machine' })
  const page = await open(tess, { path: '/tickets?view=all' })
  await isStill(page)
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('combobox', { name: 'Find or do something' })
  await palette.fill('tkt1')
  await sees(page.getByRole('option', { name: /brûlée/ }))
  // The palette has one stop of the Tab key, where the keyboard is.
  await expectAccessible(page, { walk: false })
  await page.keyboard.press('Enter')
  await isAt(page, '/tickets/TKT0001')
  await isStill(page)
  await page.keyboard.press('Shift+?')
  const help = page.getByRole('dialog', { name: 'Keys of this screen' })
  await reads(help, /On the ticket/)
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await seesNot(help)
  const at = page.url()
  for (const letter of ['ą', 'ß', '@', 'か']) await page.keyboard.insertText(letter)
  for (const key of ['Alt+e', 'AltGraph']) await page.keyboard.press(key)
  expect(page.url()).toBe(at)
  await page.keyboard.press('g')
  await page.keyboard.press('m')
  await isAt(page, '/tickets?view=mine')
  await sees(page.getByRole('heading', { name: 'You have no open ticket' }))
})

story('each number of the first page opens a list with as many tickets', async ({ world, open }) => {
  const { ada, cleo, tess } = world
  for (const priority of ['urgent', 'low', 'low']) await createTicket(cleo, { priority })
  await resolveTicket(ada, await createTicket(cleo), tess)
  const page = await open(ada)
  const main = page.getByRole('main')
  for (const [name, count] of [
    [/^Open now/, 3],
    [/^Resolved in 14 days/, 1],
    [/^Raised in 14 days/, 4],
    ['2, Low', 2],
    ['3, Nobody', 3],
  ] as const) {
    await page.goto('/')
    await main.getByRole('link', { name }).click()
    await counts(main.getByRole('listitem'), count)
  }
  await page.goto('/')
  await sees(page.getByRole('img', { name: /Lines by day/ }))
  await page.getByText('Show as a table').click()
  await counts(page.getByRole('table').first().getByRole('row'), 15)
  await expectAccessible(page)
})
