import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { exec, one, sql } from '../../../platform/db/sql.ts'
import type { Mailer } from '../../../platform/mail/transport.ts'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createAssignedTicket, moveTicket } from '../../../testing/support/create-tickets.ts'
import { emails } from '../../../testing/support/mail-scene.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { startWorker } from '../../../worker.ts'
import { findMail, type StoredMail } from './outgoing-mail.queries.ts'
import type { Email } from './outgoing-mail.schemas.ts'
import { getMailWithSecrets } from './outgoing-mail.service.ts'
import { createSender } from './send-mail.service.ts'

let smtp: MailServer
/** A desk whose mails nobody hands over until a test does. */
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url }, withWorker: false })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

/** Runs the worker until `isDone`. */
const work = async (isDone: () => Promise<boolean>): Promise<void> => {
  const worker = startWorker(desk.app, desk.databaseUrl)
  await until('the worker is done', isDone).finally(() => worker.stop())
}
const workUntilSettled = (): Promise<void> =>
  work(() =>
    desk.settled().then(
      () => true,
      () => false,
    ),
  )

const Added = z.object({ email_id: z.uuid() })
/** Queues a mail to Cleo, with its job, as some version of the program may have written it. */
const queueMail = async (
  { app }: Desk,
  { tenantId, cleo }: World,
  template: string,
  parameters: unknown,
): Promise<string> => {
  const { email_id } = await one(
    app.pool,
    Added,
    sql`insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
          recipient_email, message_id, state)
        select e.tenant_id, gen_random_uuid(), e.event_id, a.account_id, ${template}, ${JSON.stringify(parameters)}::jsonb,
          a.name, a.email, '<' || gen_random_uuid() || '@desk>', 'queued'
        from accounts a
        cross join lateral (
          select e.tenant_id, e.event_id from events e
          where e.tenant_id = a.tenant_id and not exists (
            select from emails m where m.tenant_id = e.tenant_id and m.event_id = e.event_id and m.template = ${template})
          order by e.event_id limit 1) e
        where a.tenant_id = ${tenantId} and a.account_id = ${cleo.id}
        returning email_id`,
  )
  await exec(
    app.pool,
    sql`select graphile_worker.add_job('send_email',
          json_build_object('tenant_id', ${tenantId}::integer, 'email_id', ${email_id}::text),
          job_key => 'email ' || ${email_id})`,
  )
  return email_id
}

/** Reads as the admin without looking at the API document, which does not know templates of a later version. */
const readLater = async ({ ada }: World, path: string): Promise<Pick<Reply, 'status' | 'body'>> => {
  const response = await fetch(`${desk.url}/api${path}`, { headers: ada.headers })
  return { status: response.status, body: await response.json() }
}

const closed = {
  ticket_id: 'TKT0001',
  ticket_subject: 'No network',
  issue_category: 'Network',
  priority: 'high',
  status: 'closed',
  customer_name: 'Cleo Customer',
  technician_name: null,
  actor_name: null,
}

test('mails that cannot be written fail at once, say why, can be shown, and hold up no mail to their address', async () => {
  const world = await createWorld(desk)
  const { cleo, nobody, tenantId } = world
  await workUntilSettled()
  const sent = smtp.delivered.length
  const { priority: _, ...incomplete } = closed
  const broken = [
    [await queueMail(desk, world, 'ticket_closed', {}), 'ticket_id'],
    [await queueMail(desk, world, 'ticket_closed', []), 'ticket_id'],
    [await queueMail(desk, world, 'ticket_closed', 'not even an object'), 'ticket_id'],
    [await queueMail(desk, world, 'ticket_closed', incomplete), 'priority'],
    [await queueMail(desk, world, 'comment_customer', { ...closed, comment_id: 'no id', actor_name: 7 }), 'actor_name'],
    [await queueMail(desk, world, 'from_the_future', closed), 'from_the_future'],
  ] as const
  for (const [emailId] of broken) expect((await readLater(world, `/emails/${emailId}`)).status).toBe(200)
  expectSuccess(await nobody.post('/auth/password/forgot', { email: cleo.email }))
  await workUntilSettled()

  expect(smtp.delivered.slice(sent).map(({ message }) => message.subject)).toEqual([
    expect.stringContaining('Reset your password'),
  ])
  for (const [emailId, reason] of broken) {
    const mail = await readLater(world, `/emails/${emailId}`)
    expect(mail.status).toBe(200)
    expect(mail.body).toMatchObject({ state: 'failed', attempts: 0, sent_at: null })
    expect(mail.body.last_error).toMatch(/^The mail cannot be written: /)
    expect(mail.body.last_error).toContain(reason)
    expect(mail.body.last_error.length).toBeLessThanOrEqual(500)
    for (const part of [mail.body.text, mail.body.html]) expect(part).toContain(mail.body.template)
    expect(mail.body.text).toContain('This mail cannot be shown here')
    expect((await getMailWithSecrets(desk.app, tenantId, emailId)).text).toBe(mail.body.text)
  }
  const failed: { email_id: string }[] = (await readLater(world, '/emails?state=failed')).body.emails
  expect(failed.map(({ email_id }) => email_id).sort()).toEqual(broken.map(([emailId]) => emailId).sort())
  const jobs = sql`select count(*) as count from graphile_worker.jobs j where j.key like 'email %'`
  expect(await one(desk.app.pool, z.object({ count: z.int() }), jobs)).toEqual({ count: 0 })
})

