import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createAssignedTicket, createTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { story } from './browser.ts'
import { counts, hasFocus, hasValue, isAt, patienceMs, sees, seesNot, seesText } from './seeing.ts'

const replyName = /^Reply, which/
const noteName = /^Internal note, which/
const log = { name: 'router.log', mimeType: 'text/plain', buffer: Buffer.from('10:00 down\n10:01 up\n') }

/** Types in the list that stands over the page, and takes what it finds. */
const pick = async (page: Page, words: string): Promise<void> => {
  const dialog = page.getByRole('dialog')
  await hasFocus(dialog.getByRole('combobox'))
  await page.keyboard.type(words)
  await sees(dialog.getByRole('option', { name: words, selected: true }))
  await page.keyboard.press('Enter')
  await seesNot(dialog)
}

story(
  'a technician works without a mouse: find, take, read, reply with a file, resolve, next',
  async ({ world, open }) => {
    await createTicket(world.cleo, { subject: 'The lower one', priority: 'low' })
    const id = await createTicket(world.cleo, { subject: 'The urgent one', priority: 'high' })
    const page = await open(world.tess)
    await sees(page.getByRole('heading', { name: /^Mine/ }))
    const chosen = page.waitForEvent('filechooser', { timeout: 4 * patienceMs })
    await page.keyboard.press('g')
    await page.keyboard.press('u')
    const row = page.getByRole('link', { name: /The urgent one/ })
    await sees(row)
    await page.keyboard.press('j')
    await hasFocus(row)
    await page.keyboard.press('Enter')
    await isAt(page, `/tickets/${id}`)
    await sees(page.getByRole('article', { name: /^Description by Cleo/ }))
    await page.keyboard.press('i')
    await seesText(page, 'You have the ticket.')
    await page.keyboard.press('r')
    const field = page.getByLabel(replyName)
    await hasFocus(field)
    await page.keyboard.type('It runs again.')
    await page.keyboard.press('Tab')
    await hasFocus(page.getByRole('button', { name: 'Attach a file' }))
    await page.keyboard.press('Enter')
    await (await chosen).setFiles(log)
    await seesText(page, 'Ready to send')
    await page.keyboard.press('r')
    await hasFocus(field)
    await page.keyboard.press('Control+Enter')
    await sees(page.getByRole('article', { name: /^Public reply by Tess/ }).getByText('router.log'))
    await page.keyboard.press('e')
    await page.keyboard.type('Restarted it.')
    await page.keyboard.press('Control+Enter')
    await seesText(page, /resolved the ticket/)
    await page.keyboard.press(']')
    await sees(page.getByRole('heading', { name: 'The lower one' }))
    await hasFocus(page.getByRole('heading', { name: 'The lower one' }))
    await expect.poll(() => page.title()).toBe(`TKT0001 The lower one · Desk ${world.slug}`)
    expect(bodyOf(await world.cleo.get(`/tickets/${id}`))).toMatchObject({ status: 'resolved' })
  },
)

story(
  'an Undo of closing and of assigning takes both back, and no mail goes out',
  async ({ world, open, desk, smtp }) => {
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    const other = await createTicket(world.cleo, { subject: 'Nobody has it' })
    await desk.settled()
    const domain = world.cleo.email.split('@')[1]
    const ours = () => smtp.delivered.filter(({ recipient }) => recipient.endsWith(`@${domain}`))
    const before = ours().length
    const page = await open(world.ada, { path: `/tickets/${id}` })
    const undo = page.getByRole('status').getByRole('button', { name: 'Undo' })
    await page.getByRole('complementary').getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
    await undo.click()
    await seesText(page, 'Taken back.')
    await sees(page.getByRole('complementary').getByRole('button', { name: 'State: Resolved. Change it.' }))
    await page.goto(`/tickets/${other}`)
    await sees(page.getByRole('heading', { name: 'Nobody has it' }))
    await page.keyboard.press('a')
    await pick(page, 'Tess')
    await sees(undo)
    await page.keyboard.press('z')
    await seesText(page, 'Taken back.')
    await seesNot(undo)
    expect(bodyOf(await world.ada.get(`/tickets/${id}`))).toMatchObject({ status: 'resolved' })
    expect(bodyOf(await world.ada.get(`/tickets/${other}`))).toMatchObject({ status: 'new', technician_id: null })
    await desk.settled()
    expect(ours().length).toBe(before)
  },
)

