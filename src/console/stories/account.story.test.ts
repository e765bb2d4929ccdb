import { expect } from 'vitest'
import { bodyOf, createApi, expectStatus } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { counts, hasFocus, isAt, sees, seesNot, seesText } from './seeing.ts'

const parts = [
  ['Profile', 'This browser'],
  ['How you are told', null],
  ['Security', 'Sessions'],
  ['API tokens', 'You have no token'],
] as const

story('each part of the own account can be used by everybody', async ({ world, open }) => {
  const page = await open(world.tess, { path: '/account' })
  for (const [part, heading] of parts) {
    await page.getByRole('navigation', { name: 'Your account' }).getByRole('link', { name: part }).click()
    await sees(page.getByRole('heading', { name: part, level: 1 }))
    if (heading) await sees(page.getByRole('heading', { name: heading }))
    else await sees(page.getByRole('combobox', { name: 'Answers' }))
    await expectAccessible(page)
  }
})

story('a token is shown once, works as far as it may, gets a name, and is revoked', async ({ desk, world, open }) => {
  const page = await open(world.tess, { path: '/account/tokens' })
  await page.getByRole('button', { name: 'New token' }).click()
  await page.getByRole('button', { name: 'Nothing', exact: true }).click()
  await page.getByRole('button', { name: 'Create the token' }).click()
  await seesText(page, 'Say what the token is for.')
  await seesText(page, 'Choose what it may do.')
  await hasFocus(page.getByRole('textbox', { name: 'What it is for' }))
  await page.getByRole('textbox', { name: 'What it is for' }).fill('Night report')
  await page.getByRole('button', { name: 'Only reading' }).click()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Create the token' }).dblclick()
  await sees(page.getByRole('dialog', { name: 'Copy the token now: Night report' }))
  const token = await page.getByRole('textbox', { name: 'Token' }).inputValue()
  const program = createApi(desk.url, { Authorization: `Bearer ${token}` })
  expectStatus(await program.get('/tickets'), 200)
  expect((await program.post('/tickets', { subject: 'No', issue_description: 'No' })).status).toBe(403)
  expect(bodyOf(await world.tess.get('/api-tokens')).api_tokens).toHaveLength(1)
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await seesNot(page.getByRole('textbox', { name: 'Token' }))
  await page.getByRole('button', { name: 'Rename Night report' }).click()
  await page.getByRole('textbox', { name: 'What it is for' }).fill('Day report')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Revoke Day report' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await sees(page.getByRole('heading', { name: 'You have no token' }))
  expect((await program.get('/tickets')).status).toBe(401)
})

story('the address changes when its new mailbox says so', async ({ world, smtp, open }) => {
  const person = await world.customer()
  const page = await open(person, { path: '/account' })
  const email = `new@${world.slug}.example.com`
  await page.getByRole('button', { name: 'Change the address' }).click()
  await page.getByRole('textbox', { name: 'New e-mail address' }).fill(email)
  await page.getByLabel('Your password').fill('not-the-password')
  await page.getByRole('button', { name: 'Send the link' }).click()
  await seesText(page, 'That is not your password.')
  await page.getByLabel('Your password').fill(person.password)
  await page.getByRole('button', { name: 'Send the link' }).click()
  await seesText(page, `You want ${email}.`)
  const [mail] = await smtp.mailsTo(email)
  const address = /href="([^"]*email\/confirm[^"]*)"/.exec(mail?.message.html ?? '')?.[1] ?? ''
  await page.goto(address)
  await sees(page.getByRole('heading', { name: 'Confirm your address' }))
  await seesText(page, email)
  expect(page.url()).not.toContain('token')
  expect(bodyOf(await person.get('/me')).email).toBe(person.email)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Confirm this address' }).click()
  await sees(page.getByRole('heading', { name: 'Your address is confirmed' }))
  expect(bodyOf(await person.get('/me')).email).toBe(email)
})

story('the other sessions of a person end with one click', async ({ world, open }) => {
  const person = await world.customer()
  const [second, page] = [await open(person), await open(person, { path: '/account/security' })]
  await page.getByRole('button', { name: 'End all others' }).click()
  await seesText(page, 'You are signed in nowhere else.')
  expect((await person.get('/me')).status).toBe(401)
  await second.goto('/account')
  await sees(second.getByRole('heading', { name: 'Sign in' }))
})

