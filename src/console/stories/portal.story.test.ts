import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket, createTicket, createTickets } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { signInOn, story } from './browser.ts'
import {
  counts,
  hasFocus,
  hasName,
  hasValue,
  isAt,
  isTitled,
  patienceMs,
  reads,
  sees,
  seesNot,
  seesText,
} from './seeing.ts'
import { isStill } from './stillness.ts'

const log = { name: 'router.log', mimeType: '', buffer: Buffer.from('09:12 link down\n09:13 link up\n') }
const program = { name: 'setup.exe', mimeType: '', buffer: Buffer.from('MZ') }
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const trick = { name: 'invoice\u202egnp.txt', mimeType: '', buffer: Buffer.from('hello') }

story(
  'a customer raises a ticket with files, sees its number, and what became of its mail',
  async ({ world, open }) => {
    const page = await open(world.cleo)
    await seesText(page, 'You have no tickets yet')
    await expectAccessible(page)
    await page.getByRole('main').getByRole('link', { name: 'Raise a ticket' }).click()
    await page.getByRole('button', { name: 'Raise the ticket' }).click()
    await hasFocus(page.getByLabel('What is it about?'))
    await seesText(page, 'Tell us what is wrong, or what you need.')
    await page.getByLabel('In one line').fill('No network in room 3')
    await page.getByLabel('What is it about?').selectOption('Network')
    await page.getByRole('radio', { name: /I cannot do my work/ }).check()
    await page.getByLabel('Tell us more').fill('Since nine.\nSee https://router.example/log for more.')
    await page.locator('input[type=file]').setInputFiles([log, program, trick])
    await seesText(page, /files of this kind are not accepted/)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Remove setup.exe' }).click()
    await page.reload()
    await hasValue(page.getByLabel('In one line'), 'No network in room 3')
    await hasValue(page.getByLabel('What is it about?'), 'Network')
    await seesText(page, /Choose your files again: router\.log/)
    await page.locator('input[type=file]').setInputFiles([log, trick])
    await sees(page.getByText('Goes up with the ticket').nth(1))
    await page.getByRole('button', { name: 'Raise the ticket' }).dblclick()
    await isAt(page, '/tickets/TKT0001')
    await seesText(page, 'Your ticket is TKT0001.')
    await sees(page.getByRole('button', { name: /^Download router\.log/ }))
    await sees(page.getByRole('button', { name: /^Download invoicegnp\.txt/ }))
    await sees(page.getByRole('link', { name: 'https://router.example/log' }))
    await seesText(page, /Mailed to you/)
    await expectAccessible(page)
    const { tickets } = bodyOf(await world.cleo.get('/tickets'))
    expect(tickets).toMatchObject([{ ticket_id: 'TKT0001', priority: 'high', issue_category: 'Network' }])
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download router\.log/ }).click(),
    ])
    expect(download.suggestedFilename()).toBe('router.log')
  },
)

const empty = { name: 'empty.txt', mimeType: '', buffer: Buffer.alloc(0) }

story(
  'what cannot go along is asked about before, and never holds a ticket or a message up',
  async ({ world, open }) => {
    const page = await open(world.cleo, { path: '/tickets/new' })
    await page.getByLabel('What is it about?').selectOption('Network')
    await page.getByLabel('Tell us more').fill('No network.')
    const choose = page.locator('input[type=file]')
    await choose.setInputFiles([log, program, empty])
    const raise = page.getByRole('button', { name: 'Raise the ticket' })
    await raise.click()
    const dialog = page.getByRole('dialog', { name: '2 files do not go along' })
    await sees(dialog.getByText('setup.exe'))
    await sees(dialog.getByText('The other file goes along.'))
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Back to the files' }).click()
    await hasFocus(raise)
    expect(bodyOf(await world.cleo.get('/tickets')).tickets).toEqual([])
    await raise.click()
    await dialog.getByRole('button', { name: 'Go on without them' }).click()
    await isAt(page, '/tickets/TKT0001')
    await sees(page.getByRole('button', { name: /^Download router\.log/ }))
    expect(await page.getByText(/setup\.exe|empty\.txt/).count()).toBe(0)
    await hasName(page)
    // All refused, in an answer: the same rule.
    await choose.setInputFiles([program])
    await page.getByLabel('Write to us').fill('And the lamp is red.')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('button', { name: 'Go on without it' }).click()
    await sees(page.getByRole('article').filter({ hasText: 'And the lamp is red.' }))
    expect(await page.getByText('setup.exe').count()).toBe(0)
    await seesNot(page.getByText('Your ticket is TKT0001.'))
  },
)