story(
  'two tabs with two texts of one draft show both, and the one that is chosen stays',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const one = await open(world.tess, { path: `/tickets/${id}` })
    const two = await one.context().newPage()
    allow(one, /ERR_FAILED|Failed to fetch/)
    await two.goto(`/tickets/${id}`)
    await sees(two.getByRole('button', { name: 'Mail to Cleo' }))
    await two.route(/\/drafts\/reply/, (route) => route.abort())
    await two.getByLabel(replyName).fill('Written in the second tab.')
    await seesText(two, /kept in this browser until the connection is back/)
    await one.getByLabel(replyName).fill('Written in the first tab.')
    await seesText(one, /Draft kept at/)
    await two.unroute(/\/drafts\/reply/)
    await two.getByLabel(replyName).press('End')
    await two.keyboard.type(' More.')
    await seesText(two, 'Another window of yours has another text:')
    await seesText(two, 'Written in the first tab.')
    await hasValue(two.getByLabel(replyName), 'Written in the second tab. More.')
    await two.getByRole('button', { name: 'Keep this one' }).click()
    await seesText(one, 'Another window of yours has another text:')
    await hasValue(one.getByLabel(replyName), 'Written in the first tab.')
    await one.getByRole('button', { name: 'Take the other' }).click()
    await hasValue(one.getByLabel(replyName), 'Written in the second tab. More.')
    expect(bodyOf(await world.tess.get(`/tickets/${id}/drafts/reply`)).body).toBe('Written in the second tab. More.')
  },
)

/** Gives files to the composer as a paste or a drop does. */
const give = (page: Page, kind: 'paste' | 'drop', name: string, size: number): Promise<void> =>
  page.getByRole('form', { name: 'Write' }).evaluate(
    (form, [type, fileName, bytes]) => {
      const files = new DataTransfer()
      files.items.add(new File(['x'.repeat(Number(bytes))], String(fileName), { type: 'text/plain' }))
      const event =
        type === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true })
          : new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true })
      form.dispatchEvent(event)
    },
    [kind, name, size],
  )

story(
  'files of a note are pasted, dropped and stopped, and come back when the note is taken back',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.tess, { path: `/tickets/${id}` })
    await sees(page.getByRole('button', { name: 'Mail to Cleo' }))
    await page.keyboard.press('n')
    await hasFocus(page.getByLabel(noteName))
    await page.keyboard.type('See the log.')
    await give(page, 'paste', 'pasted.log', 40)
    await give(page, 'drop', 'dropped.txt', 60)
    await counts(page.getByText('Ready to send', { exact: true }), 2)
    allow(page, /ERR_ABORTED|ERR_FAILED/)
    let release = (): void => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route(/\/api\/objects\//, async (route) => {
      await held
      // Stopped by then, or not: both are right.
      await route.abort().catch(() => {})
    })
    await give(page, 'drop', 'slow.txt', 80)
    const stop = page.getByRole('button', { name: 'Stop the upload of slow.txt' })
    await sees(stop)
    await page.getByRole('link', { name: 'Back to the list' }).click()
    await sees(page.getByRole('link', { name: /No network/ }))
    await page.getByRole('link', { name: /No network/ }).click()
    await page.getByText('Internal note', { exact: true }).first().click()
    await sees(stop)
    await stop.click()
    await seesNot(page.getByText('slow.txt'))
    release()
    await page.unroute(/\/api\/objects\//)
    await page.getByLabel(noteName).press('Control+Enter')
    const note = page.getByRole('article', { name: /^Internal note by Tess/ })
    await sees(note.getByText('pasted.log'))
    await page.keyboard.press('z')
    await seesNot(note)
    await hasValue(page.getByLabel(noteName), 'See the log.')
    await counts(page.getByText('Ready to send', { exact: true }), 2)
    await page.getByRole('button', { name: 'Remove dropped.txt' }).click()
    await page.getByLabel(noteName).press('Control+Enter')
    await sees(note.getByText('pasted.log'))
    const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments`))
    const names = comments[0].attachments.map(({ file_name }: { file_name: string }) => file_name)
    expect(names).toEqual(['pasted.log'])
    expect(bodyOf(await world.cleo.get(`/tickets/${id}/attachments`)).attachments).toEqual([])
  },
)

story('an admin finds a deleted ticket in its list and brings it back', async ({ world, open }) => {
  const id = await createTicket(world.cleo, { subject: 'Deleted by mistake' })
  const page = await open(world.ada, { path: `/tickets/${id}` })
  await sees(page.getByRole('complementary').getByRole('button', { name: 'Delete' }))
  // Deleted elsewhere, an open page says so.
  expectSuccess(await world.ada.delete(`/tickets/${id}`))
  await seesText(page, /^You do not see this ticket any more/)
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await seesNot(page.getByText(/^You do not see this ticket any more/))
  await page.getByRole('complementary').getByRole('button', { name: 'Delete' }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Delete ${id}` })
    .click()
  await isAt(page, '/tickets')
  await page.goto('/tickets')
  await sees(page.getByRole('heading', { name: /^All/ }))
  await page.keyboard.press('f')
  await pick(page, 'can be restored')
  await page.getByRole('link', { name: /Deleted by mistake/ }).click()
  await seesText(page, /This ticket is deleted\. It can be restored until/)
  await page.getByRole('button', { name: 'Restore', exact: true }).click()
  await sees(page.getByRole('complementary').getByRole('button', { name: /^State: New/ }))
  expect((await world.cleo.get(`/tickets/${id}`)).status).toBe(200)
})
