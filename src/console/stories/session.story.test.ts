import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { recordedEvents } from '../../testing/support/recorded-events.ts'
import { expectStatus, expectSuccess } from '../../testing/support/requests.ts'
import { codeNow } from '../../testing/support/second-factors.ts'
import { expectAccessible } from './accessible.ts'
import { signInOn, story } from './browser.ts'
import { linkIn } from './mailed-link.ts'
import { hasFocus, hasValue, isAt, sees, seesNot, seesText } from './seeing.ts'

story(
  'a wrong password stands at its field, and the path that was asked for opens after the right one',
  async ({ world, open }) => {
    const page = await open(null, { path: '/account/security' })
    await sees(page.getByRole('heading', { name: 'Sign in' }))
    await seesText(page, `to Desk ${world.slug}`)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await seesText(page, 'Type your e-mail address or your user ID.')
    await hasFocus(page.getByRole('textbox', { name: 'E-mail or user ID' }))
    await page.getByRole('textbox', { name: 'E-mail or user ID' }).fill(world.cleo.email)
    await page.getByLabel('Password', { exact: true }).fill('not-the-password')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await seesText(page, 'That name and password do not match.')
    await hasFocus(page.getByLabel('Password', { exact: true }))
    await hasValue(page.getByRole('textbox', { name: 'E-mail or user ID' }), world.cleo.email)
    await signInOn(page, world.cleo)
    await isAt(page, '/account/security')
    await sees(page.getByRole('heading', { name: 'Security', level: 1 }))
  },
)

story(
  'a session that ends in the middle asks over the page, and what was typed goes once',
  async ({ desk, world, open }) => {
    const person = await world.customer()
    const page = await open(person, { path: '/account' })
    const name = page.getByRole('textbox', { name: 'Name', exact: true })
    await name.fill('Noor Typed')
    expectStatus(await person.delete('/me/sessions/others'), 204)
    await page.getByRole('button', { name: 'Save' }).dblclick()
    const dialog = page.getByRole('dialog', { name: 'Sign in again' })
    await sees(dialog)
    await dialog.getByLabel('Password', { exact: true }).fill('not-the-password')
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
    await sees(dialog.getByText('That password does not match this account.'))
    await dialog.getByLabel('Password', { exact: true }).fill(person.password)
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click()
    await seesNot(dialog)
    await seesText(page, 'Saved.')
    await hasValue(name, 'Noor Typed')
    const changes = (await recordedEvents(desk, world)).filter(({ type }) => type === 'account.updated')
    expect(changes).toHaveLength(1)
  },
)

