import { expect } from 'vitest'
import { createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { createWorld } from '../../testing/support/people.ts'
import { pngOf } from '../../testing/support/pictures.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { dismissToasts, hasFocus, isTitled, sees, seesNot, seesText } from './seeing.ts'

story(
  'an organisation gives its desk a name, a colour, a logo and times of its own',
  async ({ world, open, allow }) => {
    const page = await open(world.ada, { path: '/settings' })
    allow(page, /400|422/)
    const save = page.getByRole('button', { name: /^Save/ })
    await sees(page.getByRole('heading', { name: 'Organisation' }))
    await page.getByLabel('Name', { exact: true }).fill('Harbour <b>office</b>')
    await page.getByLabel('Colour').fill('#ffee00')
    await seesText(page, /^White text on it has a contrast of 1.2 : 1. It takes/)
    await save.click()
    await seesText(page, /^This colour is too light/)
    await hasFocus(page.getByLabel('Colour'))
    await page.getByLabel('Colour').fill('#0b6e4f')
    await seesNot(page.getByText(/^This colour is too light/))
    await page.getByLabel('Address of the sender').fill('desk@elsewhere.example.com')
    await page.getByLabel('Name of the sender').fill('Harbour, office')
    await save.click()
    await seesText(page, /^Mails from here may not come from this domain \(only from: .*localhost/)
    await hasFocus(page.getByLabel('Address of the sender'))
    await page.getByLabel('Address of the sender').fill('desk@localhost')
    await seesNot(page.getByText(/^Mails from here may not come/))
    await page.getByLabel('Signature').fill('Harbour office\n1 Pier Road')
    const undo = page.getByLabel('A change can be taken back for (seconds)')
    await undo.fill('99')
    await save.click()
    await sees(page.getByText('From 0 to 30.', { exact: true }))
    if ((await undo.inputValue()) !== '99') throw new Error('what was typed is lost')
    await page.getByLabel('A change can be taken back for (seconds)').fill('5')
    await page.getByLabel('Name of the sender').focus()
    await save.click()
    await seesText(page, 'The settings are saved.')
    await sees(page.getByRole('link', { name: 'Harbour <b>office</b>' }))
    await page.locator('input[type=file]').setInputFiles({
      name: 'logo.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    })
    await sees(page.getByRole('alert'))
    await page.locator('input[type=file]').setInputFiles({
      name: 'logo.png',
      mimeType: 'image/png',
      buffer: pngOf(120, 40, [11, 110, 79]),
    })
    await sees(page.getByRole('img', { name: 'The logo now' }))
    await dismissToasts(page)
    // Who opens the console, and is signed in, sees it too.
    await page.reload()
    await sees(page.getByRole('img', { name: 'The logo now' }))
    await expectAccessible(page)
    const { settings } = bodyOf(await world.ada.get('/settings'))
    if (settings.undo_seconds.value !== 5 || settings.mail_sender.value.name !== 'Harbour, office') {
      throw new Error(`a setting was lost: ${JSON.stringify(settings)}`)
    }
    const stranger = await open(null, { path: `/signin?tenant=${world.slug}` })
    await sees(stranger.getByRole('link', { name: 'Harbour <b>office</b>' }))
    await expectAccessible(stranger)
    await page.getByRole('button', { name: 'Remove the logo' }).click()
    await seesText(page, 'There is no logo.')
  },
)

story('who is signed in sees their own organisation, whichever the address names', async ({ world, desk, open }) => {
  const other = await createWorld(desk)
  const page = await open(world.tess, { path: `/?tenant=${other.slug}` })
  const own = new RegExp(`Desk ${world.slug}`)
  await sees(page.getByRole('link', { name: own }))
  await isTitled(page, own)
  // Nor is the name from the address kept for later.
  await page.goto('/account')
  await sees(page.getByRole('link', { name: own }))
  await isTitled(page, own)
})

story(
  'a wide logo is whole in the narrow bar, and leaves the name readable in the wide one',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world)
    const picture = { raw: pngOf(400, 100), headers: { 'Content-Type': 'image/png' } }
    expectSuccess(await world.ada.patch('/settings', { name: 'Harbour office' }))
    expectSuccess(await world.ada.put('/settings/logo', undefined, picture))
    const page = await open(world.tess, { path: `/tickets/${id}` })
    const logo = page.locator('.nav .logo')
    const image = logo.locator('img')
    const sizes = async () => {
      const [around, shown] = [await logo.boundingBox(), await image.boundingBox()]
      return { cut: (shown?.width ?? 0) - (around?.width ?? 0), width: shown?.width }
    }
    await sees(image)
    expect(await sizes()).toEqual({ cut: 0, width: 24 })
    await page.goto('/account')
    await sees(image)
    const name = logo.locator('.logo__name')
    expect(await name.evaluate(({ clientWidth }) => clientWidth)).toBeGreaterThan(70)
  },
)
