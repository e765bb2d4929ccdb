import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createAssignedTicket, createTicket } from '../../testing/support/create-tickets.ts'
import { bodyOf, expectStatus } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasFocus, isAt, reads, sees, seesNot, seesText } from './seeing.ts'

const propertiesOf = (page: Page) => page.getByRole('complementary', { name: 'Properties' })
const dialogOf = (page: Page) => page.getByRole('dialog')

/** Chooses in the list that stands over the page. */
const pick = async (page: Page, words: string): Promise<void> => {
  const field = dialogOf(page).getByRole('combobox')
  await hasFocus(field)
  await field.fill(words)
  await sees(dialogOf(page).getByRole('option', { name: words, selected: true }))
  await page.keyboard.press('Enter')
  await seesNot(dialogOf(page))
}

story('a technician takes, works on, hands on and takes back a ticket by keys alone', async ({ world, open }) => {
  const id = await createTicket(world.cleo)
  const colleague = await world.technician('Nora', 'Network')
  const page = await open(world.tess, { path: `/tickets/${id}` })
  const properties = propertiesOf(page)
  await sees(properties.getByRole('button', { name: 'Take it' }))
  await expectAccessible(page)
  await page.keyboard.press('i')
  await seesText(page, 'You have the ticket.')
  await page.keyboard.press('s')
  await expect.poll(() => dialogOf(page).getByRole('option').allInnerTexts()).toHaveLength(2)
  await pick(page, 'In progress')
  await sees(properties.getByRole('button', { name: 'State: In progress. Change it.' }))
  await page.keyboard.press('p')
  await pick(page, 'Urgent')
  await sees(properties.getByRole('button', { name: 'Priority: Urgent. Change it.' }))
  await page.keyboard.press('t')
  await dialogOf(page).getByRole('combobox').fill('Leeds')
  await sees(dialogOf(page).getByRole('option', { name: 'New tag' }))
  await page.keyboard.press('Enter')
  await sees(properties.getByRole('link', { name: 'leeds' }))
  await page.keyboard.press('a')
  await pick(page, 'Nora')
  await seesText(page, 'Nora Technician has the ticket.')
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).last().click()
  await seesText(page, 'Taken back.')
  expect(bodyOf(await world.tess.get(`/tickets/${id}`))).toMatchObject({
    technician_id: world.tess.id,
    priority: 'urgent',
  })
  expect((await colleague.get(`/tickets/${id}`)).status).toBe(404)
})

story(
  'resolving asks for the summary at its field, and what is not possible is not offered',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    const page = await open(world.tess, { path: `/tickets/${id}` })
    const properties = propertiesOf(page)
    await sees(properties.getByRole('button', { name: 'State: In progress. Change it.' }))
    await sees(page.getByRole('main').getByRole('button', { name: 'Resolve' }))
    await page.keyboard.press('e')
    await dialogOf(page).getByRole('button', { name: 'Resolve' }).click()
    const summary = dialogOf(page).getByRole('textbox', { name: 'What was done' })
    await hasFocus(summary)
    await seesText(page, 'Say what was done. The customer reads it.')
    await summary.fill('Plugged the cable in.')
    await page.keyboard.press('Control+Enter')
    await sees(properties.getByRole('button', { name: 'State: Resolved. Change it.' }))
    await sees(properties.getByRole('button', { name: 'Reopen' }))
    expect(await properties.getByRole('button', { name: /^(?:Assigned|Give back)/ }).count()).toBe(0)
    await properties.getByRole('button', { name: 'Close', exact: true }).click()
    await dialogOf(page).getByRole('button', { name: 'Close', exact: true }).last().click()
    await seesNot(properties.getByRole('button', { name: /^State: / }))
    const other = await open(world.tom, { path: `/tickets/${id}` })
    await seesNot(propertiesOf(other).getByRole('button', { name: /^Priority/ }))
  },
)

story('two edits of different fields both stand, and of one field both values are shown', async ({ world, open }) => {
  const id = await createAssignedTicket(world)
  const page = await open(world.ada, { path: `/tickets/${id}` })
  const properties = propertiesOf(page)
  await properties.getByRole('button', { name: 'Correct subject and description' }).click()
  const subject = dialogOf(page).getByRole('textbox', { name: 'Subject' })
  await subject.fill('Mine: no network upstairs')
  expectStatus(await world.tess.put(`/tickets/${id}`, { priority: 'high' }), 200)
  await sees(properties.getByRole('button', { name: 'Priority: High. Change it.', includeHidden: true }))
  expect(await subject.inputValue()).toBe('Mine: no network upstairs')
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click()
  await seesText(page, 'Tess Technician changed something else meanwhile. Both stand.')

  await properties.getByRole('button', { name: 'Correct subject and description' }).click()
  await subject.fill('Mine again')
  const theirs = { subject: 'Theirs', issue_category: 'Printer' }
  expectStatus(await world.ada.put(`/tickets/${id}`, theirs), 200)
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click()
  const choice = page.getByRole('dialog', { name: /while you were editing/ })
  await sees(choice.getByRole('radio', { name: /^Mine again/ }))
  await sees(choice.getByRole('radio', { name: /^Theirs/ }))
  await reads(choice, /Nothing to choose:.*Category/s)
  await expectAccessible(page)
  await choice.getByRole('button', { name: 'Back to editing' }).click()
  await reads(page.getByRole('main'), /Theirs/)
  expect(await subject.inputValue()).toBe('Mine again')
  await dialogOf(page).getByRole('button', { name: 'Save', exact: true }).click()
  await choice.getByRole('button', { name: /^Save yours/ }).click()
  await seesNot(dialogOf(page))
  await expect
    .poll(async () => bodyOf(await world.ada.get(`/tickets/${id}`)))
    .toMatchObject({ subject: 'Mine again', issue_category: 'Printer', priority: 'high' })
})

