import { afterAll, beforeAll, expect, test } from 'vitest'
import { comment, createAssignedTicket, createTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { emails } from '../../../testing/support/mail-scene.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
beforeAll(async () => {
  // Without a worker mails wait, because nobody hands them over.
  desk = await startDesk({ withWorker: false, settings: { SMTP_URL: 'smtp://127.0.0.1:9' } })
})
afterAll(() => desk?.stop())

test('when a ticket is moved, waiting mails to the former customer are cancelled, with those of what is merged into it', async () => {
  const { ada, cleo, carl } = await createWorld(desk)
  const [id, merged, other] = [await createTicket(cleo), await createTicket(cleo), await createTicket(cleo)]
  await mergeTicket(ada, merged, id)
  await writeMails(desk)
  expectSuccess(await ada.post(`/tickets/${id}/move`, { customer_id: carl.id }))
  await writeMails(desk)
  const toCleo = (await emails(ada, '')).filter(({ account_id, ticket_id }) => account_id === cleo.id && ticket_id)
  const states = new Map(toCleo.map(({ ticket_id, state }) => [ticket_id, state]))
  expect(states).toEqual(
    new Map([
      [other, 'queued'],
      [merged, 'cancelled'],
      [id, 'cancelled'],
    ]),
  )
  const cancelled = toCleo.find(({ ticket_id }) => ticket_id === id)
  expect(cancelled?.last_error).toBe('The recipient does not see the ticket any more.')
  await expectRefusal(ada.post(`/emails/${cancelled?.email_id}/resend`), 422, 'email_not_resendable')
})

test('when a ticket has come back to its customer meanwhile, the waiting mails to them stay', async () => {
  const { ada, cleo, carl } = await createWorld(desk)
  const id = await createTicket(cleo)
  await writeMails(desk)
  for (const person of [carl, cleo]) expectSuccess(await ada.post(`/tickets/${id}/move`, { customer_id: person.id }))
  await writeMails(desk)
  const toCleo = (await emails(ada, `ticket_id=${id}`)).filter(({ account_id }) => account_id === cleo.id)
  expect(new Set(toCleo.map(({ state }) => state))).toEqual(new Set(['queued']))
})

test('of what happened before the move, the new customer is not mailed, and of what follows they are', async () => {
  const world = await createWorld(desk)
  const { ada, carl, tess } = world
  const id = await createAssignedTicket(world, 'in_progress')
  expectSuccess(await comment(tess, id, 'Dear Cleo, which socket?'))
  expectSuccess(await ada.post(`/tickets/${id}/move`, { customer_id: carl.id }))
  expectSuccess(await comment(tess, id, 'Dear Carl, which socket?'))
  await writeMails(desk)
  const toCarl = (await emails(ada, `ticket_id=${id}`)).filter(({ account_id }) => account_id === carl.id)
  const comments = toCarl.filter(({ template }) => template === 'comment_customer')
  expect(comments).toHaveLength(1)
  expect(toCarl.filter(({ template }) => /created|assigned|in_progress/.test(template))).toEqual([])
  const shown = await ada.get(`/emails/${comments[0]?.email_id}`)
  expect(shown.body.text).toContain('Dear Carl')
  expect(shown.text).not.toContain('Cleo')
})