test('an address is free again after its mail threw in the mailer, as often as that happens', async () => {
  const world = await createWorld(desk)
  await workUntilSettled()
  const delivered: string[] = []
  const faults = [
    () => {
      throw new Error('the mailer threw')
    },
    () => Promise.reject(new Error('the mailer refused')),
  ]
  let calls = 0
  const mailer: Mailer = {
    send(message) {
      const fault = faults[calls % 2]
      calls += 1
      if (calls <= 6) return fault?.() as never
      delivered.push(message.messageId)
      return Promise.resolve({ outcome: 'sent' })
    },
    close() {},
  }
  const emailId = await queueMail(desk, world, 'ticket_closed', closed)
  const sender = createSender(desk.app, mailer)
  const send = async () => sender.send((await findMail(desk.app.pool, world.tenantId, emailId)) as StoredMail)
  for (let n = 0; n < 6; n += 1) {
    expect(await send()).toMatchObject({ state: 'deferred', error: expect.stringContaining('the mailer') })
  }
  expect(await send()).toMatchObject({ state: 'sent', error: null })
  expect(delivered).toHaveLength(1)
})

test('the mail of a resolution says how the ticket was resolved, whatever happens before it is written', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const id = await createAssignedTicket(world, 'in_progress')
  expectSuccess(await tess.put(`/tickets/${id}`, { resolution_summary: 'Plugged it in.' }))
  await moveTicket(tess, id, 'resolved')
  expectSuccess(await tess.put(`/tickets/${id}`, { status: 'in_progress', resolution_summary: null }))
  await workUntilSettled()
  const mails = (await emails(ada, `ticket_id=${id}`)).filter(({ template }) => template === 'ticket_resolved')
  expect(mails).toMatchObject([{ state: 'sent', account_id: cleo.id }])
  const shown = bodyOf(await ada.get(`/emails/${mails[0]?.email_id}`))
  expect(shown.text).toContain('Plugged it in.')
})

test('a mail of a resolution without a summary shows a dash', async () => {
  const world = await createWorld(desk)
  await workUntilSettled()
  const resolved = { ...closed, status: 'resolved', resolution_summary: null, auto_close_days: 7 }
  const emailId = await queueMail(desk, world, 'ticket_resolved', resolved)
  await workUntilSettled()
  const mail = bodyOf(await world.ada.get(`/emails/${emailId}`))
  expect([mail.state, mail.last_error]).toEqual(['sent', null])
  expect(mail.text).toMatch(/How it was resolved[^\n]*\n[^\p{L}]*–/u)
})

test('an event of resolving that does not say how, as version 0.1.0 wrote it, takes the summary of the ticket', async () => {
  const world = await createWorld(desk)
  const id = await createAssignedTicket(world, 'in_progress', 'resolved')
  await desk.owner.query(
    `update events set changes = changes - 'resolution_summary', details = '{}'
     where tenant_id = $1 and type = 'ticket.resolved' and position is null`,
    [world.tenantId],
  )
  await workUntilSettled()
  const { email_id } = (await emails(world.ada, `ticket_id=${id}`)).find(
    ({ template }) => template === 'ticket_resolved',
  ) as Email
  expect(bodyOf(await world.ada.get(`/emails/${email_id}`)).text).toContain('Plugged it in.')
})