story('after a conflict the choice goes on from the value that is there now', async ({ world, open }) => {
  const id = await createAssignedTicket(world)
  const page = await open(world.ada, { path: `/tickets/${id}` })
  const options = () => dialogOf(page).getByRole('option').allInnerTexts()
  await sees(propertiesOf(page).getByRole('button', { name: 'Priority: Normal. Change it.' }))
  await page.keyboard.press('p')
  await expect.poll(options).toEqual(['Urgent', 'High', 'Low'])
  expectStatus(await world.tess.put(`/tickets/${id}`, { priority: 'urgent' }), 200)
  await sees(propertiesOf(page).getByRole('button', { name: 'Priority: Urgent. Change it.', includeHidden: true }))
  await dialogOf(page).getByRole('option', { name: 'Low' }).click()
  const choice = page.getByRole('dialog', { name: /while you were editing/ })
  await choice.getByRole('button', { name: 'Back to editing' }).click()
  await expect.poll(options).toEqual(['High', 'Normal', 'Low'])
  await dialogOf(page).getByRole('option', { name: 'Normal' }).click()
  await seesNot(dialogOf(page))
  await sees(propertiesOf(page).getByRole('button', { name: 'Priority: Normal. Change it.' }))
})

story(
  'a technician adds watchers and takes one off, and the button says how many a reply goes to',
  async ({ world, open }) => {
    const id = await createAssignedTicket(world, 'in_progress')
    for (const name of ['Omar', 'Nora']) await world.technician(name, 'Network')
    const page = await open(world.tess, { path: `/tickets/${id}` })
    const properties = propertiesOf(page)
    await sees(page.getByRole('button', { name: 'Mail to Cleo', exact: true }))
    for (const name of ['Omar', 'Nora']) {
      await properties.getByRole('button', { name: 'Add a watcher' }).click()
      await pick(page, name)
      await sees(properties.getByRole('list', { name: 'Watchers' }).getByText(name))
    }
    await sees(page.getByRole('button', { name: 'Mail to Cleo + 2', exact: true }))
    await properties.getByRole('button', { name: /^Omar .*stops watching$/ }).click()
    await sees(page.getByRole('button', { name: 'Mail to Cleo + 1', exact: true }))
    await seesNot(properties.getByRole('list', { name: 'Watchers' }).getByText('Omar'))
    const { watchers } = bodyOf(await world.tess.get(`/tickets/${id}/watchers`))
    expect(watchers.map(({ name }: { name: string }) => name)).toEqual(['Nora Technician'])
  },
)

story('an admin links, merges with a look at both, and takes the merge back', async ({ world, open }) => {
  const [id, into] = [
    await createTicket(world.cleo, { subject: 'Twice' }),
    await createTicket(world.cleo, { subject: 'First' }),
  ]
  const page = await open(world.ada, { path: `/tickets/${id}` })
  const properties = propertiesOf(page)
  await properties.getByRole('button', { name: 'Add a link' }).click()
  await dialogOf(page).getByRole('radio', { name: 'a child' }).check()
  await dialogOf(page).getByRole('combobox').fill(into)
  await dialogOf(page).getByRole('option', { name: 'First' }).click()
  await reads(properties, new RegExp(`First\\s*child · ${into} · New`))
  await properties.getByRole('button', { name: `Remove the link to ${into}` }).click()
  await seesText(page, 'No links.')
  await page.keyboard.press('m')
  await dialogOf(page).getByRole('option', { name: 'First' }).click()
  await dialogOf(page)
    .getByRole('button', { name: `Merge into ${into}` })
    .click()
  await sees(properties.getByRole('button', { name: 'Undo the merge' }))
  await properties.getByRole('button', { name: 'Undo the merge' }).click()
  await seesNot(properties.getByRole('button', { name: 'Undo the merge' }))
  expect(bodyOf(await world.ada.get(`/tickets/${id}`)).merged_into).toBeNull()
})

story(
  'staff raise a ticket for a customer who called, and an admin deletes and restores it',
  async ({ world, open }) => {
    const page = await open(world.ada, { path: '/tickets/new' })
    await page.getByRole('button', { name: 'Raise the ticket' }).click()
    await seesText(page, 'Say for whom the ticket is.')
    await expectAccessible(page)
    await page.getByRole('combobox', { name: 'Name or number of the customer' }).fill('Cleo')
    await sees(page.getByRole('option', { name: 'Cleo', selected: true }))
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'What they need' }).fill('The lift is stuck.')
    await page.reload()
    await page.getByRole('combobox', { name: 'Category' }).selectOption('Network')
    await page.getByRole('button', { name: 'Raise the ticket for Cleo Customer' }).dblclick()
    await isAt(page, /^\/tickets\/TKT/)
    const { tickets } = bodyOf(await world.cleo.get('/tickets'))
    expect(tickets).toMatchObject([{ issue_description: 'The lift is stuck.', source: 'phone' }])
    await propertiesOf(page).getByRole('button', { name: 'Delete' }).click()
    await dialogOf(page)
      .getByRole('button', { name: /^Delete TKT/ })
      .click()
    await page.getByRole('button', { name: 'Restore' }).click()
    await sees(propertiesOf(page).getByRole('button', { name: /^State/ }))
  },
)
