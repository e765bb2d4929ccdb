import { afterAll, beforeAll, expect, test } from 'vitest'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  createWorldWithTicket,
  mergeTicket,
} from '../../../testing/support/create-tickets.ts'
import { about, emails, mailsOf, untilOne } from '../../../testing/support/mail-scene.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { forgetPassword, resetPassword } from '../../../testing/support/sign-in-requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { Ticket } from '../../desk/tickets/tickets.schemas.ts'
import type { TicketEmail } from './outgoing-mail.schemas.ts'

let smtp: MailServer
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url, MAIL_RETRY_SECONDS: '3600' } })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const mailsSeenBy = async (person: Person, ticketId: string): Promise<TicketEmail[]> =>
  expectSuccess(await person.get(`/tickets/${ticketId}/emails?limit=100`)).body.emails

test('the staff see what became of the mails of a ticket, without addresses; customers see those to themselves', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo, carl } = world
  const id = await createTicket(cleo)
  await assignTicket(ada, id, tess)
  await desk.settled()
  smtp.behave({ [cleo.email]: '550' })
  const asked = expectSuccess(await comment(tess, id, 'Is it back?')).body
  expectSuccess(await comment(ada, id, 'A word among us.', 'internal'))
  await untilOne('failed', ada, id, cleo)
  await desk.settled()
  smtp.behave({})

  const seen = await mailsSeenBy(tess, id)
  expect(seen.map(({ template, recipient_name, state }) => `${template} ${recipient_name} ${state}`).sort()).toEqual(
    [
      `comment_customer Cleo Customer failed`,
      `comment_internal Tess Technician sent`,
      `ticket_assigned_customer Cleo Customer sent`,
      `ticket_assigned_technician Tess Technician sent`,
      `ticket_created_admin Ada Admin sent`,
      `ticket_created_customer Cleo Customer sent`,
    ].sort(),
  )
  const failed = seen.find(({ state }) => state === 'failed')
  expect(failed?.reason).toContain('550')
  expect(JSON.stringify(seen)).not.toContain('@')
  expect(failed?.comment_id).toBe(asked.comment_id)
  expect(seen.filter(({ comment_id: of }) => of === null).map(({ template }) => template.slice(0, 7))).toEqual(
    Array(4).fill('ticket_'),
  )
  expect(Object.keys(failed ?? {}).sort()).toEqual(
    ['comment_id', 'created_at', 'email_id', 'reason', 'recipient_name', 'sent_at', 'state', 'template'].sort(),
  )
  expect(await mailsSeenBy(ada, id)).toEqual(seen)
  const own = await mailsSeenBy(cleo, id)
  expect(own).toEqual(
    seen.filter(({ recipient_name }) => recipient_name === 'Cleo Customer').map((mail) => ({ ...mail, reason: null })),
  )
  expect(own).toHaveLength(3)
  await expectRefusal(carl.get(`/tickets/${id}/emails`), 404, 'ticket_not_found')

  const first = bodyOf(await tess.get(`/tickets/${id}/emails?limit=4`))
  const second = bodyOf(await tess.get(`/tickets/${id}/emails?limit=4&cursor=${first.page.next_cursor}`))
  expect([...first.emails, ...second.emails]).toEqual(seen)
  const newest = bodyOf(await tess.get(`/tickets/${id}/emails?limit=4&sort=-created_at`))
  const older = bodyOf(
    await tess.get(`/tickets/${id}/emails?limit=4&sort=-created_at&cursor=${newest.page.next_cursor}`),
  )
  expect([...newest.emails, ...older.emails].reverse()).toEqual(seen)
  await expectRefusal(tess.get(`/tickets/${id}/emails?cursor=${newest.page.next_cursor}`), 400, 'invalid_cursor')
})

test('a mail that failed is sent again by an admin, or by a technician who sees its ticket', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo, nobody } = world
  const id = await createAssignedTicket(world)
  await desk.settled()
  smtp.behave({ [cleo.email]: '550' })
  expectSuccess(await comment(tess, id, 'Is it bakc?'))
  await untilOne('failed', ada, id, cleo)
  smtp.behave({})
  const [mail] = (await mailsSeenBy(tess, id)).filter(({ state }) => state === 'failed')
  const next = await createTicket(cleo)
  const withFailedMail = async (person: Person): Promise<string[]> =>
    expectSuccess(await person.get('/tickets?has=failed_mail')).body.tickets.map((ticket: Ticket) => ticket.ticket_id)
  expect([await withFailedMail(tess), await withFailedMail(ada)]).toEqual([[id], [id]])
  // Merged into another ticket, the ticket has that one found.
  await mergeTicket(ada, id, next)
  expect([await withFailedMail(tess), await withFailedMail(ada)]).toEqual([[next], [next]])
  expectSuccess(await ada.post(`/tickets/${id}/unmerge`))
  await expectRefusal(cleo.get('/tickets?has=failed_mail'), 400, 'validation_failed')
  await expectRefusal(ada.get('/tickets?has=mail'), 400, 'validation_failed')
  const resend = (person: Person, emailId: string | undefined) => person.post(`/emails/${emailId}/resend`)
  const other = await world.technician('Tilda', 'Printer')
  await expectRefusal(resend(other, mail?.email_id), 404, 'email_not_found')
  await expectRefusal(resend(cleo, mail?.email_id), 403, 'forbidden')
  expectSuccess(await nobody.post('/auth/password/forgot', { email: cleo.email }))
  await desk.settled()
  const reset = (await emails(ada, '')).find(({ template }) => template === 'password_reset_requested')
  await expectRefusal(resend(tess, reset?.email_id), 404, 'email_not_found')

  const [said] = bodyOf(await tess.get(`/tickets/${id}/comments`)).comments
  expectSuccess(await tess.put(`/tickets/${id}/comments/${said.comment_id}`, { body: 'Is it back?' }))
  expect(expectSuccess(await resend(tess, mail?.email_id)).body).toEqual({ ...mail, state: 'queued', reason: null })
  await until('it is sent', async () => {
    const [again] = (await mailsSeenBy(tess, id)).filter(({ email_id }) => email_id === mail?.email_id)
    return again?.state === 'sent' && again.reason === null && again.sent_at !== null
  })
  expect(await withFailedMail(tess)).toEqual([])
  expect(about(smtp, id, cleo).at(-1)?.message.text).toContain('Is it back?')
  const events = (await recordedEvents(desk, world)).filter(({ type }) => type === 'email.resent')
  expect(events).toMatchObject([
    { subject_id: cleo.id, actor_id: tess.id, details: { email_id: mail?.email_id, ticket_id: id } },
  ])
})

