import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { comment, createAssignedTicket } from '../../testing/support/create-tickets.ts'
import { createOperator } from '../../testing/support/operator-client.ts'
import { createWorld, type Person, type World } from '../../testing/support/people.ts'
import { bodyOf, createApi, expectRefusal, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasValue, isAt, sees, seesNot, seesText } from './seeing.ts'

// Each tenant has an address of its own, here `/t/<slug>` of one host, and one browser may be at several.

const signInAt = async (page: Page, { slug }: World, { email, password }: Person): Promise<void> => {
  await page.goto(`/t/${slug}/`)
  await isAt(page, new RegExp(`^/t/${slug}/signin`))
  await seesText(page, `to Desk ${slug}`)
  await page.getByRole('textbox', { name: 'E-mail or user ID' }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await isAt(page, new RegExp(`^/t/${slug}/(?!signin)`))
}

const account = (page: Page, name: string) => page.getByRole('link', { name: new RegExp(`Account of ${name}`) })

story('two tenants in one browser stay apart, each below its own address', async ({ world, desk, open }) => {
  const other = await createWorld(desk)
  const here = await open(null, { path: `/t/${world.slug}/signin` })
  // The address says which desk it is, so nobody is asked.
  await seesText(here, `to Desk ${world.slug}`)
  await seesNot(here.getByRole('button', { name: 'Another desk' }))
  await expectAccessible(here)
  await signInAt(here, world, world.cleo)
  await sees(account(here, 'Cleo'))

  const there = await here.context().newPage()
  await signInAt(there, other, other.carl)
  await sees(account(there, 'Carl'))
  await sees(account(here, 'Cleo'))
  const cookies = async (): Promise<string[]> => (await here.context().cookies()).map(({ name }) => name).sort()
  expect(await cookies()).toEqual([`counterdesk_${world.slug}`, `counterdesk_${other.slug}`].sort())
  // The token of one is refused below the address of the other.
  const cleoAt = ({ slug }: World) => createApi(`${desk.url}/t/${slug}`, world.cleo.headers).get('/me')
  expect(bodyOf(await cleoAt(world)).email).toBe(world.cleo.email)
  await expectRefusal(cleoAt(other), 401, 'invalid_token')

  await here.goto(`/t/${world.slug}/tickets/new`)
  await here.getByLabel('In one line').fill('Typed for one desk only')
  await here.reload()
  await hasValue(here.getByLabel('In one line'), 'Typed for one desk only')
  await there.goto(`/t/${other.slug}/tickets/new`)
  await hasValue(there.getByLabel('In one line'), '')

  await there.goto(`/t/${other.slug}/auth/signout`)
  await there.getByRole('button', { name: 'Sign out' }).click()
  await seesText(there, 'You are signed out')
  expect(await cookies()).toEqual([`counterdesk_${world.slug}`])
  await here.reload()
  await sees(account(here, 'Cleo'))
  await hasValue(here.getByLabel('In one line'), 'Typed for one desk only')
})

story('the link of a mail leads to its ticket below the address, and to its sign-in', async ({ world, smtp, open }) => {
  const id = await createAssignedTicket(world)
  await comment(world.tess, id, 'Is it plugged in?')
  const ticketPath = `/t/${world.slug}/tickets/${id}`
  const linkOf = async (): Promise<string> => {
    const mails = await smtp.mailsTo(world.cleo.email, 2)
    const links = mails.flatMap(({ message }) => message.text?.match(/https?:\/\/\S+/g) ?? [])
    return links.find((link) => link.endsWith(`/tickets/${id}`)) ?? ''
  }
  const link = await linkOf()
  expect(new URL(link).pathname).toBe(ticketPath)

  const page = await open(null, { path: `/t/${world.slug}/` })
  await page.goto(link)
  await isAt(page, new RegExp(`^/t/${world.slug}/signin\\?next=`))
  await page.getByRole('textbox', { name: 'E-mail or user ID' }).fill(world.cleo.email)
  await page.getByLabel('Password', { exact: true }).fill(world.cleo.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await isAt(page, ticketPath)
  await seesText(page, 'Is it plugged in?')

  const field = page.getByLabel('Write to Tess')
  await field.fill('It is.')
  const log = { name: 'router.log', mimeType: 'text/plain', buffer: Buffer.from('link down\n') }
  await page.locator('input[type=file]').first().setInputFiles(log)
  await page.getByRole('button', { name: 'Send to Tess' }).click()
  await sees(page.getByRole('article', { name: /^Message by Cleo/ }).filter({ hasText: 'It is.' }))
  await sees(page.getByRole('button', { name: 'Download router.log' }))
  expect(bodyOf(await world.ada.get(`/tickets/${id}/comments`)).comments).toHaveLength(2)
  // What the other side says comes by the stream, which is asked for below the address, too.
  await comment(world.tess, id, 'Then I come over.')
  await page.getByRole('button', { name: 'One new message: show it' }).click()
  await seesText(page, 'Then I come over.')
})

story(
  'an open page of an organisation that is suspended says so, and goes on with it',
  async ({ world, open, desk, allow }) => {
    const page = await open(null, { path: `/t/${world.slug}/signin` })
    await signInAt(page, world, world.tess)
    await sees(page.getByText('Live', { exact: true }))
    allow(page, /403/)
    expectSuccess(await createOperator(desk).post(`/tenants/${world.slug}/suspend`))
    await seesText(page, /^This helpdesk is suspended at the moment/)
    await seesNot(page.getByText('Connecting', { exact: true }))
    expectSuccess(await createOperator(desk).post(`/tenants/${world.slug}/resume`))
    // It asks at once when the browser is online again, so the story does not wait a minute.
    await page.evaluate(`dispatchEvent(new Event('online'))`)
    await sees(page.getByText('Live', { exact: true }))
    await seesNot(page.getByText(/^This helpdesk is suspended/))
  },
)
