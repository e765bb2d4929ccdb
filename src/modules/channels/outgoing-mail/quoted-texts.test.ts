import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { fanOutOnce } from '../../../platform/events/fan-out.ts'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import {
  assignTicket,
  comment,
  createTicket,
  createWorldWithTicket,
  mergeTicket,
} from '../../../testing/support/create-tickets.ts'
import { about, emails } from '../../../testing/support/mail-scene.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { startWorker } from '../../../worker.ts'
import type { Email } from './outgoing-mail.schemas.ts'
import { mailFollower } from './outgoing-mail.service.ts'

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

const writeMails = async (): Promise<void> => {
  while ((await fanOutOnce(desk.app.pool, [mailFollower(desk.app)], 500)) > 0);
}
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
  await writeMails()
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
  await writeMails()
  expectSuccess(await world.tess.put(`/tickets/TKT0001/comments/${said.comment_id}`, { body: 'Is the cable in?' }))
  await handOver(world)
  const text = await sentText(world, 'comment_customer')
  expect(text).toContain('Is the cable in?')
  expect(text).not.toContain('cabel')
})

test('a comment that is deleted before its mail goes out shows as a dash, also on a merged ticket', async () => {
  const world = await createWorldWithTicket(desk)
  const { ada, cleo } = world
  const other = await createTicket(cleo)
  await mergeTicket(ada, other, 'TKT0001')
  const said = bodyOf(await comment(ada, other, 'A secret by mistake.'))
  await writeMails()
  expect(await textOf(world, await mailTo(world, 'comment_customer'))).toContain('A secret by mistake.')
  expectSuccess(await ada.delete(`/tickets/${other}/comments/${said.comment_id}`))
  await handOver(world)
  const text = await sentText(world, 'comment_customer')
  expect(text).not.toContain('secret')
  expect(text).toMatch(dashUnder('Comment'))
})

test('of a ticket that is deleted before its mails go out no text is mailed', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  await createTicket(cleo, { subject: 'Help', issue_description: 'A secret of the customer.' })
  expectSuccess(await comment(ada, 'TKT0001', 'A secret of the desk.'))
  await writeMails()
  expect(await textOf(world, await mailTo(world, 'ticket_created_admin'))).toContain('A secret of the customer.')
  expectSuccess(await ada.delete('/tickets/TKT0001'))
  await handOver(world)
  const described = [await sentText(world, 'ticket_created_admin'), await sentText(world, 'ticket_created_customer')]
  for (const text of described) {
    expect(text).not.toContain('secret')
    expect(text).toMatch(dashUnder('Description'))
  }
  expect(await sentText(world, 'comment_customer')).toMatch(dashUnder('Comment'))
})

test('mails that version 0.1.0 queued with their texts go out as they are', async () => {
  const world = await createWorldWithTicket(desk)
  const said = bodyOf(await comment(world.tess, 'TKT0001', 'What is said now.'))
  await writeMails()
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
