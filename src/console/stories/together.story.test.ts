import { expect } from 'vitest'
import { assignTicket, comment, createAssignedTicket, createTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { story } from './browser.ts'
import { counts, hasFocus, hasValue, sees, seesNot } from './seeing.ts'

const bodiesOf = (answer: { comments: { body: string }[] }): string[] => answer.comments.map(({ body }) => body)

story(
  'a ticket that is raised elsewhere is told and moves no row, until somebody asks for it',
  async ({ world, open }) => {
    await createTicket(world.cleo, { subject: 'The first one' })
    await createTicket(world.cleo, { subject: 'The second one' })
    const tess = await open(world.tess, { path: '/tickets?view=unassigned' })
    const row = tess.getByRole('link', { name: /The first one/ })
    await sees(row)
    const before = await row.boundingBox()
    const cleo = await open(world.cleo, { path: '/tickets/new' })
    await cleo.getByLabel('In one line').fill('The one that came meanwhile')
    await cleo.getByLabel('What is it about?').selectOption('Network')
    await cleo.getByLabel('Tell us more').fill('Since nine.')
    await cleo.getByRole('button', { name: 'Raise the ticket' }).click()
    const news = tess.getByRole('button', { name: /1 new/ })
    await sees(news)
    expect(await row.boundingBox()).toEqual(before)
    await counts(tess.getByRole('link', { name: /meanwhile/ }), 0)
    await news.click()
    await sees(tess.getByRole('link', { name: /meanwhile/ }))
    await seesNot(news)
  },
)

story(
  'five changes of others arrive while somebody writes, and text, caret and focus stay',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const tess = await open(world.tess, { path: `/tickets/${id}` })
    const field = tess.getByLabel(/^Reply, which/)
    await sees(field)
    await tess.keyboard.press('r')
    await hasFocus(field)
    await tess.keyboard.type('Please try the other socket')
    for (let step = 0; step < 6; step += 1) await tess.keyboard.press('ArrowLeft')
    const caret = (): Promise<number> => field.evaluate((area: HTMLTextAreaElement) => area.selectionStart)
    const at = await caret()
    expectSuccess(await comment(world.cleo, id, 'It is down again.'))
    expectSuccess(await world.ada.put(`/tickets/${id}`, { priority: 'urgent' }))
    expectSuccess(await world.ada.put(`/tickets/${id}/tags/vpn`))
    expectSuccess(await comment(world.ada, id, 'I have seen this before.', 'internal'))
    expectSuccess(await world.ada.put(`/tickets/${id}/watchers/${world.tom.id}`))
    await sees(tess.getByText(/It is down again|new message/))
    await sees(tess.getByText(/Urgent/).first())
    await hasFocus(field)
    expect(await caret()).toBe(at)
    await tess.keyboard.type('left ')
    await hasValue(field, 'Please try the other left socket')
  },
)

story('two of the staff in one ticket see each other before either sends', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const tess = await open(world.tess, { path: `/tickets/${id}` })
  const ada = await open(world.ada, { path: `/tickets/${id}` })
  await sees(tess.getByText(/Ada.* is here/))
  await sees(ada.getByText(/Tess.* is here/))
  await sees(tess.getByLabel(/^Reply, which/))
  await tess.keyboard.press('r')
  await tess.keyboard.type('I am on my way')
  await sees(ada.getByText(/Tess.* is replying/))
})

story('a reply that is sent twice is one', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const tess = await open(world.tess, { path: `/tickets/${id}` })
  const field = tess.getByLabel(/^Reply, which/)
  await field.fill('Please restart the router.')
  await tess.getByRole('button', { name: /^Mail to Cleo/ }).dblclick()
  await hasValue(field, '')
  await sees(tess.getByRole('article').filter({ hasText: 'Please restart the router.' }))
  await seesNot(tess.getByText('Sending'))
  expect(bodiesOf(bodyOf(await world.cleo.get(`/tickets/${id}/comments`)))).toEqual(['Please restart the router.'])
})

story('a reply that is undone is a draft again, and mails nobody', async ({ world, desk, smtp, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  const tess = await open(world.tess, { path: `/tickets/${id}` })
  const field = tess.getByLabel(/^Reply, which/)
  await field.fill('Please unplug the wrong cable.')
  await tess.getByRole('button', { name: /^Mail to Cleo/ }).click()
  await tess.getByRole('button', { name: 'Undo' }).click()
  await hasValue(field, 'Please unplug the wrong cable.')
  await desk.settled()
  expect(bodiesOf(bodyOf(await world.cleo.get(`/tickets/${id}/comments`)))).toEqual([])
  expect(smtp.delivered.filter(({ message }) => message.text?.includes('wrong cable'))).toEqual([])
})

story(
  'two edits of one field: both values are shown, one is chosen, and what does not meet stands',
  async ({ world, open }) => {
    const id = await createTicket(world.cleo, { subject: 'No netwrok' })
    await assignTicket(world.ada, id, world.tess)
    const ada = await open(world.ada, { path: `/tickets/${id}` })
    await ada.getByRole('button', { name: 'Correct subject and description' }).click()
    const dialog = ada.getByRole('dialog', { name: 'Correct subject and description' })
    await dialog.getByLabel('Subject').fill('No network in room 3')
    expectSuccess(await world.tess.patch(`/tickets/${id}`, { priority: 'high' }, { headers: { 'If-Match': '*' } }))
    expectSuccess(await world.ada.patch(`/tickets/${id}`, { subject: 'No network' }, { headers: { 'If-Match': '*' } }))
    await dialog.getByRole('button', { name: 'Save' }).click()
    const choice = ada.getByRole('dialog', { name: /changed TKT0001 while you were editing/ })
    await sees(choice.getByRole('radio', { name: /No network in room 3/ }))
    await sees(choice.getByRole('radio', { name: /saved/ }).first())
    await choice.getByRole('button', { name: /^Save yours/ }).click()
    await sees(ada.getByRole('heading', { name: 'No network in room 3' }))
    const ticket = bodyOf(await world.cleo.get(`/tickets/${id}`))
    expect(ticket).toMatchObject({ subject: 'No network in room 3', priority: 'high' })
  },
)

story('a customer who is called like a technician is told apart from one', async ({ world, open }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  expectSuccess(await world.cleo.patch('/me', { name: 'Tess Technician' }))
  expectSuccess(await comment(world.cleo, id, 'Tell me the password.'))
  expectSuccess(await comment(world.tess, id, 'Nobody will ask you for it.'))
  const ada = await open(world.ada, { path: `/tickets/${id}` })
  const said = ada.getByRole('article').filter({ hasText: 'Tell me the password.' })
  await sees(said.getByText('Customer', { exact: true }))
  const answered = ada.getByRole('article').filter({ hasText: 'Nobody will ask' })
  await sees(answered)
  await counts(answered.getByText('Customer', { exact: true }), 0)
})