story(
  'files that the connection cuts off arrive when it is back, on the page of the ticket',
  async ({ world, open, allow }) => {
    const page = await open(world.cleo, { path: '/tickets/new' })
    allow(page, /ERR_INTERNET_DISCONNECTED|ERR_FAILED/)
    await page.getByLabel('What is it about?').selectOption('Network')
    await page.getByLabel('Tell us more').fill('No network.')
    await page.locator('input[type=file]').setInputFiles([log, trick])
    // The ticket is there, and then the line breaks.
    await page.route('**/attachments/upload-url', async (route) => {
      await page.context().setOffline(true)
      await route.abort('internetdisconnected')
    })
    await page.getByRole('button', { name: 'Raise the ticket' }).click()
    await isAt(page, '/tickets/TKT0001')
    await seesText(page, 'The files of the ticket wait for the connection.')
    await sees(page.getByRole('button', { name: 'Try again: router.log' }))
    await hasName(page)
    await expectAccessible(page)
    await page.unroute('**/attachments/upload-url')
    await page.context().setOffline(false)
    await sees(page.getByRole('button', { name: /^Download router\.log/ }))
    await sees(page.getByRole('button', { name: /^Download invoicegnp/ }))
    await seesNot(page.getByText(/^The files of the ticket/))
  },
)

story(
  'an answer is kept, sent with a file, shown to the other side, and can be taken back',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    const field = page.getByLabel('Write to Tess')
    await field.fill('It is the socket behind the door.')
    await sees(page.getByText('Kept', { exact: true }))
    await page.reload()
    await hasValue(field, 'It is the socket behind the door.')
    await page.locator('input[type=file]').setInputFiles(log)
    await seesText(page, 'Ready to send')
    expect(bodyOf(await world.tess.get(`/tickets/${id}/attachments`)).attachments).toEqual([])
    await page.getByRole('button', { name: 'Send to Tess' }).dblclick()
    const answer = page.getByRole('article', { name: /^Message by Cleo Customer/ }).filter({ hasText: 'socket' })
    await sees(answer.getByRole('button', { name: /^Download router\.log/ }))
    await hasValue(field, '')
    await hasFocus(field)
    expect(bodyOf(await world.tess.get(`/tickets/${id}/comments`)).comments).toMatchObject([
      { body: 'It is the socket behind the door.', attachments: [{ file_name: 'router.log' }] },
    ])
    await page.getByRole('button', { name: 'Undo' }).click()
    await seesNot(answer)
    await hasValue(field, 'It is the socket behind the door.')
    await hasFocus(field)
  },
)

story('an own message can be changed and deleted for a while, and nobody else has that', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  expectSuccess(await comment(world.cleo, id, 'It is the lamp behnd the door.'))
  expectSuccess(await comment(world.tess, id, 'Which door?'))
  const page = await open(world.cleo, { path: `/tickets/${id}` })
  const mine = page.getByRole('article', { name: /^Message by Cleo/ }).filter({ hasText: 'lamp' })
  const more = page.getByRole('button', { name: /^More about the message/ })
  await sees(more)
  // Not at the description, and not at the message of somebody else.
  await counts(more, 1)
  await more.click()
  await mine.getByRole('button', { name: 'Edit' }).click()
  const field = page.getByLabel('Text of the message')
  await hasFocus(field)
  await field.fill('It is the lamp behind the door.')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Save the change' }).click()
  await sees(mine.getByText('changed', { exact: true }))
  await hasName(page)
  const texts = async (): Promise<string[]> =>
    bodyOf(await world.ada.get(`/tickets/${id}/comments`)).comments.map(({ body }: { body: string }) => body)
  expect(await texts()).toEqual(['It is the lamp behind the door.', 'Which door?'])
  await more.click()
  await mine.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await seesNot(mine)
  await hasName(page)
  expect(await texts()).toEqual(['Which door?'])
})

