import { expect } from 'vitest'
import { assignTicket, createAssignedTicket, mergeTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasValue, isAt, sees, seesText } from './seeing.ts'

const text = 'It is the socket behind the door.'

story(
  'a draft of the staff goes on at another machine, and outlives that the ticket is given away',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.tess, { path: `/tickets/${id}` })
    const field = page.getByLabel(/^Reply, which/)
    await field.fill(text)
    await seesText(page, /Draft kept at/)
    const elsewhere = await open(world.tess, { path: `/tickets/${id}` })
    await hasValue(elsewhere.getByLabel(/^Reply, which/), text)
    await assignTicket(world.ada, id, world.tom)
    await seesText(page, 'You do not see this ticket any more.')
    await hasValue(field, text)
  },
)

story('a draft on a ticket that is merged meanwhile is shown, and taken along', async ({ world, open }) => {
  const [id, into] = [
    await createAssignedTicket(world, 'in_progress'),
    await createAssignedTicket(world, 'in_progress'),
  ]
  const page = await open(world.tess, { path: `/tickets/${id}` })
  await page.getByLabel(/^Reply, which/).fill(text)
  await mergeTicket(world.ada, id, into)
  await seesText(page, `This ticket is merged into ${into}`)
  await seesText(page, 'Your reply was not sent:')
  await seesText(page, text)
  await expectAccessible(page)
  await page.getByRole('button', { name: `Go on with it at ${into}` }).click()
  await isAt(page, `/tickets/${into}`)
  await hasValue(page.getByLabel(/^Reply, which/), text)
  await sees(page.getByRole('button', { name: /^Mail to Cleo/ }))
  await expect
    .poll(async () => bodyOf(await world.tess.get('/drafts')).drafts)
    .toMatchObject([{ ticket_id: into, kind: 'reply', body: text }])
})
