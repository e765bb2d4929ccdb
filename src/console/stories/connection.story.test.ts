import { expect } from 'vitest'
import { comment, createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasValue, sees, seesNot, seesText } from './seeing.ts'

const text = 'It is the socket behind the door.'

story(
  'without a connection the page says so, what is sent waits, goes out once, and the news is caught up',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    await sees(page.getByLabel('Write to Tess'))
    allow(page, /ERR_INTERNET_DISCONNECTED/)
    await page.context().setOffline(true)
    await seesText(page, /^No connection to the helpdesk/)
    await page.getByLabel('Write to Tess').fill(text)
    await page.getByRole('button', { name: 'Send to Tess' }).click()
    await seesText(page, 'Goes out as soon as the connection is back')
    await expectAccessible(page)
    expectSuccess(await comment(world.tess, id, 'I am coming down.'))
    await page.context().setOffline(false)
    await seesNot(page.getByText(/^No connection to the helpdesk/))
    await sees(page.getByRole('article', { name: /^Message by Cleo/ }).filter({ hasText: text }))
    await seesText(page, /I am coming down\.|new message/)
    await seesNot(page.getByText('Goes out as soon as the connection is back'))
    const { comments } = bodyOf(await world.ada.get(`/tickets/${id}/comments`))
    expect(comments.map(({ body }: { body: string }) => body).sort()).toEqual(['I am coming down.', text].sort())
  },
)

story(
  'after a deploy a part that is missing offers to load the page again, and what was typed is kept',
  async ({ world, open, allow }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.cleo, { path: `/tickets/${id}` })
    await page.getByLabel('Write to Tess').fill(text)
    await sees(page.getByText('Kept', { exact: true }))
    allow(page, /\/assets\/.* answered 404|Failed to fetch dynamically imported module/)
    await page.context().route(/\/assets\//, (route) => route.fulfill({ status: 404, body: '' }))
    await page.getByRole('link', { name: 'Raise a ticket' }).first().click()
    await seesText(page, 'This helpdesk has a new version')
    await expectAccessible(page)
    await page.context().unroute(/\/assets\//)
    await page.getByRole('button', { name: 'Load again' }).click()
    await seesNot(page.getByText('This helpdesk has a new version'))
    await page.goto(`/tickets/${id}`)
    await hasValue(page.getByLabel('Write to Tess'), text)
  },
)
