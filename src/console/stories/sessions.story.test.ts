import type { Route } from 'playwright-core'
import { expect } from 'vitest'
import { createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { signInOn, story } from './browser.ts'
import { hasValue, isAt, sees, seesNot, seesText } from './seeing.ts'

/** The program is there, and cannot work. */
const refuse = (route: Route): Promise<void> =>
  route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"unavailable"}' })
const text = 'It is the socket behind the door.'

const log = { name: 'router.log', mimeType: '', buffer: Buffer.from('09:12 link down\n') }

story(
  'whose session ended in mid-sentence signs in again over the page, and what was sent goes out once',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    const field = page.getByLabel('Write to Tess')
    await field.fill(text)
    await sees(page.getByText('Kept', { exact: true }))
    expectSuccess(await world.ada.delete(`/people/${world.cleo.id}/sessions`))
    await page.getByRole('button', { name: 'Send to Tess' }).click()
    const dialog = page.getByRole('dialog', { name: 'Sign in again' })
    await sees(dialog)
    await expectAccessible(page)
    await dialog.getByLabel(/^Password/).fill(world.cleo.password)
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
    await seesNot(dialog)
    await sees(page.getByRole('article', { name: /^Message by Cleo/ }).filter({ hasText: text }))
    await hasValue(field, '')
    expect(bodyOf(await world.ada.get(`/tickets/${id}/comments`)).comments).toHaveLength(1)
  },
)

story('signing out in one tab signs out all, and going back shows nothing', async ({ world, open }) => {
  const id = await createAssignedTicket(world)
  const first = await open(world.cleo)
  const second = await first.context().newPage()
  await second.goto(`/tickets/${id}`)
  await sees(second.getByRole('heading', { level: 1 }))
  await first.goto('/account')
  await first
    .getByRole('link', { name: 'Sign out' })
    .or(first.getByRole('button', { name: 'Sign out' }))
    .first()
    .click()
  await seesText(first, 'You are signed out')
  await isAt(second, /^\/(?:signin|auth\/signout)/)
  for (const page of [first, second]) {
    await page.goBack()
    await seesNot(page.getByText('No network'))
  }
})

story(
  'a page of somebody who is not signed in any more sends nothing as the next person, and keeps it for its own',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.tess, { path: `/tickets/${id}` })
    const context = page.context()
    allow(page, /comments answered 503/)
    const isPost = (route: Route): boolean => route.request().method() === 'POST'
    await context.route(/\/comments$/, (route) => (isPost(route) ? refuse(route) : route.continue()))
    await page.getByLabel(/^Reply, which/).fill(text)
    await page.getByRole('button', { name: 'Mail to Cleo' }).click()
    await seesText(page, /Waits for the connection/)
    const { email, password } = world.ada
    const signIn = { headers: { 'X-Tenant': world.slug }, data: { email, password } }
    expect((await context.request.post('/api/users/signin', signIn)).status()).toBe(200)
    await context.unroute(/\/comments$/)
    await page.evaluate('dispatchEvent(new Event("online"))')
    await sees(page.getByRole('link', { name: /Ada Admin/ }))
    await sees(page.getByRole('heading', { level: 1 }))
    expect(bodyOf(await world.ada.get(`/tickets/${id}/comments`)).comments).toEqual([])
    // Whoever wrote it sends it, when they are back.
    await page.goto('/auth/signout')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await seesText(page, 'You are signed out')
    await page.goto(`/signin?next=/tickets/${id}&tenant=${world.slug}`)
    await signInOn(page, world.tess)
    await sees(page.getByRole('article', { name: /^Public reply by Tess/ }).filter({ hasText: text }))
  },
)