story('over plain http in production the sign-in says why the browser keeps no session', async ({ world, open }) => {
  const page = await open(null)
  // The cookie has `Secure` there, so a browser passes over it.
  await page.route(/\/api\/users\/signin$/, async (route) => {
    const response = await route.fetch()
    await page.context().clearCookies()
    const { 'set-cookie': _, ...headers } = response.headers()
    await route.fulfill({ response, headers })
  })
  await page.getByRole('textbox', { name: 'E-mail or user ID' }).fill(world.tess.email)
  await page.getByLabel('Password', { exact: true }).fill(world.tess.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await sees(page.getByRole('alert').getByText(/^This page came over plain http/))
  const href = await page.getByRole('link', { name: 'Open it with https' }).getAttribute('href')
  expect(href).toBe(page.url().replace(/^http:/, 'https:'))
  await expectAccessible(page)
})

story('a stranger registers where that is open, and every fault stands at its field', async ({ world, open }) => {
  const email = `nia@${world.slug}.example.com`
  const page = await open(null, { path: '/auth/signup' })
  await page.getByRole('button', { name: 'Create my account' }).click()
  for (const text of ['Type an e-mail address.', 'Type a name.', 'Type a password.']) await seesText(page, text)
  await hasFocus(page.getByRole('textbox', { name: 'E-mail address' }))
  await expectAccessible(page)
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(email)
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Nia Nova')
  await page.getByLabel('New password').fill('password1')
  await page.getByRole('button', { name: 'Create my account' }).click()
  await seesText(page, 'This is one of the most common passwords')
  await seesText(page, 'Not enough yet')
  await hasFocus(page.getByLabel('New password'))
  await page.getByLabel('New password').fill('seven quiet rivers')
  await seesText(page, 'Very long')
  await page.getByRole('button', { name: 'Create my account' }).dblclick()
  await isAt(page, /^\/$/)
  await sees(page.getByRole('link', { name: /Account of Nia Nova/ }))
})

story(
  'a registration that a mail confirms ends at the desk, signed in, and its link works once',
  async ({ world, smtp, open }) => {
    expectStatus(await world.ada.patch('/settings', { registration: 'confirmed' }), 200)
    const email = `rosa@${world.slug}.example.com`
    const page = await open(null, { path: '/register' })
    await page.getByRole('textbox', { name: 'E-mail address' }).fill(email)
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await sees(page.getByRole('heading', { name: 'Look into your mail' }))
    const [mail] = await smtp.mailsTo(email)
    const address = linkIn(mail?.message.html ?? '')
    await page.goto(address)
    await isAt(page, `/t/${world.slug}/registration/confirm`)
    expect(page.url()).not.toContain('token')
    await expectAccessible(page)
    // A reload finds the link again, although the address has no token.
    await page.reload()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Rosa')
    await page.getByLabel('New password').fill('seven quiet rivers')
    await page.getByRole('button', { name: 'Create my account' }).click()
    await isAt(page, `/t/${world.slug}/`)
    await sees(page.getByRole('link', { name: /Account of Rosa/ }))
    await page.goto(address)
    await sees(page.getByRole('heading', { name: 'This link is used up' }))
    await expectAccessible(page)
  },
)

story(
  'a forgotten password is set anew by the link of the mail, which ends the sessions',
  async ({ world, smtp, open }) => {
    const person = await world.customer()
    const page = await open(null, { path: '/password/forgot' })
    await expectAccessible(page)
    await page.getByRole('textbox', { name: 'E-mail address' }).fill(person.email)
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await sees(page.getByRole('heading', { name: 'Look into your mail' }))
    const [, mail] = await smtp.mailsTo(person.email, 2)
    await page.goto(linkIn(mail?.message.html ?? ''))
    await sees(page.getByRole('heading', { name: 'Choose a new password' }))
    await expectAccessible(page)
    expect(page.url()).not.toContain('token')
    await hasValue(page.getByRole('textbox', { name: 'Sign-in name' }), person.email)
    await page.getByLabel('New password').fill(person.email)
    await seesText(page, 'Not enough yet')
    await page.getByLabel('New password').fill('eight quiet rivers')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await sees(page.getByRole('heading', { name: 'Your password is set' }))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await signInOn(page, { email: person.email, password: 'eight quiet rivers' })
    expect((await person.get('/me')).status).toBe(401)
  },
)

/** Types the password and the first code, up to the recovery codes. */
const setUpFactor = async (page: Page, { password }: { password: string }): Promise<void> => {
  await page.getByLabel('Your password').fill(password)
  await page.getByRole('button', { name: 'Go on' }).click()
  await sees(page.getByRole('img', { name: 'The secret as a QR code' }))
  await expectAccessible(page)
  const key = await page.getByText(/^(?:[A-Z2-7]{4} ?)+$/).innerText()
  const code = codeNow(key.replaceAll(' ', ''), systemClock, -1)
  await page.getByRole('textbox', { name: 'The code that the app shows' }).fill(code)
  await page.getByRole('button', { name: 'Switch it on' }).click()
  await sees(page.getByRole('heading', { name: 'Your recovery codes' }))
}

story(
  'whoever must have a second factor sets it up after a reload, too, or signs out',
  async ({ world, open, allow }) => {
    const page = await open(world.tess, { path: '/tickets?view=all' })
    allow(page, /403/)
    const other = await page.context().newPage()
    expectSuccess(await world.ada.patch('/settings', { second_factor_required: true }))
    await other.goto('/account/security')
    await sees(other.getByRole('heading', { name: 'Set up your second factor' }))
    await page.reload()
    await sees(page.getByRole('button', { name: 'Sign out' }))
    await setUpFactor(page, world.tess)
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await isAt(page, /^\/tickets\?.*view=all/)
    await sees(page.getByRole('link', { name: /^Your account/ }))
    // The other tab knows, too.
    await isAt(other, '/account/security')

    const late = await open(null)
    allow(late, /403/)
    await signInOnTo(late, world.ada, 'Set up your second factor')
    await late.reload()
    await late.getByRole('button', { name: 'Sign out' }).click()
    await sees(late.getByRole('heading', { name: 'You are signed out' }))
  },
)

story('a second factor is set up, asked for, and a recovery code stands in for it once', async ({ world, open }) => {
  const page = await open(world.tess, { path: '/account/security' })
  await page.getByRole('button', { name: 'Set it up' }).click()
  await setUpFactor(page, world.tess)
  await sees(page.getByText('On', { exact: true }))
  // The codes are shown once, so nothing but an answer leads away from them.
  await page.keyboard.press('Escape')
  await sees(page.getByRole('dialog', { name: 'Your recovery codes' }))
  const codes = await page
    .getByRole('dialog')
    .getByRole('listitem')
    .filter({ hasText: /^[a-z0-9-]{20,}$/ })
    .allInnerTexts()
  expect(codes).toHaveLength(10)
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await seesText(page, '10 recovery codes are left.')

  const other = await open(null)
  await signInOnTo(other, world.tess, 'One more step')
  await other.getByRole('textbox', { name: 'Code', exact: true }).fill('000000')
  await other.getByRole('button', { name: 'Sign in', exact: true }).click()
  await seesText(other, 'That code is wrong, or was used before.')
  await expectAccessible(other)
  await other.getByRole('button', { name: 'Use a recovery code' }).click()
  await hasFocus(other.getByRole('textbox', { name: 'Recovery code' }))
  await other.keyboard.type(codes[0] ?? '')
  await other.getByRole('button', { name: 'Sign in', exact: true }).click()
  await isAt(other, /^\/$/)
  await seesText(other, '9 recovery codes are left.')
  // The sessions from before ended when it was switched on.
  expect(await (await other.request.get('/api/me')).json()).toMatchObject({ id: world.tess.id })
})

const signInOnTo = async (
  page: Parameters<typeof signInOn>[0],
  { email, password }: { email: string; password: string },
  heading: string,
): Promise<void> => {
  await page.getByRole('textbox', { name: 'E-mail or user ID' }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await sees(page.getByRole('heading', { name: heading }))
}

story('a link of another site to the way out signs nobody out', async ({ world, open }) => {
  const page = await open(world.cleo, { path: '/auth/signout' })
  await sees(page.getByRole('heading', { name: 'Sign out?' }))
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Stay signed in' }).click()
  await sees(page.getByRole('link', { name: /Account of/ }))
})
