import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createTicket } from '../../testing/support/create-tickets.ts'
import { pngOf } from '../../testing/support/pictures.ts'
import { bodyOf } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { layoutFaults } from './looks.ts'
import { isAt, sees, seesNot, seesText } from './seeing.ts'

/** The option of the mail to a person. */
const optionOf = async (page: Page, name: string): Promise<string> =>
  (await page.getByLabel('Shown with').getByRole('option', { name }).first().textContent()) ?? ''

story(
  'an admin writes a German mail, sees it as its readers do, and what is wrong stands at its field',
  async ({ world, open, allow, smtp, desk }) => {
    bodyOf(await world.ada.patch('/settings', { accent_colour: '#8a1c1c' }))
    await world.ada.put('/settings/logo', undefined, { raw: pngOf(64, 32), headers: { 'Content-Type': 'image/png' } })
    const page = await open(world.ada, { path: '/mail-templates' })
    allow(page, /400/)
    await sees(page.getByRole('heading', { name: 'Mail templates' }))
    await expectAccessible(page, { walk: false })
    await page.getByRole('link', { name: 'Ticket received: German, Built-in' }).click()
    await isAt(page, '/mail-templates/ticket_created_customer/de')
    // Until the first answer came nothing is said to be wrong.
    await seesNot(page.getByText('There is no preview while something is wrong.'))
    const html = page.frameLocator('iframe[title="With layout"]')
    const asText = page.getByRole('region', { name: 'As plain text' })
    await sees(html.getByText('Guten Tag Clara Kundig,'))
    await sees(asText.getByText(/Guten Tag Clara Kundig,/))
    const looks = await page.locator('iframe[title="With layout"]').evaluate((frame: HTMLIFrameElement) => {
      const inside = frame.contentDocument
      const logo = inside?.querySelector('img')
      const button = [...(inside?.querySelectorAll('a') ?? [])].find(({ style }) => style.display === 'inline-block')
      return {
        sandbox: frame.sandbox.value,
        hasScroll: frame.getBoundingClientRect().height < (inside?.body.scrollHeight ?? 0),
        logo: [logo?.naturalWidth, logo?.alt],
        button: button && [getComputedStyle(button).backgroundColor, button.hasAttribute('href')],
      }
    })
    expect(looks).toEqual({
      sandbox: 'allow-same-origin',
      hasScroll: false,
      logo: [64, `Desk ${world.slug}`],
      button: ['rgb(138, 28, 28)', false],
    })
    await expectAccessible(page)

    const text = page.getByLabel('Text', { exact: true })
    await text.fill('# Danke!\n\n{{greeting}}\n\n{{tikcet_id}}')
    await seesText(page, 'Line 5, column 1: There is no variable tikcet_id. Did you mean ticket_id?')
    await seesText(page, 'There is no preview while something is wrong.')
    await sees(page.locator('mark', { hasText: '{{tikcet_id}}' }))
    await expectAccessible(page, { walk: false })
    await page.getByRole('button', { name: 'Go there: {{tikcet_id}}' }).click()
    await page.keyboard.type('{{#ticket_id}}')
    await sees(page.locator('mark').first())
    await text.fill('{{gone}}\n{{ticket_id}} {{lost}}')
    await sees(page.locator('mark', { hasText: '{{gone}}' }))
    await sees(page.locator('mark', { hasText: '{{lost}}' }))
    await text.fill('# Danke!\n\n{{greeting}}\nwir haben <b>{{ticket_id}}</b>.\n\n{{link}}')
    await sees(html.getByRole('heading', { name: 'Danke!' }))
    await sees(html.getByText('wir haben <b>TKT0042</b>.'))
    await sees(asText.getByText(/Ticket öffnen:\s+http/))
    await page.getByRole('button', { name: 'Send a test to me' }).click()
    await seesText(page, `A test is on its way to ${world.ada.email}.`)
    await page.getByRole('button', { name: 'Save' }).click()
    await seesText(page, 'The text is saved.')

    bodyOf(await world.cleo.patch('/me', { language: 'de' }))
    await createTicket(world.cleo)
    await desk.settled()
    await smtp.mailsTo(world.cleo.email).then((mails) => {
      if (!mails.some(({ message }) => message.text?.startsWith('Danke!'))) throw new Error('the mail is another one')
    })

    // The test went to the admin, with the text that was not saved then.
    const [tested] = await smtp.mailsTo(world.ada.email)
    expect(tested?.message.subject).toMatch(/^\[Test\] \[TKT0042\]/)
    expect(tested?.message.text).toMatch(/^Danke!/)

    // The mail that was sent is shown with what is typed now.
    await page.reload()
    await page.getByLabel('Shown with').selectOption({ label: await optionOf(page, 'Cleo Customer') })
    await sees(html.getByText('Guten Tag Cleo Customer,'))
    await expectAccessible(page, { walk: false })
    await page.getByLabel('Shown with').selectOption('a sample')
    await sees(html.getByText('Guten Tag Clara Kundig,'))

    await page.getByRole('button', { name: 'Back to the built-in text' }).click()
    await seesText(page, 'The built-in text is sent again.')
    await seesNot(page.getByRole('button', { name: 'Back to the built-in text' }))
  },
)

story('the list of variables stays in its box, however long their samples are', async ({ world, open }) => {
  const page = await open(world.ada, { path: '/mail-templates/ticket_created_customer/en' })
  await page.getByText('Insert a variable').click()
  await sees(page.locator('.variables button'))
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await page.evaluate(layoutFaults, { overlaps: false }), `${width} px`).toEqual([])
    const outside = await page
      .locator('.variables button')
      .evaluateAll((all) =>
        all
          .filter(
            (one) => one.getBoundingClientRect().right > (one.closest('ul')?.getBoundingClientRect().right ?? 0) + 1,
          )
          .map(({ textContent }) => textContent),
      )
    expect(outside, `${width} px`).toEqual([])
  }
})
