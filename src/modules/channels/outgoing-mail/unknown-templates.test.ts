import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { exec, one, sql } from '../../../platform/db/sql.ts'
import { type MailServer, startMailServer } from '../../../testing/peers/smtp-server.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { getTenantId } from '../../identity/tenants/tenants.service.ts'
import type { Email } from './outgoing-mail.schemas.ts'
import { getMailWithSecrets } from './outgoing-mail.service.ts'

let smtp: MailServer
let desk: Desk
beforeAll(async () => {
  smtp = await startMailServer()
  desk = await startDesk({ settings: { SMTP_URL: smtp.url } })
})
afterAll(async () => {
  await desk?.stop()
  await smtp?.stop()
})

/** More than the mails that are handed over at once to one address. */
const count = 5
const Tries = z.object({ tries: z.int(), errors: z.array(z.string()) })

test('mails of a template that another version has are listed, hold up no mail to their address, and are given up', async () => {
  const { slug, ada, cleo } = await createWorld(desk)
  const { pool } = desk.app
  const tenantId = await getTenantId(desk.app, slug)
  await desk.settled()
  const sent = smtp.delivered.length
  await exec(
    pool,
    sql`with added as (
          insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
            recipient_email, message_id, state)
          select e.tenant_id, gen_random_uuid(), e.event_id, e.account_id, 'future_' || n, '{}', e.recipient_name,
            e.recipient_email, '<' || gen_random_uuid() || '@future>', 'queued'
          from emails e, generate_series(1, ${count}::integer) n
          where e.tenant_id = ${tenantId} and e.account_id = ${cleo.id} and e.template = 'customer_registered'
          returning tenant_id, email_id)
        select graphile_worker.add_job('send_email', json_build_object('tenant_id', m.tenant_id, 'email_id', m.email_id),
          job_key => 'email ' || m.email_id) from added m`,
  )
  const jobs = () =>
    one(
      pool,
      Tries,
      sql`select coalesce(sum(j.attempts), 0) as tries,
            coalesce(array_agg(distinct regexp_replace(j.last_error, '\\d', 'n')), '{}') as errors
          from graphile_worker.jobs j where j.last_error is not null`,
    )
  await expect.poll(async () => (await jobs()).tries, { timeout: 20_000 }).toBeGreaterThanOrEqual(count)
  expect((await jobs()).errors).toEqual(['this version has no template future_n'])

  expect((await cleo.post('/tickets', { issue_category: 'Network', issue_description: 'No network' })).status).toBe(201)
  await expect.poll(() => smtp.delivered.length, { timeout: 20_000 }).toBe(sent + 2)

  const listed = await ada.get('/emails?state=queued')
  expect(listed.status).toBe(200)
  const queued: Email[] = listed.body.emails
  expect(queued.map(({ template }) => template).sort()).toEqual([1, 2, 3, 4, 5].map((n) => `future_${n}`))
  for (const { email_id, template } of queued) {
    const { status, body } = await ada.get(`/emails/${email_id}`)
    expect([status, body.template, body.state]).toEqual([200, template, 'queued'])
    for (const text of [body.text, body.html]) expect(text).toContain(template)
    expect(body.text).toContain('This mail cannot be shown here')
    expect((await getMailWithSecrets(desk.app, tenantId, email_id)).text).toBe(body.text)
  }

  // The version that has them does not come.
  const failed = async (): Promise<Email[]> => (await ada.get('/emails?state=failed')).body.emails
  const spendAndCleanUp = async (): Promise<number> => {
    await exec(
      pool,
      sql`update graphile_worker._private_jobs set attempts = max_attempts where key like 'email %' and locked_at is null`,
    )
    await exec(pool, sql`select graphile_worker.add_job('clean_up', job_key => 'clean up')`)
    return (await failed()).length
  }
  await expect.poll(spendAndCleanUp, { timeout: 20_000, interval: 200 }).toBe(count)
  for (const { last_error, template } of await failed()) {
    expect(last_error).toBe(`Given up: this version has no template ${template}`)
  }
  expect(smtp.delivered.length).toBe(sent + 2)
})
