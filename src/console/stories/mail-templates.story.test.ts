import { createTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { isAt, sees, seesNot, seesText } from './seeing.ts'

story(
  'an admin writes a German mail, sees it as its readers do, and what is wrong stands at its field',
  async ({ world, open, allow, smtp, desk }) => {
    const page = await open(world.ada, { path: '/mail-templates' })
    allow(page, /400/)
    await sees(page.getByRole('heading', { name: 'Mail templates' }))
    await expectAccessible(page, { walk: false })
    await page.getByRole('link', { name: 'Ticket received: German, Built-in' }).click()
    await isAt(page, '/mail-templates/ticket_created_customer/de')
    const preview = page.getByRole('region', { name: 'As people read it' }).last()
    await sees(preview.getByText('Guten Tag Cora Customer,'))
    await expectAccessible(page)

    const text = page.getByLabel('Text', { exact: true })
    await text.fill('# Danke!\n\n{{greeting}}\n\n{{tikcet_id}}')
    await seesText(page, 'Line 5, column 1: There is no variable tikcet_id. Did you mean ticket_id?')
    await seesText(page, 'There is no preview while something is wrong.')
    await text.fill('# Danke!\n\n{{greeting}}\nwir haben <b>{{ticket_id}}</b>.\n\n{{link}}')
    await sees(preview.getByRole('heading', { name: 'Danke!' }))
    await sees(preview.getByText('wir haben <b>TKT0042</b>.'))
    await page.getByRole('button', { name: 'As plain text' }).click()
    await sees(preview.getByText(/Ticket öffnen:\s+http/))
    await page.getByRole('button', { name: 'Save' }).click()
    await seesText(page, 'The text is saved.')

    bodyOf(await world.cleo.patch('/me', { language: 'de' }))
    await createTicket(world.cleo)
    await desk.settled()
    await smtp.mailsTo(world.cleo.email).then((mails) => {
      if (!mails.some(({ message }) => message.text?.startsWith('Danke!'))) throw new Error('the mail is another one')
    })

    // The mail that was sent is shown with what is typed now.
    await page.reload()
    await page.getByLabel('Shown with').selectOption({ index: 1 })
    await sees(preview.getByText('Guten Tag Cleo Customer,'))
    await expectAccessible(page, { walk: false })
    await page.getByLabel('Shown with').selectOption('a sample')
    await sees(preview.getByText('Guten Tag Cora Customer,'))

    await page.getByRole('button', { name: 'Back to the built-in text' }).click()
    await seesText(page, 'The built-in text is sent again.')
    await seesNot(page.getByRole('button', { name: 'Back to the built-in text' }))
  },
)
