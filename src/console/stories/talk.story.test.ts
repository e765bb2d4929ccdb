import type { Locator } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket, createTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { counts, hasFocus, hasValue, patienceMs, reads, sees, seesNot, seesText } from './seeing.ts'

const replyName = 'Reply, which the customer reads'
const noteName = 'Internal note, which only staff read'

story('a reply and a note are two drafts, each with its button, and survive a reload', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.tess, { path: `/tickets/${id}` })
  const [reply, note] = [page.getByLabel(replyName), page.getByLabel(noteName)]
  await sees(page.getByRole('button', { name: 'Mail to Cleo' }))
  await page.keyboard.press('r')
  await hasFocus(reply)
  await page.keyboard.type('Please restart it, ą @ ß.')
  await page.keyboard.press('Escape')
  await page.keyboard.press('n')
  await hasFocus(note)
  await hasValue(note, '')
  await page.keyboard.type('They never restart.')
  await sees(page.getByRole('button', { name: /^(?:Internal note|Add internal note)/ }))
  await counts(page.getByRole('button', { name: /^Mail to/ }), 0)
  await seesText(page, /Draft kept at/)
  await page.reload()
  await hasValue(reply, 'Please restart it, ą @ ß.')
  await page.getByText('Internal note', { exact: true }).first().click()
  await hasFocus(note)
  await hasValue(note, 'They never restart.')
  await page.keyboard.press('Control+Enter')
  await sees(page.getByRole('article', { name: /^Internal note by Tess/ }))
  await expectAccessible(page)
  const seen = bodyOf(await world.cleo.get(`/tickets/${id}/comments`)).comments
  expect(seen).toEqual([])
  expect(bodyOf(await world.tess.get('/drafts')).drafts).toMatchObject([{ kind: 'reply' }])
})

story('what was sent is taken back by one key, and nobody is mailed', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.tess, { path: `/tickets/${id}` })
  await sees(page.getByRole('button', { name: 'Mail to Cleo' }))
  await page.keyboard.press('r')
  await hasFocus(page.getByLabel(replyName))
  await page.keyboard.type('It works again.')
  await page.keyboard.press('Control+Shift+Enter')
  await page.getByLabel('What was done').fill('Restarted the switch.')
  await page.getByRole('button', { name: 'Mail to Cleo and resolve' }).click()
  await seesText(page, /resolved the ticket/)
  await sees(page.getByRole('article', { name: /^Public reply by Tess/ }))
  expect(bodyOf(await world.ada.get(`/tickets/${id}`)).status).toBe('resolved')
  await sees(page.getByRole('button', { name: 'Undo' }))
  await page.keyboard.press('z')
  await seesNot(page.getByRole('article', { name: /^Public reply by Tess/ }))
  await hasValue(page.getByLabel(replyName), 'It works again.')
  await seesText(page, /took back a reply, the change of the state,? and the summary/)
  await page.keyboard.press('Escape')
  await page.keyboard.press('e')
  await sees(page.getByRole('dialog').getByText('Your reply is not sent. It stays a draft.'))
  expect(bodyOf(await world.ada.get(`/tickets/${id}`)).status).toBe('in_progress')
  const mails = bodyOf(await world.ada.get(`/tickets/${id}/emails?limit=100`)).emails
  expect(
    mails.filter(
      ({ template, state }: { template: string; state: string }) => template.startsWith('comment') && state === 'sent',
    ),
  ).toEqual([])
})

story(
  'two at one ticket see each other, and what one says comes to the other without moving',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    for (let n = 1; n <= 12; n++) expectSuccess(await comment(world.cleo, id, `It is line ${n}.\n\nStill down.`))
    const tess = await open(world.tess, { path: `/tickets/${id}` })
    await sees(tess.getByText('It is line 12.'))
    const ada = await open(world.ada, { path: `/tickets/${id}` })
    await seesText(tess, 'Ada Admin is here')
    await ada.getByText('Internal note', { exact: true }).first().click()
    await ada.getByLabel(noteName).fill('I look at it, too.')
    await seesText(tess, 'Ada Admin is replying')
    const field = tess.getByLabel(replyName)
    await field.click()
    await tess.keyboard.type('I am typ')
    await tess.getByText('It is line 1.', { exact: false }).first().scrollIntoViewIfNeeded()
    await ada.getByRole('button', { name: /^(?:Internal note|Add internal note)/ }).click()
    await sees(tess.getByRole('button', { name: '1 new' }))
    await hasFocus(field)
    await tess.keyboard.type('ing on')
    await hasValue(field, 'I am typing on')
    await tess.getByRole('button', { name: '1 new' }).click()
    await sees(tess.getByRole('article', { name: /^Internal note by Ada/ }))
    await counts(tess.getByRole('button', { name: '1 new' }), 0)
  },
)

story('a refused mail says why on its message, and is sent again', async ({ world, open, smtp, desk }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  await desk.settled()
  smtp.behave({ [world.cleo.email]: '550' })
  expectSuccess(await comment(world.tess, id, 'Is it back?'))
  const page = await open(world.tess, { path: `/tickets/${id}` })
  await seesText(page, 'Refused for Cleo Customer:')
  await expectAccessible(page)
  smtp.behave({})
  await page.getByRole('button', { name: 'Resend to Cleo Customer' }).click()
  await seesNot(page.getByText('Refused for Cleo Customer:'))
  await reads(page.getByRole('article', { name: /^Public reply by Tess/ }), /Sent to Cleo Customer at/)
})

