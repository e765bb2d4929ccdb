import { createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { password } from '../../testing/support/people.ts'
import { bodyOf } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { signInOn, story } from './browser.ts'
import { linkIn } from './mailed-link.ts'
import { counts, hasFocus, hasValue, isAt, reads, sees, seesNot, seesText } from './seeing.ts'

story(
  'an admin invites a technician once, who follows the link; what is wrong stands at its field',
  async ({ world, open, allow, smtp }) => {
    const page = await open(world.ada, { path: '/people' })
    allow(page, /400/)
    await page.getByRole('button', { name: 'Invite a technician' }).click()
    const dialog = page.getByRole('dialog', { name: 'Invite a technician' })
    const send = dialog.getByRole('button', { name: 'Send the invitation' })
    await send.click()
    await sees(dialog.getByText('Type a name.'))
    await hasFocus(dialog.getByLabel('Name', { exact: true }))
    await expectAccessible(page)
    await dialog.getByLabel('Name', { exact: true }).fill('Amina Yusuf')
    const email = `amina@${world.slug}.example.com`
    await dialog.getByLabel('E-mail').fill(email)
    await dialog.getByLabel('Category').fill('Network')
    await dialog.getByLabel('Phone').fill('+44 117 496 0107')
    await send.dblclick()
    await seesText(page, /Amina Yusuf .* is invited/)
    const row = page.getByRole('row', { name: /Amina Yusuf/ })
    await counts(row, 1)
    await sees(row.getByText(/Invited/))
    await row.getByRole('button', { name: /^More for/ }).click()
    await row.getByRole('button', { name: 'Invite again' }).click()
    await seesText(page, /a new link is on its way/)

    const [before, mail] = await smtp.mailsTo(email, 2)
    const theirs = await open(null, { path: '/signin' })
    await theirs.goto(linkIn(before?.message.html))
    await sees(theirs.getByRole('heading', { name: 'This link is used up' }))
    await theirs.goto(linkIn(mail?.message.html))
    await sees(theirs.getByRole('heading', { name: 'Choose your password' }))
    await isAt(theirs, `/t/${world.slug}/invitation`)
    await expectAccessible(theirs)
    await theirs.getByLabel('New password').fill('nine quiet rivers')
    await theirs.getByRole('button', { name: 'Set the password' }).click()
    await theirs.getByRole('button', { name: 'Sign in' }).click()
    await hasValue(theirs.getByRole('textbox', { name: 'E-mail or user ID' }), email)
    await signInOn(theirs, { email, password: 'nine quiet rivers' })
    await sees(theirs.getByRole('heading', { name: /^Mine/ }))
    await sees(row.getByText('Takes tickets'))
  },
)

story(
  'a deactivation says what follows, is told at once to who is away, and is taken back',
  async ({ world, open }) => {
    const { ada, tess } = world
    await createAssignedTicket(world)
    const page = await open(ada, { path: '/people' })
    const row = page.getByRole('row', { name: new RegExp(tess.id) })
    await row.getByRole('button', { name: /^More for/ }).click()
    await row.getByRole('button', { name: 'Deactivate' }).click()
    const dialog = page.getByRole('dialog', { name: /^Deactivate .*\(TEC\d+\)\?$/ })
    await sees(dialog.getByText('Their unsolved ticket goes back to the queue'))
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Deactivate' }).click()
    await sees(row.getByText('Deactivated'))
    await page.getByRole('button', { name: 'Reactivate' }).click()
    await seesText(page, /is active again/)
    await sees(row.getByText('Takes tickets'))

    await row.getByRole('link', { name: /TEC|./ }).first().click()
    await isAt(page, `/people/${tess.id}`)
    await sees(page.getByRole('heading', { name: 'API tokens' }))
    await expectAccessible(page)
    // What another admin does shows by itself.
    bodyOf(await ada.patch(`/people/${tess.id}`, { available: false }))
    await seesText(page, 'Takes no new tickets')
  },
)

story('lists are found, filtered and shared by their address', async ({ world, open }) => {
  const page = await open(world.ada, { path: `/people?role=customer&q=${world.cleo.id}` })
  await sees(page.getByRole('row', { name: new RegExp(world.cleo.id) }))
  await page.getByRole('searchbox', { name: 'Search people' }).fill('nobody is called so')
  await sees(page.getByRole('heading', { name: 'Nobody here is called “nobody is called so”' }))
  await isAt(page, /q=nobody/)
  await page.getByRole('button', { name: 'Drop the search' }).click()
  await page.getByLabel('State').selectOption('deactivated')
  await sees(page.getByRole('heading', { name: /^Nobody here is in the state/ }))
  await page.reload()
  await page.getByRole('button', { name: 'Show every state' }).click()
  await sees(page.getByRole('row', { name: new RegExp(world.cleo.id) }))
})

story('a program gets an account and a token, which is shown once, and is revoked', async ({ world, open, allow }) => {
  const page = await open(world.ada, { path: '/programs' })
  allow(page, /400/)
  await page.getByRole('button', { name: 'New service account' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Monitoring')
  await page.getByLabel('Category').fill('Network')
  await page.getByRole('button', { name: 'Create', exact: true }).dblclick()
  await counts(page.getByRole('row', { name: /Monitoring/ }), 1)
  await page.getByRole('button', { name: 'New token: Monitoring' }).click()
  await page.getByRole('button', { name: 'Create the token' }).click()
  await seesText(page, 'Choose what it may do.')
  await page.getByLabel('What it is for').fill('Night report')
  await page.getByRole('button', { name: 'Only reading' }).click()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Create the token' }).dblclick()
  const token = page.getByRole('textbox', { name: 'Token' })
  await sees(token)
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await seesNot(token)
  await page.getByRole('button', { name: 'Revoke: Night report' }).click()
  await page
    .getByRole('dialog', { name: /^Revoke the token “Night report” of SVC/ })
    .getByRole('button', { name: 'Revoke' })
    .click()
  await seesText(page, 'No API tokens')
})

story(
  'two admins change settings at once: different ones both stand, one and the same is chosen',
  async ({ world, open, allow }) => {
    const { ada } = world
    const page = await open(ada, { path: '/settings' })
    allow(page, /400|412/)
    const save = page.getByRole('button', { name: /^Save/ })
    await page.getByRole('radio', { name: /^Some domains/ }).check()
    await save.click()
    await seesText(page, /^List one domain at least/)
    await hasFocus(page.getByRole('textbox', { name: 'Domains' }))
    await page.getByRole('textbox', { name: 'Domains' }).fill('@harbour')
    await save.click()
    await seesText(page, /^Each line must be a domain/)
    await hasFocus(page.getByRole('textbox', { name: 'Domains' }))
    await page.getByRole('textbox', { name: 'Domains' }).fill('harbour.example.com')

    bodyOf(await ada.patch('/settings', { registration: 'closed' }))
    await save.click()
    await sees(page.getByText('Now it is: Nobody'))
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Take mine' }).click()
    await save.click()
    await seesText(page, 'The settings are saved.')
    await reads(page.getByRole('main'), /Nothing is changed yet/)

    bodyOf(await ada.patch('/settings', { registration_domains: ['quay.example.com'] }))
    await page.getByRole('radio', { name: /^Nobody/ }).check()
    // Others save again and again: it is not said to be saved before it is.
    await page.route('**/api/settings', (route) =>
      route.request().method() === 'PATCH'
        ? route.fulfill({ status: 412, json: { code: 'stale_version', changed: [] } })
        : route.fallback(),
    )
    await save.click()
    await seesText(page, 'Somebody has changed this since you read it.')
    await page.unroute('**/api/settings')
    await save.click()
    await reads(page.getByRole('main'), /Nothing is changed yet/)
    const { settings } = bodyOf(await ada.get('/settings'))
    if (settings.registration.value !== 'closed' || settings.registration_domains.value[0] !== 'quay.example.com') {
      throw new Error(`a change was lost: ${JSON.stringify(settings)}`)
    }
  },
)

story('an admin is made with the own password, and another one is refused', async ({ world, open, allow }) => {
  const page = await open(world.ada, { path: '/people?role=admin' })
  allow(page, /422/)
  await page.getByRole('button', { name: 'Invite an admin' }).click()
  await page.getByLabel('Name', { exact: true }).fill('Mary Jackson')
  await page.getByLabel('E-mail').fill(`mary@${world.slug}.example.com`)
  await page.getByLabel('Sign-in name').fill('mary')
  await page.getByLabel('Your password').fill('not hers at all')
  await page.getByRole('button', { name: 'Send the invitation' }).click()
  await seesText(page, 'That is not your password.')
  await hasFocus(page.getByLabel('Your password'))
  await page.getByLabel('Your password').fill(password)
  await page.getByRole('button', { name: 'Send the invitation' }).click()
  await counts(page.getByRole('row', { name: /Mary Jackson/ }), 1)
})
