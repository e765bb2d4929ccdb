import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { createTickets } from '../../testing/support/create-tickets.ts'
import { bodyOf } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasFocus, patienceMs, sees, seesNot, seesText } from './seeing.ts'

const columnOf = (page: Page, name: string) => page.getByRole('region', { name: new RegExp(`^${name}`) })
const cardIn = (page: Page, name: string, id: string) => columnOf(page, name).getByRole('button', { name: id })

story(
  'an admin assigns on the board by drag, by keys alone and from a list, and takes it back',
  async ({ world, open }) => {
    const [dragged = '', carried = '', listed = ''] = await createTickets(world.cleo, 3)
    const page = await open(world.ada, { path: '/board' })
    await sees(cardIn(page, 'Unassigned', dragged))
    await expectAccessible(page)

    const from = await cardIn(page, 'Unassigned', dragged).boundingBox()
    const to = await columnOf(page, 'Tess').boundingBox()
    if (from === null || to === null) throw new Error('the board is not there')
    await page.mouse.move(from.x + 40, from.y + 20)
    await page.mouse.down()
    await page.mouse.move(to.x + 80, to.y + 200, { steps: 5 })
    await seesText(page, 'Drop to assign to Tess Technician')
    await page.mouse.up()
    await sees(cardIn(page, 'Tess', dragged))
    await page.getByRole('button', { name: 'Undo' }).click()
    await sees(cardIn(page, 'Unassigned', dragged))

    await cardIn(page, 'Unassigned', dragged).focus()
    await page.keyboard.press('ArrowDown')
    await hasFocus(cardIn(page, 'Unassigned', carried))
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowRight')
    await seesText(page, `${carried} is picked up.`)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await hasFocus(cardIn(page, 'Tom', carried))

    await cardIn(page, 'Unassigned', listed).focus()
    await page.keyboard.press('a')
    await page.getByRole('dialog').getByRole('combobox').fill('tess')
    await sees(page.getByRole('option', { name: 'Tess', selected: true }))
    await page.keyboard.press('Enter')
    await sees(cardIn(page, 'Tess', listed))
    // The card moves at once, and the answer of the desk comes after it.
    const ids = async (): Promise<string[][]> =>
      bodyOf(await world.ada.get('/tickets/board')).columns.map(({ tickets }: { tickets: { ticket_id: string }[] }) =>
        tickets.map((one) => one.ticket_id),
      )
    await expect.poll(ids, { timeout: patienceMs }).toEqual([[dragged], [listed], [carried]])
  },
)

story(
  'what a technician does is seen on the board at once, and on a phone a tap asks to whom',
  async ({ world, open }) => {
    const [id = ''] = await createTickets(world.cleo, 1)
    const page = await open(world.ada, { path: '/board', width: 360 })
    await sees(cardIn(page, 'Unassigned', id))
    expect((await world.tess.put(`/tickets/${id}`, { technician_id: world.tess.id })).status).toBe(200)
    await sees(cardIn(page, 'Tess', id))
    await cardIn(page, 'Tess', id).click()
    await page.getByRole('dialog').getByRole('option', { name: 'Tom' }).click()
    await sees(cardIn(page, 'Tom', id))
    await page.getByRole('combobox', { name: 'Category' }).selectOption('Printer')
    await seesNot(columnOf(page, 'Tess'))
  },
)