story('without a connection what was sent waits, and goes once', async ({ world, open, allow }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.tess, { path: `/tickets/${id}` })
  allow(page, /ERR_INTERNET_DISCONNECTED|Failed to fetch/)
  await sees(page.getByRole('button', { name: 'Mail to Cleo' }))
  await page.context().setOffline(true)
  await page.getByLabel(replyName).fill('Sent in a tunnel.')
  await page.getByRole('button', { name: 'Mail to Cleo' }).dblclick()
  await seesText(page, /Waits for the connection/)
  await hasValue(page.getByLabel(replyName), '')
  await seesText(page, 'Replies and notes wait, and go out once.')
  const foot = await page.getByRole('form', { name: 'Write' }).boundingBox()
  expect((foot?.y ?? 0) + (foot?.height ?? 0)).toBeLessThanOrEqual(800)
  const refused = page.getByText('The helpdesk cannot be reached.', { exact: false })
  // Out of the field, where single keys work.
  await page.getByText('Sent in a tunnel.').click()
  await page.keyboard.press('p')
  await page.getByRole('dialog').getByRole('option', { name: 'Urgent' }).click()
  await sees(refused)
  await page.keyboard.press('Escape')
  await page.context().setOffline(false)
  await seesNot(refused)
  await sees(page.getByRole('article', { name: /^Public reply by Tess/ }))
  await seesNot(page.getByText(/Waits for the connection/))
  const said = bodyOf(await world.cleo.get(`/tickets/${id}/comments`)).comments
  expect(said.map(({ body }: { body: string }) => body)).toEqual(['Sent in a tunnel.'])
  await hasValue(page.getByLabel(replyName), '')
})

story('a reply that arrived, and whose answer was lost, is one message', async ({ world, open, allow }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.tess, { path: `/tickets/${id}` })
  allow(page, /ERR_CONNECTION_RESET|Failed to fetch/)
  const keys: (string | undefined)[] = []
  await page.route(/\/comments$/, async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    keys.push(route.request().headers()['idempotency-key'])
    if (keys.length > 1) return route.continue()
    expect((await route.fetch()).status()).toBe(201)
    await route.abort('connectionreset')
  })
  await page.getByLabel(replyName).fill('Sent once.')
  await page.getByRole('button', { name: 'Mail to Cleo' }).click()
  await expect.poll(() => keys.length, { timeout: patienceMs }).toBe(2)
  await seesNot(page.getByText(/Waits for the connection/))
  await counts(page.getByRole('article', { name: /^Public reply by Tess/ }), 1)
  expect(keys[0]).toBe(keys[1])
  const said = bodyOf(await world.cleo.get(`/tickets/${id}/comments`)).comments
  expect(said.map(({ body }: { body: string }) => body)).toEqual(['Sent once.'])
})

story(
  'a ticket in Arabic is read from the right, and times are those of the reader’s zone',
  async ({ world, open }) => {
    const [subject, text] = ['الطابعة لا تعمل', 'الطابعة في الطابق الثاني لا تطبع، ورقمها HP-2.']
    const id = await createTicket(world.cleo, { subject, issue_description: text })
    const timezoneId = 'Pacific/Kiritimati'
    const page = await open(world.tess, { path: '/tickets?view=unassigned', timezoneId })
    const directionOf = (what: Locator) => what.evaluate((element) => getComputedStyle(element).direction)
    const row = page.getByRole('link', { name: new RegExp(subject) })
    await sees(row)
    expect([await directionOf(row), await directionOf(row.getByText(subject))]).toEqual(['ltr', 'rtl'])
    await reads(row.getByRole('time'), /^now$/)
    await row.click()
    const description = page.getByRole('article', { name: /^Description by Cleo/ })
    await sees(description)
    expect(await directionOf(description.getByText(text))).toBe('rtl')
    expect(await directionOf(page.getByRole('heading', { level: 1 }).getByText(subject))).toBe('rtl')
    const { raised_date } = bodyOf(await world.tess.get(`/tickets/${id}`))
    const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: timezoneId })
    const title = await description.getByRole('time').first().getAttribute('title')
    expect(title).toContain(format.format(new Date(raised_date)).replace(/^0/, ''))
    expect(title).toContain('GMT+14')
  },
)

story('who has not taken the ticket is asked to, and replies then', async ({ world, open }) => {
  const id = await createTicket(world.cleo, { issue_category: 'Network' })
  const page = await open(world.tess, { path: `/tickets/${id}` })
  await page.getByLabel(replyName).fill('On my way.')
  await page.getByRole('button', { name: 'Take it to reply' }).click()
  await page.getByRole('button', { name: 'Mail to Cleo' }).click()
  await sees(page.getByRole('article', { name: /^Public reply by Tess/ }))
  expect(bodyOf(await world.ada.get(`/tickets/${id}`))).toMatchObject({ technician_id: world.tess.id })
})
