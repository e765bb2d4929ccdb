import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { writeDueDigests } from '../../modules/channels/outgoing-mail/digests.queries.ts'
import { writeDigests } from '../../modules/channels/outgoing-mail/outgoing-mail.service.ts'
import { modules } from '../../modules.ts'
import { exec, one, sql } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { createTickets, deleteTicket, resolveTicket } from '../support/create-tickets.ts'
import { createOperator } from '../support/operator-client.ts'
import { createWorld, type World } from '../support/people.ts'
import { expectSuccess } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'

// Everything that the program does by itself, over a tenant that is suspended and has something due for each of them.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const Counts = z.object({ closed: z.int(), gone: z.int(), digests: z.int(), held: z.int() })

/** What the jobs would have done to a tenant: tickets closed or without their files, and digests written. */
const doneTo = ({ tenantId }: World): Promise<z.output<typeof Counts>> =>
  one(
    desk.app.pool,
    Counts,
    sql`select
          (select count(*)::integer from tickets k where k.tenant_id = ${tenantId} and k.status = 'closed') as closed,
          (select count(*)::integer from tickets k where k.tenant_id = ${tenantId} and k.gone_at is not null) as gone,
          (select count(*)::integer from emails e where e.tenant_id = ${tenantId} and e.template = 'digest') as digests,
          (select count(*)::integer from digest_items i where i.tenant_id = ${tenantId}) as held`,
  )

/** Makes one ticket due to close, one due to lose its files, and one item due for a digest. */
const makeDue = async ({ ada, cleo, tess, tenantId }: World): Promise<void> => {
  expectSuccess(await cleo.patch('/me/notifications', { ways: { ticket_created: 'daily' } }))
  const [resolved = '', deleted = ''] = await createTickets(cleo, 3)
  await writeMails(desk)
  await resolveTicket(ada, resolved, tess)
  await deleteTicket(ada, deleted)
  await exec(
    desk.app.pool,
    sql`update tickets set resolved_date = resolved_date - interval '400 days', deleted_at = deleted_at - interval '400 days'
        where tenant_id = ${tenantId}`,
  )
  await exec(
    desk.app.pool,
    sql`update digest_items set due_at = now() - interval '1 hour' where tenant_id = ${tenantId}`,
  )
}

/** Runs every job that has a schedule, and every clean-up. */
const runAll = async (): Promise<string[]> => {
  const ran: string[] = []
  for (const { tasks, schedules = [], cleanUps = [] } of modules) {
    const all = tasks?.(desk.app) ?? {}
    for (const { task } of schedules) {
      await all[task]?.work(desk.app, {})
      ran.push(task)
    }
    for (const { name, batch, step } of cleanUps) {
      await step(desk.app, batch)
      ran.push(name)
    }
  }
  return ran
}

test('no job and no clean-up does anything for a suspended tenant, and all do for its neighbour', async () => {
  const [held, neighbour] = [await createWorld(desk), await createWorld(desk)]
  for (const world of [held, neighbour]) await makeDue(world)
  const before = await doneTo(held)
  expect(before).toMatchObject({ closed: 0, gone: 0, digests: 0 })
  expect(before.held).toBeGreaterThan(0)
  const operator = createOperator(desk)
  expectSuccess(await operator.post(`/tenants/${held.slug}/suspend`))
  const ran = await runAll()
  expect(ran).toEqual(expect.arrayContaining(['write_digests', 'close_resolved_tickets', 'deleted_tickets']))
  expect(await doneTo(held)).toEqual(before)
  expect(await doneTo(neighbour)).toEqual({ closed: 1, gone: 1, digests: 1, held: 0 })
  expectSuccess(await operator.post(`/tenants/${held.slug}/resume`))
  await runAll()
  expect(await doneTo(held)).toEqual({ closed: 1, gone: 1, digests: 1, held: 0 })
})

test('what is held for a suspended tenant is not even read', async () => {
  const [held, neighbour] = [await createWorld(desk), await createWorld(desk)]
  await makeDue(neighbour)
  await exec(
    desk.app.pool,
    sql`with made as (
          insert into events (tenant_id, type, subject_id, actor_role, changes, details)
          select ${held.tenantId}, 'ticket.created', 'TKT0001', 'system', '{}', '{}' from generate_series(1, 10000)
          returning tenant_id, event_id)
        insert into digest_items (tenant_id, account_id, event_id, kind, due_at)
        select m.tenant_id, ${held.cleo.id}, m.event_id, 'ticket_created', now() - interval '2 hours' from made m`,
  )
  await desk.owner.query('analyze digest_items')
  expectSuccess(await createOperator(desk).post(`/tenants/${held.slug}/suspend`))
  const Read = z.object({ rows: z.coerce.number() })
  const { rows } = await transaction(desk.app.pool, async (tx) => {
    const settings = {
      domain: 'x',
      key: Buffer.alloc(32),
      state: 'captured',
      autoCloseDays: 7,
      zone: 'UTC',
      language: 'en',
    } as const
    expect(await writeDueDigests(tx, settings, 500)).toBeGreaterThan(0)
    return one(
      tx,
      Read,
      sql`select seq_tup_read + coalesce(idx_tup_fetch, 0) as rows from pg_stat_xact_user_tables where relname = 'digest_items'`,
    )
  })
  expect(rows).toBeLessThan(100)
  await writeDigests(desk.app)
  expect((await doneTo(held)).held).toBe(10_000)
})