story(
  'a pasted picture and a dropped log of 24 MB show how far they are, stop, and go again',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    allow(page, /ERR_FAILED/)
    const give = (kind: 'paste' | 'drop', name: string, type: string, size: number): Promise<void> =>
      page.getByLabel('Write to Tess').evaluate(
        (field, given) => {
          const png = Uint8Array.from(atob(given.picture), (letter) => letter.charCodeAt(0))
          const bytes = given.size === 0 ? png : new Uint8Array(given.size).fill(97)
          const data = new DataTransfer()
          data.items.add(new File([bytes], given.name, { type: given.type }))
          const how = { bubbles: true, cancelable: true }
          field.dispatchEvent(
            given.kind === 'paste'
              ? new ClipboardEvent('paste', { ...how, clipboardData: data })
              : new DragEvent('drop', { ...how, dataTransfer: data }),
          )
        },
        { kind, name, type, size, picture },
      )
    // The store takes nothing yet.
    const line = Promise.withResolvers<void>()
    let isCut = false
    await page.route('**/objects/**', async (route) => {
      if (isCut) return route.continue()
      await line.promise
      isCut = true
      await route.abort('failed').catch(() => {})
    })
    await give('drop', 'router.log', 'text/plain', 24_000_000)
    await sees(page.getByRole('progressbar', { name: 'Upload of router.log' }))
    await give('paste', 'image.png', 'image/png', 0)
    const stop = page.getByRole('button', { name: /^Stop the upload of picture/ })
    await stop.click()
    await seesNot(stop)
    line.resolve()
    await seesText(page, 'Not uploaded: the connection broke off.')
    await page.getByRole('button', { name: 'Try again: router.log' }).click()
    await seesText(page, 'Ready to send')
    await give('paste', 'image.png', 'image/png', 0)
    await counts(page.getByText('Ready to send'), 2)
    await page.getByRole('button', { name: 'Send the files' }).click()
    await sees(page.getByRole('button', { name: /^Download router\.log 24(?:\.0)? MB/ }))
    await sees(page.getByRole('button', { name: /^Show picture/ }))
    const { attachments } = bodyOf(await world.tess.get(`/tickets/${id}/attachments`))
    expect(attachments.map(({ size }: { size: number }) => size).sort()).toEqual([24_000_000, 70])
  },
)

story('what the desk does appears by itself, and touches nothing that is typed', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.cleo, { path: `/tickets/${id}` })
  const list = await page.context().newPage()
  await list.goto('/')
  await seesText(list, 'We are on it')
  const field = page.getByLabel('Write to Tess')
  await field.fill('I am typ')
  const ask = { visibility: 'public', body: 'Which lamp is red?' }
  expectSuccess(await world.tess.post(`/tickets/${id}/comments`, ask))
  expectSuccess(await world.tess.put(`/tickets/${id}`, { status: 'waiting' }))
  await page.getByRole('button', { name: 'One new message: show it' }).waitFor()
  await field.press('End')
  await page.keyboard.type('ing')
  await hasValue(field, 'I am typing')
  await hasFocus(field)
  await page.getByRole('button', { name: 'One new message: show it' }).click()
  await seesText(page, 'Which lamp is red?')
  await seesText(list, 'One ticket waits for your answer.')
  await list.getByRole('link', { name: `Answer ${id}` }).click()
  await hasFocus(list.getByLabel('Write to Tess'))
})

