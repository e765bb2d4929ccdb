import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import {
  assignTicket,
  comment,
  createTicket,
  createTickets,
  createWorldWithTicket,
  mergeTicket,
} from '../../../testing/support/create-tickets.ts'
import { about, emails } from '../../../testing/support/mail-scene.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { startWorker } from '../../../worker.ts'
import type { Email } from './outgoing-mail.schemas.ts'

let smtp: MailServer
/** A desk whose mails are written and handed over when a test does that. */
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url }, withWorker: false })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

const handOver = async (world: World): Promise<void> => {
  const worker = startWorker(desk.app, desk.databaseUrl)
  const isDone = async () => (await emails(world.ada, 'state=queued')).length === 0
  await until('all mails are handed over', isDone).finally(() => worker.stop())
}
const mailTo = async (world: World, template: string): Promise<Email> => {
  const [mail, ...more] = (await emails(world.ada, '')).filter((each) => each.template === template)
  if (mail === undefined || more.length > 0) throw new Error(`${more.length} more mails than one of ${template}`)
  return mail
}
const textOf = async (world: World, { email_id }: Email): Promise<string> =>
  bodyOf(await world.ada.get(`/emails/${email_id}`)).text
const sentText = async (world: World, template: string): Promise<string> => {
  const mail = await mailTo(world, template)
  expect([mail.state, mail.last_error]).toEqual(['sent', null])
  const delivered = smtp.delivered.filter(({ message }) => message.messageId === mail.message_id)
  expect(delivered).toHaveLength(1)
  const text = (delivered[0]?.message.text ?? '').trimEnd()
  expect((await textOf(world, mail)).trimEnd()).toBe(text)
  return text
}
/** A label of a quote with a dash for its text. */
const dashUnder = (label: string): RegExp => new RegExp(`${label}[^\\n]*\\n[^\\p{L}\\p{N}]*–`, 'u')

test('a mail keeps facts and no text: each text exists once', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const id = await createTicket(cleo, { subject: 'Help', issue_description: 'No network since the storm.' })
  await assignTicket(ada, id, tess)
  for (const person of [ada, tess, cleo]) expectSuccess(await comment(person, 'TKT0001', 'It is the blue cable.'))
  expectSuccess(await comment(ada, 'TKT0001', 'They never look.', 'internal'))
  expectSuccess(await tess.put('/tickets/TKT0001', { status: 'in_progress' }))
  await writeMails(desk)
  const { rows } = await desk.owner.query('select parameters::text as text from emails where tenant_id = $1', [
    world.tenantId,
  ])
  expect(rows.length).toBeGreaterThan(8)
  for (const { text } of rows) {
    expect(text).not.toMatch(/blue cable|never look|since the storm/)
    expect(text.length).toBeLessThan(600)
  }
  await handOver(world)
  expect(about(smtp, 'TKT0001', cleo).filter(({ message }) => message.text?.includes('blue cable'))).toHaveLength(2)
})

test('a comment that is edited before its mail goes out is mailed as edited', async () => {
  const world = await createWorldWithTicket(desk)
  const said = bodyOf(await comment(world.tess, 'TKT0001', 'Is the cabel in?'))
  await writeMails(desk)
  expectSuccess(await world.tess.put(`/tickets/TKT0001/comments/${said.comment_id}`, { body: 'Is the cable in?' }))
  await handOver(world)
  const text = await sentText(world, 'comment_customer')
  expect(text).toContain('Is the cable in?')
  expect(text).not.toContain('cabel')
})

test('the mail of a comment that is deleted before is not sent, also on a merged ticket, and shows a dash', async () => {
  const world = await createWorldWithTicket(desk)
  const { ada, cleo } = world
  const other = await createTicket(cleo)
  await mergeTicket(ada, other, 'TKT0001')
  const said = bodyOf(await comment(ada, other, 'A secret by mistake.'))
  await writeMails(desk)
  const mail = await mailTo(world, 'comment_customer')
  expect(await textOf(world, mail)).toContain('A secret by mistake.')
  expectSuccess(await ada.delete(`/tickets/${other}/comments/${said.comment_id}`))
  const before = smtp.delivered.length
  await handOver(world)
  expect(smtp.delivered.slice(before).filter(({ message }) => message.messageId === mail.message_id)).toEqual([])
  const text = await textOf(world, mail)
  expect(text).not.toContain('secret')
  expect(text).toMatch(dashUnder('Comment'))
  expect(bodyOf(await ada.get(`/emails/${mail.email_id}`))).toMatchObject({
    state: 'cancelled',
    last_error: 'The comment has been deleted.',
    attempts: 0,
    sent_at: null,
    as_sent: null,
  })
})