story(
  'what has not gone is said at the sign-out, and nothing of it stays in the browser',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    allow(page, /comments answered 503/)
    const isPost = (route: Route): boolean => route.request().method() === 'POST'
    await page.context().route(/\/comments$/, (route) => (isPost(route) ? refuse(route) : route.continue()))
    const field = page.getByLabel('Write to Tess')
    const waitAndLeave = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Send to Tess' }).click()
      await seesText(page, 'Goes out as soon as the connection is back')
      await page.goto('/auth/signout')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await sees(page.getByRole('heading', { name: '1 message has not gone' }))
    }
    const isOut = async (): Promise<void> => {
      await seesText(page, 'You are signed out')
      expect(await page.evaluate('JSON.stringify(Object.entries(localStorage))')).not.toContain(text)
    }
    const filesSeen = async (): Promise<unknown> =>
      bodyOf(await world.ada.get(`/tickets/${id}/attachments`)).attachments
    const attachLog = async (): Promise<void> => {
      await page.locator('input[type=file]').setInputFiles([log])
      await seesText(page, 'router.log is ready to send.')
    }
    await field.fill(text)
    await attachLog()
    await waitAndLeave()
    expect(await filesSeen()).toEqual([])
    await page.getByRole('button', { name: 'Send now and sign out' }).click()
    await sees(page.getByRole('alert'))
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Back to my drafts and sign out' }).click()
    await isOut()
    await page.goto(`/signin?next=/tickets/${id}&tenant=${world.slug}`)
    await signInOn(page, world.cleo)
    await hasValue(field, text)
    await attachLog()
    await waitAndLeave()
    await page.getByRole('button', { name: 'Discard and sign out' }).click()
    await isOut()
    const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments`))
    expect(comments).toEqual([])
    expect(await filesSeen()).toEqual([])
  },
)

story('a draft survives a reload, and a sign-out', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.cleo, { path: `/tickets/${id}` })
  await page.getByLabel('Write to Tess').fill(text)
  await sees(page.getByText('Kept', { exact: true }))
  await page.reload()
  await hasValue(page.getByLabel('Write to Tess'), text)
  await page.goto('/auth/signout')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await seesText(page, 'You are signed out')
  await page.goto(`/signin?next=/tickets/${id}&tenant=${world.slug}`)
  await signInOn(page, world.cleo)
  await isAt(page, `/tickets/${id}`)
  await hasValue(page.getByLabel('Write to Tess'), text)
  // On another device, too.
  const other = await open(world.cleo, { path: `/tickets/${id}` })
  await hasValue(other.getByLabel('Write to Tess'), text)
})

story('an address of the desk leads there after the sign-in, with its filters', async ({ world, open }) => {
  const page = await open(null, { path: '/tickets?view=all&q=printer' })
  await isAt(page, /^\/signin/)
  await signInOn(page, world.tess)
  await isAt(page, /^\/tickets\?.*q=printer/)
})

const again = { name: 'Sign in again' }

story('a session that ends interrupts nobody who types: no word goes into the password', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.cleo, { path: `/tickets/${id}` })
  const field = page.getByLabel('Write to Tess')
  await field.focus()
  let typed = 'As I said: '
  await page.keyboard.type(typed)
  expectSuccess(await world.ada.delete(`/people/${world.cleo.id}/sessions`))
  let isRefused = false
  page.on('response', (response) => {
    if (response.status() === 401) isRefused = true
  })
  await page.evaluate('dispatchEvent(new Event("online"))')
  for (; !isRefused; typed += 'x') await page.keyboard.type('x', { delay: 40 })
  await page.keyboard.type(text, { delay: 40 })
  await hasValue(field, typed + text)
  await sees(page.getByRole('dialog', again))
  await hasValue(page.getByRole('dialog', again).getByLabel(/^Password/), '')
})

story('a session that ends asks in each tab, and one answer is enough for all', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const first = await open(world.tess, { path: `/tickets/${id}` })
  await first.getByLabel(/^Reply, which/).fill(text)
  const second = await first.context().newPage()
  await second.goto('/tickets?view=mine')
  await seesText(second, 'Live')
  expectSuccess(await world.ada.delete(`/people/${world.tess.id}/sessions`))
  for (const page of [first, second]) await sees(page.getByRole('dialog', again))
  await second.getByLabel(/^Password/).fill(world.tess.password)
  await second.getByRole('dialog', again).getByRole('button', { name: 'Sign in', exact: true }).click()
  for (const page of [second, first]) await seesNot(page.getByRole('dialog', again))
  await hasValue(first.getByLabel(/^Reply, which/), text)
  for (const page of [second, first]) await seesText(page, 'Live')
})

story('whoever signs in in one of two tabs is in in both', async ({ world, open }) => {
  const first = await open(null, { path: '/signin' })
  const second = await first.context().newPage()
  await second.goto('/signin?next=/account')
  await signInOn(first, world.cleo)
  await isAt(second, '/account')
})

story(
  'a technician who is deactivated is out at once, and sees nothing of the desk by going back',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.tess, { path: `/tickets/${id}` })
    await seesText(page, 'Live')
    expectSuccess(await world.ada.delete(`/people/${world.tess.id}`))
    const dialog = page.getByRole('dialog', again)
    await sees(dialog)
    await dialog.getByLabel(/^Password/).fill(world.tess.password)
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
    await sees(dialog.getByText(/do not match/))
    await dialog.getByRole('button', { name: /^Leave this page/ }).click()
    await isAt(page, /^\/signin/)
    await page.goBack()
    await isAt(page, /^\/signin/)
    await seesNot(page.getByText('Network'))
  },
)
