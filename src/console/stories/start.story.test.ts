import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startMailServer } from '../../testing/peers/smtp-server.ts'
import { endProgram, startProgram } from '../../testing/support/real-program.ts'
import { adminPassword } from '../../testing/support/scene.ts'
import { createTestDatabase } from '../../testing/support/test-database.ts'
import { until } from '../../testing/support/waiting.ts'
import { expectAccessible } from './accessible.ts'
import { story, watchedWindow } from './browser.ts'
import { isAt, sees, seesText } from './seeing.ts'

story(
  'from the printed address on: a customer registers, raises a ticket with a file, and follows the links of mails',
  async ({ browser, onTestFinished }) => {
    const [smtp, database] = [await startMailServer(), await createTestDatabase()]
    const folder = await mkdtemp(join(tmpdir(), 'counterdesk-story-'))
    const program = await startProgram(folder, {
      DATABASE_URL: database.url,
      SMTP_URL: smtp.url,
      ADMIN_PASSWORD: adminPassword,
      CONSOLE: 'true',
      LIST_TIMEOUT_MS: '9000',
      HOST: '127.0.0.1',
    })
    onTestFinished(async () => {
      await endProgram(program)
      await database.drop()
      await smtp.stop()
      await rm(folder, { recursive: true })
    })
    await program.says(/is ready/)
    const [address = ''] = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(program.output()) ?? []
    expect(address).not.toBe('')

    const { page, close } = await watchedWindow(browser, 'a visitor', address)
    await page.goto(address)
    await isAt(page, /^\/signin/)
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('E-mail address').fill('cleo@example.com')
    await page.getByLabel('Name', { exact: true }).fill('Cleo Customer')
    await page.getByLabel('New password').fill('correct-horse-7')
    await page.getByRole('button', { name: 'Create my account' }).click()
    await seesText(page, 'You have no tickets yet')

    await page.getByRole('main').getByRole('link', { name: 'Raise a ticket' }).click()
    await page.getByLabel('In one line').fill('The printer smokes')
    await page.getByLabel('What is it about?').selectOption({ index: 1 })
    await page.getByLabel('What is it about, in your words?').fill('Printer')
    await page.getByLabel('Tell us more').fill('Since this morning.')
    const log = { name: 'printer.log', mimeType: 'text/plain', buffer: Buffer.from('PC LOAD LETTER') }
    await page.locator('input[type=file]').setInputFiles(log)
    await page.getByRole('button', { name: 'Raise the ticket' }).click()
    await isAt(page, '/tickets/TKT0001')
    await sees(page.getByRole('button', { name: 'Download printer.log' }))
    await seesText(page, /Mailed to you/)

    // Every link of the mails leads to its thing, and not to another host.
    await until('both mails came', () => smtp.delivered.length >= 2)
    const links = smtp.delivered.flatMap(({ message }) => message.text?.match(/https?:\/\/\S+/g) ?? [])
    expect(links.filter((link) => !link.startsWith(address))).toEqual([])
    const confirm = links.find((link) => link.includes('/email/confirm')) ?? ''
    await page.goto(confirm)
    await page.getByRole('button', { name: 'Confirm this address' }).click()
    await seesText(page, 'Your address is confirmed')
    await page.goto(links.find((link) => link.endsWith('/tickets/TKT0001')) ?? '')
    await sees(page.getByRole('heading', { name: 'The printer smokes' }))
    await close()
  },
)
