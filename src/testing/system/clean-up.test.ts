import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld } from '../support/people.ts'
import { until } from '../support/waiting.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

/** A store of files that is away: nobody listens on port 1. */
const awayStore = {
  S3_ENDPOINT: 'http://127.0.0.1:1',
  S3_BUCKET: 'files',
  S3_ACCESS_KEY_ID: 'key',
  S3_SECRET_ACCESS_KEY: 'secret',
}

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ settings: awayStore })
})
afterAll(() => desk?.stop())

test('a step of the clean-up that fails keeps no other step from running', async () => {
  const { cleo, tenantId } = await createWorld(desk)
  await desk.settled()
  await desk.owner.query(
    `insert into sessions (tenant_id, account_id, refresh_hash, expires_at)
     values ($1, $2, '\\x00', now() - interval '8 days')`,
    [tenantId, cleo.id],
  )
  await cleo.post('/tickets', { issue_category: 'Network', issue_description: 'No network' })
  await desk.settled()
  // Its file cannot be removed, because the store is away.
  await desk.owner.query(
    `insert into attachment_uploads (tenant_id, upload_id, ticket_number, account_id, file_name, content_type, size,
       sha256, expires_at)
     values ($1, gen_random_uuid(), 1, $2, 'a.txt', 'text/plain', 1, repeat('0', 64), now() - interval '1 hour')`,
    [tenantId, cleo.id],
  )
  // A mail of an earlier version without a job waits for nothing; the module that finds it comes after the module whose step fails.
  const waiting = "update emails set state = 'queued', due_at = null where tenant_id = $1 and ticket_id = 'TKT0001'"
  await desk.owner.query(waiting, [tenantId])
  await desk.owner.query("select graphile_worker.add_job('clean_up', max_attempts => 1)")

  const countOf = async (rows: string): Promise<number> =>
    Number((await desk.owner.query(`select count(*) as count from ${rows}`, [tenantId])).rows[0].count)
  await until('the abandoned mails have failed', async () => {
    return (await countOf("emails where tenant_id = $1 and ticket_id = 'TKT0001' and state = 'failed'")) > 0
  })
  expect(await countOf("sessions where tenant_id = $1 and expires_at < now() - interval '7 days'")).toBe(0)
  const { rows } = await desk.owner.query(
    "select last_error from graphile_worker.jobs where task_identifier = 'clean_up'",
  )
  expect(rows[0].last_error).toContain('store')
})
