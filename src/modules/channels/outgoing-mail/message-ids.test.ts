import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { followersOf } from '../../../modules.ts'
import { exec, many, sql } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { createSecrets } from '../../../platform/secrets.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

const Mail = z.object({
  email_id: z.string(),
  message_id: z.string(),
  in_reply_to: z.string().nullable(),
  /** What the ids of earlier versions were made of, which people outside know or can guess. */
  guess: z.string(),
  thread: z.string(),
})

const mailsOf = (ticketId: string) =>
  many(
    desk.app.pool,
    Mail,
    sql`select m.email_id, m.message_id, m.in_reply_to,
          concat_ws(' ', m.tenant_id, m.event_id, m.account_id, m.template, e.occurred_at) as guess,
          m.tenant_id || ' ' || m.ticket_id || ' ' || t.raised_date as thread
        from emails m
        join tickets t on t.tenant_id = m.tenant_id and t.ticket_id = m.ticket_id
        join events e on e.event_id = m.event_id
        where m.tenant_id = ${world.tenantId} and m.ticket_id = ${ticketId}
        order by m.created_at, m.in_reply_to nulls first, m.email_id`,
  )

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

test('nobody can tell the Message-ID of a mail from what they know', async () => {
  const id = await createTicket(world.cleo)
  await comment(world.ada, id, 'Hello')
  await writeMails(desk)
  const mails = await mailsOf(id)
  const [root] = mails
  expect(root?.message_id).toMatch(/^<tkt0001\.[0-9a-f]{32}@/)
  expect(mails.slice(1).map(({ in_reply_to }) => in_reply_to)).toEqual(mails.slice(1).map(() => root?.message_id))
  for (const { email_id, message_id, guess, thread } of mails) {
    expect(message_id).not.toContain(md5(thread))
    expect(message_id).not.toContain(createHash('sha256').update(thread).digest('hex').slice(0, 32))
    expect(email_id.slice(0, 12)).not.toBe(md5(guess).slice(0, 12))
    // A UUID of version 8.
    expect(email_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  }
})

test('a mail that is written again has the id that it had, and another one under another secret', async () => {
  const id = await createTicket(world.cleo)
  await writeMails(desk)
  const first = await mailsOf(id)
  const { rows } = await desk.app.pool.query(
    `select tenant_id as "tenantId", event_id as "eventId", type from events where tenant_id = $1 and subject_id = $2`,
    [world.tenantId, id],
  )
  const batch = {
    tenantIds: rows.map(({ tenantId }) => tenantId),
    eventIds: rows.map(({ eventId }) => eventId),
    types: new Set(rows.map(({ type }) => type)),
  }
  /** As after a restore: the mails are lost, and the events come again. */
  const writeAgain = async (app: Desk['app']) => {
    await exec(app.pool, sql`delete from emails where tenant_id = ${world.tenantId} and ticket_id = ${id}`)
    await transaction(app.pool, async (tx) => {
      for (const follow of followersOf(app)) await follow(tx, batch)
    })
    return mailsOf(id)
  }
  expect(first.length).toBeGreaterThan(1)
  expect(await writeAgain(desk.app)).toEqual(first)
  const others = await writeAgain({ ...desk.app, secrets: createSecrets('another secret of at least 32 bytes') })
  const ids = new Set(first.flatMap(({ email_id, message_id }) => [email_id, message_id]))
  expect(others).toHaveLength(first.length)
  expect(others.filter(({ email_id, message_id }) => ids.has(email_id) || ids.has(message_id))).toEqual([])
})

test('a thread that exists keeps the Message-ID of its first mail', async () => {
  const id = await createTicket(world.cleo)
  await writeMails(desk)
  const [root] = await mailsOf(id)
  const earlier = `<${id.toLowerCase()}.${md5(root?.thread ?? '')}@desk.example.com>`
  await exec(
    desk.app.pool,
    sql`update emails set
          message_id = case when message_id = ${root?.message_id} then ${earlier} else message_id end,
          in_reply_to = case when in_reply_to is not null then ${earlier} end
        where tenant_id = ${world.tenantId} and ticket_id = ${id}`,
  )
  await comment(world.ada, id, 'Hello')
  bodyOf(await world.ada.put(`/tickets/${id}`, { technician_id: world.tess.id }))
  await writeMails(desk)
  const later = (await mailsOf(id)).filter(({ message_id }) => message_id !== earlier)
  expect(later.length).toBeGreaterThanOrEqual(2)
  expect(new Set(later.map(({ in_reply_to }) => in_reply_to))).toEqual(new Set([earlier]))
})
