import { expect } from 'vitest'
import { createProduct, makeOverdue, orderProduct } from '../../../testing/support/catalogue.ts'
import { assignTicket } from '../../../testing/support/create-tickets.ts'
import { mailScenario } from '../../../testing/support/mail-scene.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { expireOrderTask } from './expire-orders.service.ts'

mailScenario('the end of an order is mailed as a public comment is, and shown in the history', async ({ scene }) => {
  const smtp = await scene.startMail()
  const { desk, world } = await scene.openWorld(smtp.url)
  const { ada, cleo, tess, tom, tenantId } = world
  const product = await createProduct(ada, { units: 2, category: 'Network' })
  const [cancelled, expired] = [await orderProduct(cleo, product), await orderProduct(cleo, product)]
  await assignTicket(ada, 'TKT0001', tess)
  expectSuccess(await ada.put(`/tickets/TKT0001/watchers/${tom.id}`))
  expectSuccess(await cleo.patch('/me', { language: 'de' }))
  await desk.settled()
  const before = smtp.delivered.length

  expectSuccess(await cleo.delete(`/orders/${cancelled}`))
  await makeOverdue(desk, tenantId, expired)
  await expireOrderTask(desk.app, { tenant_id: tenantId, order_id: expired })
  await desk.settled()
  const told = smtp.delivered.slice(before).map(({ recipient, message }) => {
    const [, ticket] = /\[(TKT\d+)\]/.exec(message.subject ?? '') ?? []
    return `${ticket} ${recipient}`
  })
  expect(told.toSorted()).toEqual(
    [
      // Cleo did it, and is told all the same, because the program tells it.
      `TKT0001 ${cleo.email}`,
      `TKT0001 ${tess.email}`,
      `TKT0001 ${tom.email}`,
      `TKT0002 ${cleo.email}`,
      // Nobody has the ticket.
      `TKT0002 ${ada.email}`,
    ].toSorted(),
  )
  const texts = smtp.delivered.slice(before).map(({ message }) => message.text?.replaceAll(/\s+/g, ' ') ?? '')
  expect(texts.filter((text) => text.includes(`Die Bestellung ${cancelled} wurde storniert`))).toHaveLength(1)
  expect(texts.filter((text) => text.includes(`Order ${cancelled} was cancelled`))).toHaveLength(2)
  expect(texts.filter((text) => text.includes(`Order ${expired} was not completed in time`))).toHaveLength(1)

  // The mail leads to the order, which names its ticket.
  const leading = (order: string) => texts.filter((text) => text.includes(`/orders/${order}`))
  expect([leading(cancelled).length, leading(expired).length]).toEqual([3, 2])

  const history = bodyOf(await cleo.get('/tickets/TKT0002/history')).history
  const entry = history.find(({ type }: { type: string }) => type === 'ticket.order_expired')
  expect(entry).toMatchObject({
    actor: null,
    details: { order_id: expired, product_id: product, title: 'Projector' },
  })
})