story('a customer closes a ticket with a word, and raises one that goes on from it', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress', 'resolved')
  const page = await open(world.cleo, { path: `/tickets/${id}` })
  await seesText(page, 'Plugged it in.')
  await page.getByRole('button', { name: 'It does not work: open it again' }).click()
  await page.getByLabel('A word with it').fill('Still dark.')
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Open it again', exact: true }).click()
  await seesText(page, 'Still dark.')
  await hasName(page)
  await page.getByLabel('Write to Tess').fill('A cable is here.')
  await page.getByRole('button', { name: 'Send to Tess' }).click()
  await seesText(page, 'Sent.')
  const closes = page.getByRole('button', { name: 'It works: close the ticket' })
  const unsent = page.getByRole('dialog').getByText(/^Your answer is not sent\./)
  await page.getByLabel(/^Write to/).fill('One more thing')
  await closes.click()
  await sees(unsent)
  await page.getByRole('button', { name: 'Leave it open' }).click()
  await page.getByLabel(/^Write to/).fill('')
  await closes.click()
  await seesNot(unsent)
  await page.getByLabel('A word with it').fill('A new cable helped.')
  await page.getByRole('dialog').getByRole('button', { name: 'Close the ticket' }).click()
  await seesText(page, 'This ticket is closed, and stays so.')
  await hasName(page)
  await seesText(page, 'A new cable helped.')
  await counts(page.getByRole('button', { name: 'Undo' }), 1)
  await seesText(page, 'The ticket is closed.')
  await page.getByRole('link', { name: 'Raise a ticket that goes on from here' }).click()
  await sees(page.getByRole('main').getByRole('link', { name: id }))
  await hasName(page)
  await hasValue(page.getByLabel('What is it about?'), 'Network')
  await page.getByLabel('What is it about?').selectOption({ label: 'Something else' })
  await page.getByLabel('What is it about, in your words?').fill('Cables')
  await page.getByLabel('Tell us more').fill('It broke again.')
  await page.getByRole('button', { name: 'Raise the ticket' }).click()
  await sees(page.getByRole('complementary').getByRole('link', { name: id }))
  await hasName(page)
  await page.getByRole('link', { name: 'My tickets' }).first().click()
  await page.getByRole('link', { name: 'No network' }).first().click()
  await sees(page.getByRole('heading', { level: 1, name: 'No network' }))
  await hasName(page)
})