test('of a ticket that is deleted before its mails go out nothing is mailed', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  await createTicket(cleo, { subject: 'Help', issue_description: 'A secret of the customer.' })
  expectSuccess(await comment(ada, 'TKT0001', 'A secret of the desk.'))
  await writeMails(desk)
  expect(await textOf(world, await mailTo(world, 'ticket_created_admin'))).toContain('A secret of the customer.')
  expectSuccess(await ada.delete('/tickets/TKT0001'))
  const before = smtp.delivered.length
  await handOver(world)
  const sent = smtp.delivered.slice(before).map(({ message }) => message.text)
  expect(sent.filter((text) => text?.includes('secret') || text?.includes('TKT0001'))).toEqual([])
  const mails = (await emails(ada, 'ticket_id=TKT0001')).map(({ template, state }) => `${template} ${state}`)
  expect(mails.sort()).toEqual(
    ['comment_customer cancelled', 'ticket_created_admin cancelled', 'ticket_created_customer cancelled'].sort(),
  )
})

test('of a merged ticket that is deleted with its target nothing is mailed either; once restored, what comes then is', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  const [merged = '', target = ''] = await createTickets(cleo, 2)
  expectSuccess(await comment(ada, merged, 'A secret of the merged ticket.'))
  await mergeTicket(ada, merged, target)
  await writeMails(desk)
  expectStatus(await ada.delete(`/tickets/${target}`), 204)
  const before = smtp.delivered.length
  await handOver(world)
  const textsSince = () => smtp.delivered.slice(before).map(({ message }) => String(message.text))
  expect(textsSince().filter((text) => text.includes(merged) || text.includes(target))).toEqual([])
  expectSuccess(await ada.post(`/tickets/${target}/restore`))
  expectSuccess(await comment(ada, target, 'Here again.'))
  await writeMails(desk)
  await handOver(world)
  const texts = textsSince().filter((text) => text.includes(target))
  expect([texts.length, texts[0]?.includes('Here again.'), texts.join().includes('secret')]).toEqual([1, true, false])
})

test('a mail goes to the address that its account has when it is handed over', async () => {
  const world = await createWorldWithTicket(desk)
  const { ada, cleo } = world
  expectSuccess(await comment(ada, 'TKT0001', 'Is it back?'))
  await writeMails(desk)
  const mail = await mailTo(world, 'comment_customer')
  const moved = `moved.${cleo.email}`
  await desk.owner.query('update accounts set email = $1, sign_in_name = $1, name = $2 where email = $3', [
    moved,
    'Cleo Moved',
    cleo.email,
  ])
  await handOver(world)
  const [taken] = smtp.delivered.filter(({ message }) => message.messageId === mail.message_id)
  expect(taken).toMatchObject({ recipient: moved, message: { to: [{ name: 'Cleo Moved', address: moved }] } })
  const shown = bodyOf(await ada.get(`/emails/${mail.email_id}`))
  expect(shown).toMatchObject({ recipient_email: moved, recipient_name: 'Cleo Moved', as_sent: true })
  expect(shown.text).toContain('Hello Cleo')
})

test('a mail says whether it still is what was sent', async () => {
  const world = await createWorldWithTicket(desk)
  const { ada, tess, cleo, nobody } = world
  const said = bodyOf(await comment(tess, 'TKT0001', 'Is the cabel in?'))
  expectSuccess(await nobody.post('/auth/password/forgot', { email: cleo.email }))
  await writeMails(desk)
  const mail = await mailTo(world, 'comment_customer')
  const reset = await mailTo(world, 'password_reset_requested')
  const asSent = async (emailId: string) => bodyOf(await ada.get(`/emails/${emailId}`)).as_sent
  expect(await asSent(mail.email_id)).toBe(null)
  await handOver(world)
  expect([await asSent(mail.email_id), await asSent(reset.email_id)]).toEqual([true, true])
  expectSuccess(await tess.put(`/tickets/TKT0001/comments/${said.comment_id}`, { body: 'Is the cable in?' }))
  expect(await asSent(mail.email_id)).toBe(false)
})

test('mails that version 0.1.0 queued with their texts go out as they are', async () => {
  const world = await createWorldWithTicket(desk)
  const said = bodyOf(await comment(world.tess, 'TKT0001', 'What is said now.'))
  await writeMails(desk)
  await exec(
    desk.app.pool,
    sql`update emails set parameters = parameters - 'comment_id' || jsonb_build_object('comment_body',
          'What was said then.', 'issue_description', 'What was described then.', 'resolution_summary', null)
        where tenant_id = ${world.tenantId}`,
  )
  expectSuccess(await world.tess.delete(`/tickets/TKT0001/comments/${said.comment_id}`))
  await handOver(world)
  expect(await sentText(world, 'comment_customer')).toContain('What was said then.')
  expect(await sentText(world, 'ticket_created_customer')).toContain('What was described then.')
})