story('news reaches the bell and the title, and a click leads to its ticket', async ({ world, open }) => {
  const page = await open(world.tess, { path: '/account' })
  await seesText(page, 'Live')
  const ticket = bodyOf(
    await world.cleo.post('/tickets', {
      subject: 'The door is stuck',
      issue_description: 'It is.',
      issue_category: 'Network',
    }),
  )
  expectStatus(await world.ada.put(`/tickets/${ticket.ticket_id}`, { technician_id: world.tess.id }), 200)
  const bell = page.getByRole('link', { name: /^Notifications, \d+ unread/ })
  await sees(bell)
  expect(await page.title()).toMatch(/^\(\d+\) Profile/)
  await bell.click()
  const row = page.getByRole('link', { name: /Assigned to you.*The door is stuck/s })
  await sees(row)
  await expectAccessible(page)
  await row.click()
  await isAt(page, `/tickets/${ticket.ticket_id}`)
  await page.goto('/notifications?unread=true')
  await seesNot(page.getByRole('link', { name: /Assigned to you/ }))
})

story('a second click on “Show more” shows nothing twice', async ({ world, open, allow }) => {
  for (let count = 0; count < 31; count += 1) {
    const about = { subject: `Cable ${count}`, issue_description: 'It is loose.', issue_category: 'Network' }
    expectStatus(await world.cleo.post('/tickets', about), 201)
  }
  const page = await open(world.ada, { path: '/notifications' })
  const rows = page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ hasText: /Cable \d/ })
  await counts(rows, 30)
  await page.getByRole('button', { name: 'Show more' }).dblclick()
  await counts(rows, 31)
  await seesNot(page.getByRole('button', { name: 'Show more' }))
  expect(new Set(await rows.allInnerTexts()).size).toBe(31)
  // What the program refuses to mark is not shown as read.
  allow(page, /403/)
  await page.route('**/notifications/read', (route) => route.fulfill({ status: 403, json: { code: 'forbidden' } }))
  const unread = rows.getByRole('button', { name: /^Mark as read/ })
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await sees(page.getByRole('alert'))
  await counts(unread, 31)
  await page.unroute('**/notifications/read')
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await counts(unread, 0)
})

story('how somebody is told is kept, kind by kind', async ({ world, open }) => {
  const page = await open(world.cleo, { path: '/account/notifications' })
  await page.getByRole('combobox', { name: 'Answers' }).selectOption('Daily mail')
  await page.getByRole('combobox', { name: 'The daily mail comes at' }).selectOption('07:00')
  await seesText(page, 'Saved.')
  await expect.poll(async () => bodyOf(await world.cleo.get('/me/notifications')).digest_hour).toBe(7)
  expect(await page.getByRole('combobox', { name: 'Your account' }).isDisabled()).toBe(true)
})

story('colours, rows, language and keys are kept, and stand at the first paint', async ({ world, open }) => {
  const page = await open(world.tess, { path: '/account' })
  await page.getByRole('combobox', { name: 'Colours' }).selectOption('Dark')
  await page.getByRole('combobox', { name: 'Rows' }).selectOption('Compact')
  await page.getByRole('switch', { name: 'Single keys do something' }).uncheck()
  // A key that does nothing is shown nowhere.
  await seesNot(page.getByText('/', { exact: true }))
  await page.goto('/tickets?view=all')
  await sees(page.getByRole('heading', { name: 'There is no open ticket' }))
  for (const key of ['c', 'f', '/', 'Shift+?', 'g', 'u']) await page.keyboard.press(key)
  await page.keyboard.press('Control+k')
  await sees(page.getByRole('combobox', { name: 'Find or do something' }))
  await counts(page.getByRole('dialog'), 1)
  await isAt(page, /^\/tickets\?view=all$/)
  await page.keyboard.press('Escape')
  await page.goto('/account')
  await page.getByRole('combobox', { name: 'Language', exact: true }).selectOption('Deutsch')
  await sees(page.getByRole('heading', { name: 'Profil', level: 1 }))
  await page.addInitScript(() => {
    // What stands when the page begins to be drawn, before the modules run.
    document.addEventListener('DOMContentLoaded', () => {
      const { lang, dataset } = document.documentElement
      Object.assign(window, { early: [lang, dataset.theme, dataset.density] })
    })
  })
  await page.reload()
  await sees(page.getByRole('heading', { name: 'Profil', level: 1 }))
  expect(await page.evaluate(() => Reflect.get(window, 'early'))).toEqual(['de', 'dark', 'compact'])
  expect(await page.getByRole('switch', { name: 'Kurzbefehle mit einer Taste' }).isChecked()).toBe(false)
})
