import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { expireOrderTask } from '../../modules/catalogue/orders/expire-orders.service.ts'
import { createProduct, makeOverdue, orderProduct, statusOfOrder } from '../../testing/support/catalogue.ts'
import { bodyOf, expectSuccess } from '../../testing/support/requests.ts'
import { expectAccessible } from './accessible.ts'
import { story } from './browser.ts'
import { hasFocus, hasValue, isAt, patienceMs, reads, sees, seesNot, seesText } from './seeing.ts'

const rowOf = (page: Page, words: string | RegExp) => page.getByRole('row', { name: words })

story(
  'a customer finds a loan kit, reserves it, sees the time run, and cancels',
  async ({ world, desk, open }) => {
    const { ada, cleo, carl } = world
    const page = await open(cleo, { path: '/products' })
    await sees(page.getByRole('heading', { name: 'Nothing here yet' }))
    expect(await page.getByRole('button', { name: 'Add a product' }).count()).toBe(0)
    const kit = await createProduct(ada, { title: 'Loan kit <b>', units: 2 })
    await createProduct(ada, { title: 'Drawing software', kind: 'licence', category: 'Software', price: 23_900 })
    const gone = await createProduct(ada, { title: 'Old laptop', kind: 'one_off' })
    await orderProduct(carl, gone)
    // What is new stands there by itself.
    await sees(rowOf(page, /Old laptop/))
    await page.getByRole('checkbox', { name: 'Only what is free' }).check()
    await seesNot(rowOf(page, /Old laptop/))
    await page.getByRole('searchbox').fill('KIT <B>')
    await seesNot(rowOf(page, /Drawing/))
    await reads(rowOf(page, /Loan kit <b>/), /2 of 2/)
    await expectAccessible(page)
    await page.getByRole('searchbox').fill('nothing of the kind')
    await sees(page.getByRole('heading', { name: 'Nothing fits' }))
    await page.getByRole('searchbox').fill('kit')

    await page.getByRole('button', { name: /^Order .Loan kit <b>.$/ }).click()
    const dialog = page.getByRole('dialog', { name: /^Order .Loan kit <b>.\?$/ })
    await sees(dialog.getByText('A ticket is raised, by which somebody gives it out.'))
    await expectAccessible(page, { walk: false })
    await dialog.getByRole('button', { name: 'Order', exact: true }).click()
    await isAt(page, '/orders')
    const order = rowOf(page, /ORD0002/)
    await reads(order, /Reserved[\s\S]*1[0-4]:\d\d minutes left/)
    const first = await order.getByRole('time').last().innerText()
    await expect.poll(() => order.getByRole('time').last().innerText(), { timeout: patienceMs }).not.toBe(first)
    await expectAccessible(page)

    await page.getByRole('button', { name: /^Cancel .ORD0002/ }).click()
    await reads(order, /Cancelled/)
    expect(await statusOfOrder(cleo, 'ORD0002')).toBe('cancelled')
    await order.getByRole('link', { name: 'TKT0001' }).click()
    await seesText(page, 'Order ORD0002 was cancelled, and nothing is held for you any more')

    // Nobody completes the next one in time.
    const late = await orderProduct(cleo, kit)
    await page.goto('/orders?status=reserved')
    await sees(rowOf(page, new RegExp(late)))
    await makeOverdue(desk, world.tenantId, late)
    await expireOrderTask(desk.app, { tenant_id: world.tenantId, order_id: late })
    await reads(rowOf(page, new RegExp(late)), /Expired/)
    await page.goto('/orders?status=returned')
    await sees(page.getByRole('heading', { name: 'No order fits' }))
    await page.getByRole('link', { name: 'Show all' }).click()
    await sees(rowOf(page, new RegExp(late)))
  },
  180_000,
)

