import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasValue, sees, seesNot, seesText } from './seeing.ts'

const bodiesOf = (answer: { comments: { body: string }[] }): string[] => answer.comments.map(({ body }) => body)

/** Opens the field that changes the message of somebody. */
const edit = async (page: Page, message: ReturnType<Page['getByRole']>) => {
  await message.getByRole('button', { name: /^More about the message/ }).click()
  await page.getByRole('group', { name: /^More about/ }).getByRole('button', { name: 'Edit' }).click()
  return page.getByRole('textbox', { name: 'Text of the message' })
}

story('a long message that the page shows in part is edited whole', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const long = (n: number): string => `Log ${n}: ${'x'.repeat(9_900)} end of log ${n}`
  for (let n = 1; n <= 30; n++) expectSuccess(await comment(world.ada, id, long(n)))
  const page = await open(world.ada, { path: `/tickets/${id}` })
  const cut = page.getByRole('article').filter({ has: page.getByRole('button', { name: 'Show the whole text' }) })
  await sees(cut)
  const name = (await cut.first().innerText()).match(/Log (\d+):/)?.[1] ?? ''
  const field = await edit(page, cut.first())
  await hasValue(field, long(Number(name)))
  await field.press('Control+End')
  await page.keyboard.type(', and solved')
  await page.keyboard.press('Control+Enter')
  await seesText(page, new RegExp(`end of log ${name}, and solved`))
  const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments?limit=1&since=2000-01-01T00:00:00.000Z`))
  expect(bodiesOf({ comments })[0]).toContain('end of log')
  const all = bodyOf(await world.ada.get(`/tickets/${id}/history?limit=100&sort=-occurred_at`)).history
  expect(all[0]).toMatchObject({ type: 'comment.edited', changes: { body: { to: `${long(Number(name))}, and solved` } } })
})

story('two edit one message: the later one sees the other text before anything is lost', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const { comment_id } = expectSuccess(await comment(world.tess, id, 'Restart it.')).body
  const page = await open(world.tess, { path: `/tickets/${id}` })
  const field = await edit(page, page.getByRole('article', { name: /^Public reply by Tess/ }))
  await field.fill('Restart it twice.')
  expectSuccess(await world.ada.put(`/tickets/${id}/comments/${comment_id}`, { body: 'Do not restart it.' }))
  await seesText(page, 'Somebody else has changed this message meanwhile.')
  await sees(page.getByText('Do not restart it.'))
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Go on from theirs' }).click()
  await hasValue(field, 'Do not restart it.')
  await field.fill('Do not restart it yet.')
  await page.getByRole('button', { name: 'Save the change' }).click()
  await seesNot(field)
  await sees(page.getByText('Do not restart it yet.'))
  expect(bodiesOf(bodyOf(await world.cleo.get(`/tickets/${id}/comments`)))).toEqual(['Do not restart it yet.'])
})