test('a mail that was put off is due at once when it is sent again, and counts its days anew', async () => {
  const world = await createWorldWithTicket(desk)
  const { ada, cleo } = world
  await desk.settled()
  smtp.behave({ [cleo.email]: '451' })
  expectSuccess(await comment(ada, 'TKT0001', 'Is it back?'))
  await untilOne('deferred', ada, 'TKT0001', cleo)
  await desk.owner.query(
    "update emails set created_at = now() - interval '5 days' where recipient_email = $1 and state = 'deferred'",
    [cleo.email],
  )
  const [mail] = await emails(ada, 'state=deferred&ticket_id=TKT0001')
  expectSuccess(await ada.post(`/emails/${mail?.email_id}/resend`))
  await until('it was tried again', async () => {
    const [again] = await emails(ada, 'state=deferred&ticket_id=TKT0001')
    return again?.attempts === 2
  })
  smtp.behave({})
  // Not twice within a minute.
  await expectRefusal(ada.post(`/emails/${mail?.email_id}/resend`), 422, 'email_not_resendable')
  await desk.owner.query("update emails set resent_at = now() - interval '61 seconds' where resent_at is not null")
  expectSuccess(await ada.post(`/emails/${mail?.email_id}/resend`))
  await untilOne('sent', ada, 'TKT0001', cleo)
})

test('a mail of a ticket that its technician lost is not sent, and says nothing new', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom } = world
  const id = await createAssignedTicket(world)
  await desk.settled()
  smtp.behave({ [tess.email]: '451' })
  const said = bodyOf(await comment(ada, id, 'A word among us.', 'internal'))
  await untilOne('deferred', ada, id, tess)
  await assignTicket(ada, id, tom)
  expectSuccess(await ada.put(`/tickets/${id}/comments/${said.comment_id}`, { body: 'SECRET-4711' }))
  smtp.behave({})
  const mail = (await emails(ada, `ticket_id=${id}`)).find(({ template }) => template === 'comment_internal')
  await expectRefusal(ada.post(`/emails/${mail?.email_id}/resend`), 422, 'email_not_resendable')
  await desk.owner.query("update emails set due_at = now() where state = 'deferred'")
  await untilOne('cancelled', ada, id, tess)
  expect(about(smtp, id, tess).filter(({ message }) => message.text?.includes('SECRET'))).toEqual([])
  // The mail that says so has reached Tess.
  await until('Tess is told', async () => {
    const told = (await emails(ada, `ticket_id=${id}`)).find(
      ({ template }) => template === 'ticket_reassigned_technician',
    )
    return told?.state === 'sent'
  })
})

test('a mail whose comment, ticket or recipient is gone is not sent again', async () => {
  const world: World = await createWorldWithTicket(desk)
  const { ada, cleo } = world
  const said = bodyOf(await comment(ada, 'TKT0001', 'Is it back?'))
  await desk.settled()
  const isConfirmation = ({ template }: TicketEmail): boolean => template === 'ticket_created_customer'
  const confirmation = (await mailsSeenBy(cleo, 'TKT0001')).find(isConfirmation)?.email_id
  const mail = (await emails(ada, 'ticket_id=TKT0001')).find(({ template }) => template === 'comment_customer')
  const again = (emailId: string | undefined) => ada.post(`/emails/${emailId}/resend`)
  // What the mail server has taken is not sent again, either.
  await expectRefusal(again(confirmation), 422, 'email_not_resendable')
  await desk.owner.query("update emails set state = 'failed', sent_at = null where state = 'sent'")
  expectSuccess(await ada.delete(`/tickets/TKT0001/comments/${said.comment_id}`))
  await expectRefusal(again(mail?.email_id), 422, 'email_not_resendable')
  expectSuccess(await again(confirmation))
  await desk.settled()
  await desk.owner.query("update emails set state = 'failed', sent_at = null, resent_at = null where state = 'sent'")
  expectSuccess(await ada.delete(`/customers/${cleo.id}`))
  await expectRefusal(again(confirmation), 422, 'email_not_resendable')
  const { email_id: toAda } = (await mailsOf(ada, 'TKT0001'))(ada)
  expectSuccess(await ada.delete('/tickets/TKT0001'))
  await expectRefusal(again(toAda), 422, 'email_not_resendable')
  await expectRefusal(again('00000000-0000-4000-8000-000000000000'), 404, 'email_not_found')
})

test('a mail whose link has been used is not sent again', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  const token = await forgetPassword(desk, world, cleo)
  await desk.settled()
  await desk.owner.query("update emails set state = 'failed', sent_at = null where recipient_email = $1", [cleo.email])
  const mail = (await emails(ada, '')).find(({ template }) => template === 'password_reset_requested')
  expectSuccess(await resetPassword(world, token))
  await expectRefusal(ada.post(`/emails/${mail?.email_id}/resend`), 422, 'email_not_resendable')
})