story(
  'the staff adds a product, orders it for a customer, completes it when it is paid, and takes a loan back',
  async ({ world, open }) => {
    const { ada, tess, tom, cleo } = world
    const page = await open(tess, { path: '/products' })
    await page.getByRole('button', { name: 'Add a product' }).first().click()
    const form = page.getByRole('dialog', { name: 'Add a product' })
    await form.getByRole('button', { name: 'Save' }).click()
    await hasFocus(form.getByLabel('Title'))
    await form.getByLabel('Title').fill('Camera set')
    await form.getByLabel('Category').fill('Hardware')
    await form.getByLabel('Price').fill('25,50')
    await form.getByLabel('Units').fill('1')
    await expectAccessible(page, { walk: false })
    await form.getByRole('button', { name: 'Save' }).click()
    await reads(rowOf(page, /Camera set/), /€25\.50[\s\S]*1 of 1/)

    await page.getByRole('button', { name: /^Order .Camera set.$/ }).click()
    const order = page.getByRole('dialog', { name: /^Order .Camera set.\?$/ })
    await order.getByRole('button', { name: 'Order', exact: true }).click()
    await sees(order.getByText('Say for whom it is.'))
    await order.getByRole('combobox', { name: 'Find a customer' }).fill('cleo')
    await order.getByRole('option', { name: /Cleo/ }).click()
    await sees(order.getByText(cleo.id))
    await expectAccessible(page, { walk: false })
    await order.getByRole('button', { name: 'Order', exact: true }).click()
    await isAt(page, '/orders')
    const row = rowOf(page, /ORD0001/)
    await reads(row, /Cleo Customer[\s\S]*Reserved/)
    await expectAccessible(page)

    await page.getByRole('button', { name: /^Complete .ORD0001.$/ }).click()
    const paid = page.getByRole('dialog', { name: /^Complete .ORD0001.\?$/ })
    await sees(paid.getByText('Complete it when €25.50 is paid.'))
    await paid.getByLabel('Reference of the payment').fill('pay_4711')
    await expectAccessible(page, { walk: false })
    await paid.getByRole('button', { name: 'Complete', exact: true }).click()
    await reads(row, /Complete[\s\S]*pay_4711/)
    // Somebody else takes it back, and this page says so.
    expectSuccess(await tom.post('/orders/ORD0001/return'))
    await reads(row, /Returned/)

    // Two change the product at once: what was typed stays, and what both changed is named.
    await page.goto('/products')
    await page.getByRole('button', { name: /^Change .PRD0001/ }).click()
    const change = page.getByRole('dialog', { name: /^Change .PRD0001/ })
    await change.getByLabel('Title').fill('Camera set with tripod')
    await change.getByLabel('Units').fill('3')
    expectSuccess(await ada.put('/products/PRD0001', { units: 2, price: 2_000 }))
    await change.getByRole('button', { name: 'Save' }).click()
    await sees(change.getByText(/^Somebody else has changed it meanwhile.*You both changed: Units\./))
    await hasValue(change.getByLabel('Title'), 'Camera set with tripod')
    await hasValue(change.getByLabel('Price'), '20.00')
    await hasValue(change.getByLabel('Units'), '3')
    await change.getByRole('button', { name: 'Save' }).click()
    await reads(rowOf(page, /Camera set with tripod/), /€20\.00[\s\S]*3 of 3/)
    expect(bodyOf(await ada.get('/products/PRD0001'))).toMatchObject({ price: 2_000, units: 3, version: 3 })
    await page.getByRole('link', { name: /^Orders of .PRD0001/ }).click()
    await sees(page.getByText(/^Only .PRD0001/))
    await sees(row)
  },
  180_000,
)

