import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createOperator, ensureDefaultTenant } from '../../testing/support/operator-client.ts'
import { bodyOf } from '../../testing/support/requests.ts'
import { platformToken } from '../../testing/support/workspace.ts'
import { expectAccessible } from './accessible.ts'
import { openStoryDesk, story } from './browser.ts'
import { dismissToasts, hasFocus, isAt, isTitled, reads, sees, seesNot, seesText } from './seeing.ts'

/** Types the token on the page of the operator. */
const unlock = async (page: Page): Promise<void> => {
  await page.getByLabel('Token', { exact: true }).fill(platformToken)
  await page.getByRole('button', { name: 'Open', exact: true }).click()
  await sees(page.getByRole('heading', { name: 'Organisations', level: 1 }))
}

/** Opens the menu of an organisation, and presses an act in it. */
const act = async (page: Page, slug: string, name: string): Promise<void> => {
  await page.getByRole('button', { name: new RegExp(`^More for .*\\(${slug}\\)`) }).click()
  const item = page.getByRole('button', { name, exact: true }).or(page.getByRole('link', { name, exact: true }))
  await item.click()
}

story(
  'the operator creates an organisation, maps a host, suspends it, deletes it and takes that back',
  async ({ world, desk, smtp, open }) => {
    await ensureDefaultTenant(desk)
    const slug = `n-${world.slug.slice(-8)}`
    const page = await open(null, { path: '/platform' })
    const token = page.getByLabel('Token', { exact: true })
    expect(await token.getAttribute('type')).toBe('password')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await seesText(page, 'Type the token.')
    await token.fill(`${platformToken}x`)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await seesText(page, 'This is not the token of this program.')
    await hasFocus(token)
    await unlock(page)
    await isTitled(page, /^Organisations · /)

    await page.getByRole('button', { name: 'New organisation' }).first().click()
    const form = page.getByRole('dialog', { name: 'New organisation' })
    await form.getByLabel('Name', { exact: true }).fill('Harbour <b>office</b>')
    await form.getByLabel('Short name').fill('Not a slug')
    await form.getByLabel('Name of the admin').fill('Dana Whitfield')
    await form.getByLabel('User id of the admin').fill('dana')
    await form.getByLabel('Address of the admin').fill(`dana@${slug}.example.com`)
    await form.getByRole('button', { name: 'Create and invite' }).click()
    await seesText(page, /^Small letters and digits, with single dashes/)
    await expectAccessible(page, { walk: false })
    await form.getByLabel('Short name').fill(world.slug)
    await form.getByRole('button', { name: 'Create and invite' }).click()
    await seesText(page, /^Another organisation has this short name/)
    await form.getByLabel('Time zone').fill('Mars/Olympus')
    await form.getByRole('button', { name: 'Create and invite' }).click()
    await seesText(page, 'A time zone such as Europe/Berlin.')
    await form.getByLabel('Time zone').fill('Europe/Berlin')
    await form.getByLabel('Languages').selectOption('German, then English')
    await form.getByLabel('Short name').fill(slug)
    await form.getByRole('button', { name: 'Create and invite' }).click()
    await seesText(page, `Harbour <b>office</b> is created. dana@${slug}.example.com is mailed the link.`)
    const [invitation] = await smtp.mailsTo(`dana@${slug}.example.com`)
    expect(invitation?.message.text).toMatch(/Passwort/)

    await page.getByRole('searchbox', { name: 'Search for an organisation' }).fill(slug)
    const row = page.getByRole('row', { name: new RegExp(slug) })
    await reads(row, /Active/)
    await seesNot(page.getByRole('row', { name: new RegExp(world.slug) }))
    await act(page, slug, 'Name and host')
    const facts = page.getByRole('dialog', { name: /^Name and host of/ })
    await facts.getByLabel('Host').fill('https://help.example.com/desk')
    await facts.getByRole('button', { name: 'Save' }).click()
    await seesText(page, /^A name such as/)
    await facts.getByLabel('Host').fill(`${slug}.example.com`)
    await facts.getByLabel('Name', { exact: true }).fill('Harbour Works')
    await facts.getByRole('button', { name: 'Save' }).click()
    await reads(row, new RegExp(`Harbour Works[\\s\\S]*${slug}\\.example\\.com`))
    await act(page, slug, 'Suspend')
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
    await reads(row, /Suspended/)
    await act(page, slug, 'Let it go on')
    await reads(row, /Active/)

    await act(page, slug, 'Delete')
    const last = page.getByRole('dialog', { name: 'Delete Harbour Works?' })
    await last.getByLabel(`Type ${slug} to confirm it`).fill('harbour')
    await last.getByRole('button', { name: 'Delete' }).click()
    await seesText(page, 'This is not its short name.')
    expect(bodyOf(await createOperator(desk).get(`/tenants/${slug}`)).state).toBe('active')
    await last.getByLabel(`Type ${slug} to confirm it`).fill(slug)
    await last.getByRole('button', { name: 'Delete' }).click()
    await reads(row, /Being deleted[\s\S]*Can be taken back until/)
    await dismissToasts(page)
    await expectAccessible(page)
    await act(page, slug, 'Take the deletion back')
    await reads(row, /Active/)

    await act(page, slug, 'Its log')
    await isAt(page, `/platform/log?slug=${slug}`)
    await dismissToasts(page)
    for (const what of ['Created', 'Renamed', 'Host changed', 'Suspended', 'Let go on', 'Deletion taken back']) {
      await sees(page.getByRole('cell', { name: what, exact: true }))
    }
    await expectAccessible(page)
  },
)

