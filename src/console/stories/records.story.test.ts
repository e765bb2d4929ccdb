import { expect } from 'vitest'
import { createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, createApi, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { counts, isAt, reads, sees, seesNot, seesText } from './seeing.ts'

story('the audit says in words who did what, and leads to what it is about', async ({ world, open, desk }) => {
  const { ada, cleo, tess } = world
  const id = await createAssignedTicket(world)
  const note = { visibility: 'internal', body: 'The socket, I think.' }
  expectSuccess(await tess.post(`/tickets/${id}/comments`, note))
  const stranger = createApi(desk.url, { 'X-Tenant': world.slug })
  expect((await stranger.post('/users/signin', { email: cleo.email, password: 'not the password' })).status).toBe(401)
  const page = await open(ada, { path: '/audit' })
  const about = page.getByRole('row', { name: new RegExp(id) })
  await sees(about.filter({ hasText: 'internal note' }).filter({ hasText: 'Tess' }))
  await sees(about.filter({ hasText: 'status, technician' }).filter({ hasText: 'Ada' }))
  const failed = page.getByRole('row', { name: /Nobody signed in/ }).filter({ hasText: cleo.id })
  await reads(failed.first(), /Cleo/)
  await expectAccessible(page)
  await page.getByLabel('Who').fill('zzz')
  await sees(page.getByRole('heading', { name: 'No event by “zzz” fits these filters' }))
  await page.getByLabel('Who').fill(tess.id)
  await sees(about.filter({ hasText: 'internal note' }))
  await seesNot(failed)
  await page.getByRole('button', { name: 'Verify' }).click()
  await seesText(page, /^Verified: \d+\. All is as it was written\./)
  const { head_hash } = bodyOf(await ada.get('/audit/verify'))
  await sees(page.getByText(head_hash))
  await about.getByRole('link', { name: id }).first().click()
  await isAt(page, `/tickets/${id}`)
})

story('an admin finds the mails that were refused, and sends them again', async ({ world, open, smtp, desk }) => {
  const id = await createAssignedTicket(world, 'in_progress')
  await desk.settled()
  const tess = await open(world.tess)
  const ofTess = tess.getByRole('link', { name: 'Not sent, 1 ticket of yours has such a mail' })
  await sees(tess.getByText('Live', { exact: true }))
  smtp.behave({ [world.cleo.email]: '550' })
  expectSuccess(await world.tess.post(`/tickets/${id}/comments`, { visibility: 'public', body: 'Is it back?' }))
  await desk.settled()
  // Who works on the ticket sees it from outside, without doing anything.
  await sees(ofTess)
  await sees(tess.getByRole('main').getByRole('link', { name: /Mail failed/ }))
  await ofTess.click()
  await counts(tess.getByRole('main').getByRole('listitem'), 1)
  const page = await open(world.ada)
  await page.getByRole('link', { name: 'Not sent, 1 mail' }).click()
  await isAt(page, '/emails?state=failed')
  await page.goto('/emails')
  const row = page.getByRole('row', { name: new RegExp(world.cleo.email) }).filter({ hasText: 'Refused' })
  await sees(row)
  await expectAccessible(page)
  await page.getByLabel('Which mail').selectOption('Ticket received')
  await isAt(page, '/emails?mail=ticket_created_customer')
  await seesNot(row)
  await counts(page.getByRole('row', { name: /Ticket received/ }), 1)
  await page.getByLabel('Which mail').selectOption('All mails')
  await sees(row)
  smtp.behave({})
  await page
    .getByRole('button', { name: /^Resend/ })
    .first()
    .click()
  await seesText(page, /on (?:its|the) way again/)
  await desk.settled()
  // No event told of it; who looks at the page again sees it.
  for (const one of [tess, page]) await one.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  await seesNot(ofTess)
  await seesNot(page.getByRole('link', { name: 'Not sent, 1 mail' }))
  const { emails } = bodyOf(await world.ada.get('/emails?state=failed'))
  expect(emails).toEqual([])

  // One that is refused once more: it says so, and the button is there again.
  smtp.behave({ [world.cleo.email]: '550' })
  expectSuccess(await world.tess.post(`/tickets/${id}/comments`, { visibility: 'public', body: 'And now?' }))
  await desk.settled()
  await page.reload()
  const all = page.getByRole('button', { name: 'Resend all' })
  await all.click()
  await seesText(page, '1 was refused again.')
  await sees(all)
})
