import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { counts, hasFocus, hasValue, sees, seesNot, seesText } from './seeing.ts'

const bodiesOf = (answer: { comments: { body: string }[] }): string[] => answer.comments.map(({ body }) => body)

/** Opens the field that changes the message of somebody. */
const edit = async (page: Page, message: Locator) => {
  await message.getByRole('button', { name: /^More about the message/ }).click()
  await page
    .getByRole('group', { name: /^More about/ })
    .getByRole('button', { name: 'Edit' })
    .click()
  return page.getByRole('textbox', { name: 'Text of the message' })
}

story('a long message that the page shows in part is edited whole', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const long = (n: number): string => `Log ${n}: ${'x'.repeat(9_900)} end of log ${n}`
  for (let n = 1; n <= 30; n++) expectSuccess(await comment(world.ada, id, long(n)))
  const page = await open(world.ada, { path: `/tickets/${id}` })
  const cut = page.getByRole('article').filter({ has: page.getByRole('button', { name: 'Show the whole text' }) })
  await sees(cut)
  const name = (await cut.first().textContent())?.match(/Log (\d+):/)?.[1] ?? 'none'
  const field = await edit(page, cut.first())
  await hasValue(field, long(Number(name)))
  await field.press('Control+End')
  await page.keyboard.type(', and solved')
  await page.keyboard.press('Control+Enter')
  await seesText(page, new RegExp(`end of log ${name}, and solved`))
  const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments?limit=1&since=2000-01-01T00:00:00.000Z`))
  expect(bodiesOf({ comments })[0]).toContain('end of log')
  const all = bodyOf(await world.ada.get(`/tickets/${id}/history?limit=100&sort=-occurred_at`)).history
  expect(all[0]).toMatchObject({
    type: 'comment.edited',
    changes: { body: { to: `${long(Number(name))}, and solved` } },
  })
})

story('two edit one message: the later one sees the other text before anything is lost', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const { comment_id } = expectSuccess(await comment(world.tess, id, 'Restart it.')).body
  const page = await open(world.tess, { path: `/tickets/${id}` })
  const message = page.getByRole('article', { name: /^Public reply by Tess/ })
  const field = await edit(page, message)
  await field.press('Escape')
  await hasFocus(message)
  await edit(page, message)
  await field.fill('Restart it twice.')
  await field.press('Escape')
  await hasValue(field, 'Restart it twice.')
  expectSuccess(await world.ada.put(`/tickets/${id}/comments/${comment_id}`, { body: 'Do not restart it.' }))
  await seesText(page, 'Somebody else has changed this message meanwhile.')
  await sees(page.getByText('Do not restart it.'))
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Continue with theirs' }).click()
  await hasValue(field, 'Do not restart it.')
  await field.fill('Do not restart it yet.')
  await page.getByRole('button', { name: 'Save the change' }).click()
  await seesNot(field)
  await sees(page.getByText('Do not restart it yet.'))
  await hasFocus(message)
  expect(bodiesOf(bodyOf(await world.cleo.get(`/tickets/${id}/comments`)))).toEqual(['Do not restart it yet.'])
})

/** Where a thing ends and begins on the page, from its top. */
const edgesOf = async (what: Locator) => {
  const box = await what.boundingBox()
  return { top: box?.y ?? Number.NaN, bottom: (box?.y ?? Number.NaN) + (box?.height ?? Number.NaN) }
}

story(
  'what is said covers nothing that was written, and an Undo goes when it can do nothing',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    for (let n = 1; n <= 8; n++) expectSuccess(await comment(world.cleo, id, `It is line ${n}.\n\nStill down.`))
    const page = await open(world.tess, { path: `/tickets/${id}` })
    const undo = page.getByRole('status').getByRole('button', { name: 'Undo' })
    await sees(page.getByText('It is line 8.'))
    await page.keyboard.press('n')
    await hasFocus(page.getByLabel(/^Internal note, which/))
    await page.keyboard.type('They have two of them.')
    await page.keyboard.press('Control+Enter')
    await sees(undo)
    const said = page.getByRole('article', { name: /^Internal note by Tess/ })
    await sees(said)
    const toast = page.getByRole('status').filter({ has: page.getByRole('button', { name: 'Undo' }) })
    await expect.poll(async () => (await edgesOf(said)).bottom <= (await edgesOf(toast)).top).toBe(true)
    expect((await edgesOf(toast)).bottom).toBeLessThanOrEqual(
      (await edgesOf(page.getByRole('form', { name: 'Write' }))).top,
    )
    await page.keyboard.press('w')
    await seesText(page, 'You watch the ticket.')
    await counts(undo, 1)
    // The key does what the note says, also on another screen.
    await page.keyboard.press('g')
    await page.keyboard.press('n')
    await sees(page.getByRole('heading', { level: 1, name: 'Notifications' }))
    await page.keyboard.press('z')
    await seesText(page, 'Taken back.')
    await counts(undo, 0)
    await page.goBack()
    await sees(page.getByRole('form', { name: 'Write' }))
    await page.keyboard.press('s')
    await page.getByRole('dialog').getByRole('option', { name: 'Waiting' }).click()
    await sees(undo)
    expectSuccess(await world.ada.put(`/tickets/${id}`, { priority: 'urgent' }))
    await seesNot(undo)
  },
)

story('a mention stands in the field by name, and goes by number, also after a reload', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const page = await open(world.tess, { path: `/tickets/${id}` })
  const field = page.getByLabel(/^Internal note, which/)
  await sees(page.getByRole('button', { name: 'Mail to Cleo' }))
  await page.keyboard.press('n')
  await hasFocus(field)
  await page.keyboard.type('Ask @to')
  await sees(page.getByRole('option', { name: /^Tom Technician/ }))
  await page.keyboard.press('Enter')
  await page.keyboard.type('first, @te')
  await hasValue(field, 'Ask @Tom Technician first, @te')
  await sees(page.getByRole('option', { name: /^Tess Technician/ }))
  await page.keyboard.press('Escape')
  await counts(page.getByRole('option'), 0)
  await page.keyboard.type('!')
  await page.keyboard.press('Home')
  await page.keyboard.type(`@${world.tom.id}, all: `)
  await hasValue(field, '@Tom Technician, all: Ask @Tom Technician first, @te!')
  await seesText(page, /Draft kept at/)
  await page.reload()
  await page.getByText('Internal note', { exact: true }).first().click()
  await hasValue(field, '@Tom Technician, all: Ask @Tom Technician first, @te!')
  await expectAccessible(page)
  await field.press('Control+Enter')
  await sees(page.getByRole('article', { name: /^Internal note by Tess/ }))
  const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments`))
  expect(bodiesOf({ comments })).toEqual([`@${world.tom.id}, all: Ask @${world.tom.id} first, @te!`])
  const watchers = bodyOf(await world.ada.get(`/tickets/${id}/watchers`)).watchers
  expect(watchers.map(({ account_id }: { account_id: string }) => account_id)).toEqual([world.tom.id])
})