story(
  'a ticket that was closed at once, and one that is deleted while it is open, say nothing untrue',
  async ({ world, open }) => {
    const id = await createTicket(world.cleo)
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    await isTitled(page, new RegExp(`^(?:\\(\\d+\\) )?${id} No network · Desk ${world.slug}$`))
    await seesText(page, 'Nobody yet: we will tell you')
    await page.getByRole('button', { name: 'It works: close the ticket' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Close the ticket' }).click()
    await seesText(page, 'This ticket is closed, and stays so.')
    await reads(page.getByRole('list').filter({ hasText: 'Raised' }), /^Raised\s+\S.*\s+Closed/s)
    expect(await page.getByText(/We are on it|Nobody yet|Your ticket is/).count()).toBe(0)
    expectSuccess(await world.ada.delete(`/tickets/${id}`))
    await sees(page.getByRole('heading', { level: 1, name: 'This ticket is not here any more' }))
    await isTitled(page, /^(?:\(\d+\) )?This ticket is not here any more/)
  },
)

story('the list keeps search and filter in its address, and says which one to drop', async ({ world, open }) => {
  await createTickets(world.cleo, 27)
  const page = await open(world.cleo)
  const rows = page.getByRole('main').getByRole('listitem')
  await counts(rows, 25)
  await page.getByRole('button', { name: 'Show more' }).click()
  await counts(rows, 27)
  await page.getByRole('link', { name: /^Solved/ }).click()
  await seesText(page, 'Nothing is solved yet')
  await page.getByRole('link', { name: /^Open 27/ }).click()
  await page.getByRole('searchbox').fill('TKT0007')
  await counts(rows, 1)
  await isAt(page, '/?q=TKT0007')
  await page.reload()
  await counts(rows, 1)
  await page.getByRole('searchbox').fill('giraffe')
  await seesText(page, 'Nothing found for “giraffe”')
  await page.getByRole('button', { name: 'Clear the search' }).click()
  await counts(rows, 25)
  await page.getByRole('searchbox').fill('TKT0007')
  await counts(rows, 1)
  await expectAccessible(page)
})

story('a long conversation opens at its newest message, and older ones come on demand', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  for (let n = 1; n <= 25; n++) {
    expectSuccess(await world.tess.post(`/tickets/${id}/comments`, { visibility: 'public', body: `Step ${n}.` }))
  }
  const page = await open(world.cleo, { path: `/tickets/${id}` })
  await seesText(page, 'Step 25.')
  expect(await page.getByText('Step 5.', { exact: true }).count()).toBe(0)
  await page.getByRole('button', { name: 'Show earlier messages' }).click()
  await seesText(page, 'Step 1.')
  await counts(page.getByRole('article'), 26)
  // Opened by its address nothing is read twice.
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  for (const path of [`/tickets/${id}`, '/']) {
    asked.length = 0
    await page.goto(path)
    // What is read last of all, after the first screen.
    await expect.poll(() => asked, { timeout: patienceMs }).toContain('/api/notifications')
    await isStill(page)
    expect(asked).toContain('/api/events/stream')
    const reads = asked.filter((name) => /comments$|counts$|history$/.test(name))
    expect(reads).toEqual([...new Set(reads)])
    expect(reads.length).toBeGreaterThan(1)
  }
})

story('in German a customer reads German, and a ticket of somebody else is not there', async ({ world, open }) => {
  const id = await createAssignedTicket(world)
  const page = await open(world.cleo)
  await page.evaluate(() => localStorage.setItem('counterdesk.preferences', '{"language":"de"}'))
  await page.goto(`/tickets/${id}`)
  await reads(page.getByRole('main'), /Darum kümmert sich\s+Tess Technician/)
  const carl = await open(world.carl, { path: `/tickets/${id}` })
  await sees(carl.getByRole('heading', { level: 1, name: 'There is nothing at this address' }))
  await seesText(carl, new RegExp(RegExp.escape(world.carl.email)))
  await expectAccessible(carl)
  await carl.getByRole('link', { name: 'Sign in as somebody else' }).click()
  await carl.getByRole('button', { name: 'Sign out' }).click()
  await carl.getByRole('link', { name: 'Sign in', exact: true }).click()
  await signInOn(carl, world.cleo)
  await isAt(carl, `/tickets/${id}`)
  await sees(carl.getByRole('heading', { level: 1, name: 'No network' }))
})

story('without a mail server no page promises a mail, and the admin reads where a link is', async ({ world, open }) => {
  const withoutMails = async (page: Page): Promise<Page> => {
    await page.route(/\/(?:people|tickets\/new)$/, async (route) => {
      const answer = await route.fetch()
      const word = '<head><meta name="counterdesk-mails" content="kept">'
      await route.fulfill({ response: answer, body: (await answer.text()).replace('<head>', word) })
    })
    return page
  }
  const page = await withoutMails(await open(world.cleo))
  await page.goto('/tickets/new')
  await seesText(page, 'Kept as you type.')
  expect(await page.getByText(/A copy goes/).count()).toBe(0)
  await page.getByLabel('What is it about?').selectOption('Network')
  await page.getByLabel('Tell us more').fill('No network.')
  await page.getByRole('button', { name: 'Raise the ticket' }).click()
  await seesText(page, 'We have it. Here you see what becomes of it.')
  const admin = await withoutMails(await open(world.ada))
  await admin.goto('/people')
  await admin.getByRole('button', { name: 'Invite a technician' }).click()
  const dialog = admin.getByRole('dialog', { name: 'Invite a technician' })
  await dialog.getByLabel('Name', { exact: true }).fill('Amina Yusuf')
  await dialog.getByLabel('E-mail').fill(`amina@${world.slug}.example.com`)
  await dialog.getByLabel(/^Category/).fill('Network')
  await dialog.getByLabel(/^Phone/).fill('+49 30 1234567')
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click()
  await seesText(admin, /Amina Yusuf .* is invited\. The mail with the link is kept here/)
})