story('the token is forgotten with the page, and is in no store of the browser', async ({ open }) => {
  const page = await open(null, { path: '/platform' })
  await unlock(page)
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state]))
  expect(kept + page.url()).not.toContain(platformToken)
  await page.getByRole('link', { name: 'Log' }).click()
  await sees(page.getByRole('heading', { name: 'Log', level: 1 }))
  await page.getByRole('button', { name: 'Lock' }).click()
  await sees(page.getByLabel('Token', { exact: true }))
  await page.getByLabel('Token', { exact: true }).fill(platformToken)
  await page.keyboard.press('Enter')
  await sees(page.getByRole('heading', { name: 'Log', level: 1 }))
  await page.reload()
  await sees(page.getByLabel('Token', { exact: true }))
})

story(
  'a list that is empty or fails says so, and what the program refuses in German is German',
  async ({ open, allow }) => {
    const page = await open(null, { path: '/platform?q=nothing-has-this-name' })
    allow(page, /ERR_CONNECTION_REFUSED/)
    await unlock(page)
    await sees(page.getByRole('heading', { name: 'No organisation is called “nothing-has-this-name”' }))
    await page.route('**/api/tenants?**', (route) => route.abort('connectionrefused'), { times: 1 })
    await page.getByRole('combobox', { name: 'State' }).selectOption('suspended')
    await sees(page.getByRole('alert'))
    await page.getByRole('button', { name: 'Try again' }).click()
    await seesNot(page.getByRole('alert'))
    await page.getByRole('combobox', { name: 'Language' }).selectOption('de')
    await sees(page.getByRole('heading', { name: 'Organisationen', level: 1 }))
  },
)

story(
  'there is no screen of the operator without a token, nor at the address of an organisation',
  async ({ browser, world, desk }) => {
    const off = await openStoryDesk({ settings: { PLATFORM_TOKEN: '' } })
    const context = await browser.newContext({ locale: 'en-GB' })
    const page = await context.newPage()
    for (const url of [`${off.desk.url}/platform`, `${desk.url}/t/${world.slug}/platform`]) {
      await page.goto(url)
      await sees(page.getByRole('heading', { name: 'There is no screen for the operator here' }))
    }
    await expectAccessible(page)
    await context.close()
    await off.stop()
  },
)

story(
  'without a mail server the operator reads the command that shows the invitation',
  async ({ world, desk, open }) => {
    await ensureDefaultTenant(desk)
    const slug = `q-${world.slug.slice(-8)}`
    const page = await open(null)
    await page.route(/\/platform$/, async (route) => {
      const answer = await route.fetch()
      const word = '<head><meta name="counterdesk-mails" content="kept">'
      await route.fulfill({ response: answer, body: (await answer.text()).replace('<head>', word) })
    })
    await page.goto('/platform')
    await unlock(page)
    await page.getByRole('button', { name: 'New organisation' }).first().click()
    const form = page.getByRole('dialog', { name: 'New organisation' })
    await form.getByLabel('Name', { exact: true }).fill('Quay')
    await form.getByLabel('Short name').fill(slug)
    await form.getByLabel('Name of the admin').fill('Dana Whitfield')
    await form.getByLabel('User id of the admin').fill('dana')
    await form.getByLabel('Address of the admin').fill(`dana@${slug}.example.com`)
    await form.getByRole('button', { name: 'Create and invite' }).click()
    await seesText(page, new RegExp(`npm run show-mail -- --tenant ${slug} --latest account_invited`))
  },
)