story(
  'an order has a page: what it is, what became of it, by whom, and what can be done now',
  async ({ world, desk, open }) => {
    const { ada, tess, cleo, carl } = world
    const kit = await createProduct(ada, { title: 'Loan kit', units: 2, category: 'Network' })
    const id = await orderProduct(cleo, kit)
    const page = await open(cleo, { path: '/orders' })
    await page.getByRole('link', { name: 'Loan kit' }).click()
    await isAt(page, `/orders/${id}`)
    await sees(page.getByRole('heading', { name: 'Loan kit' }))
    await seesText(page, /Cleo Customer. reserved it/)
    await reads(page.getByRole('main'), /Reserved[\s\S]*1[0-4]:\d\d minutes left[\s\S]*PRD0001[\s\S]*Free of charge/)
    await expectAccessible(page)
    // The ticket names the order, and leads back to it.
    await page.getByRole('link', { name: 'TKT0001' }).click()
    await page.getByRole('link', { name: id }).first().click()
    await isAt(page, `/orders/${id}`)
    await page.getByRole('button', { name: /^Complete .ORD0001/ }).click()
    await seesText(page, /Cleo Customer. completed it/)
    await seesNot(page.getByRole('button', { name: /^Cancel/ }))
    // The staff takes it back, and this page says so by itself.
    expectSuccess(await tess.post(`/orders/${id}/return`))
    await seesText(page, /Tess Technician. has it back/)

    // Nobody else reads it, and a number that is none says the same.
    const other = await open(carl, { path: `/orders/${id}` })
    await sees(other.getByRole('heading', { name: 'There is no such order' }))
    await expectAccessible(other)

    // Two act on it at once: the second is told, and sees how it is now.
    const paid = await createProduct(ada, { title: 'Drawing software', kind: 'licence', price: 23_900 })
    const licence = await orderProduct(cleo, paid)
    const staff = await open(tess, { path: `/orders/${licence}` })
    await reads(staff.getByRole('main'), /Cleo Customer[\s\S]*CUS0001/)
    await expectAccessible(staff)
    await staff.getByRole('button', { name: /^Complete .ORD0002/ }).click()
    const dialog = staff.getByRole('dialog')
    await dialog.getByLabel('Reference of the payment').fill('pay_4711')
    await dialog.getByRole('button', { name: 'Complete', exact: true }).click()
    await seesText(staff, /Tess Technician. completed it/)
    await reads(staff.getByRole('main'), /Complete[\s\S]*pay_4711/)

    const late = await orderProduct(cleo, kit)
    await staff.goto(`/orders/${late}`)
    await sees(staff.getByRole('button', { name: /^Cancel .ORD0003/ }))
    await makeOverdue(desk, world.tenantId, late)
    await expireOrderTask(desk.app, { tenant_id: world.tenantId, order_id: late })
    await seesText(staff, 'It was not completed in time, and has expired')
    // Long words break, so a phone shows all of them.
    const long = await createProduct(ada, { title: 'Verlängerungskabel'.repeat(9), category: 'Kabel'.repeat(9) })
    const phone = await open(cleo, { width: 360, path: `/orders/${await orderProduct(cleo, long)}` })
    await sees(phone.getByText(/^(Kabel){9}$/))
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    await staff.goto('/tickets/TKT0003')
    await staff.getByRole('link', { name: 'Open the order' }).first().click()
    await isAt(staff, `/orders/${late}`)
  },
  180_000,
)

story('where the desk lets everybody, a customer adds a product of their own', async ({ world, open }) => {
  const { ada, cleo } = world
  expectSuccess(await ada.patch('/settings', { products_by: 'everybody' }))
  const page = await open(cleo, { width: 360 })
  await page.evaluate(() => localStorage.setItem('counterdesk.preferences', '{"language":"de"}'))
  await page.reload()
  await page.getByRole('link', { name: 'Katalog' }).click()
  await page.getByRole('button', { name: 'Produkt anlegen' }).click()
  const form = page.getByRole('dialog', { name: 'Produkt anlegen' })
  await form.getByLabel('Titel').fill('Beamer')
  await form.getByLabel('Kategorie').fill('Technik')
  await form.getByLabel('Preis').fill('0')
  await form.getByRole('button', { name: 'Speichern' }).click()
  await reads(rowOf(page, /Beamer/), /Leihe[\s\S]*Kostenlos[\s\S]*1 von 1/)
  await sees(page.getByRole('button', { name: /PRD0001. ändern$/ }))
})
