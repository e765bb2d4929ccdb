import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTicket, createTickets } from '../support/create-tickets.ts'
import { under } from '../support/keyed-requests.ts'
import { logPlans, onPlan, rowsHandled } from '../support/logged-plans.ts'
import { createWorld, type World } from '../support/people.ts'
import { expectSuccess } from '../support/requests.ts'
import { createWebhook } from '../support/webhook-requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'
import { writeMails } from '../support/write-mails.ts'

// A connection hands on a batch of hundreds of events, after it has handed on a few while the tables were nearly empty.
// A plan for a few may compare each event with each row.

let base: Desk
let desk: Desk
/** How many rows each statement handled at most, by its text. */
const handled = new Map<string, number>()

beforeAll(async () => {
  base = await startDesk({ withWorker: false })
  await logPlans(base.owner, { analyze: true })
  desk = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false })
  onPlan(desk.app.pool, (plan) => {
    const text = plan['Query Text']
    handled.set(text, Math.max(rowsHandled(plan), handled.get(text) ?? 0))
  })
})
afterAll(async () => {
  await desk?.stop()
  await base?.stop()
})

/** Events of rare types that the followers of the log act on. */
const addRareEvents = async ({ ada, cleo, carl, customer }: World): Promise<void> => {
  const id = await createTicket(cleo)
  expectSuccess(await ada.post(`/tickets/${id}/move`, { customer_id: carl.id }))
  expectSuccess(await ada.patch('/me/notifications', { ways: { ticket_comment: 'daily' } }))
  const said = await ada.post(`/tickets/${id}/comments`, { body: 'Too soon.', visibility: 'public', undo_seconds: 30 })
  expectSuccess(await ada.post('/undo', { token: expectSuccess(said).body.undo_token }))
  await customer()
}

/** Hands on a batch of events, and answers with the rows that each statement handled. */
const handOn = async (world: World, tickets: number): Promise<Map<string, number>> => {
  await createTickets(world.cleo, tickets)
  await addRareEvents(world)
  handled.clear()
  await writeMails(desk)
  return new Map(handled)
}

test('four times as many events are no sixteen times as much work', { timeout: 120_000 }, async () => {
  const world = await createWorld(desk)
  await createWebhook(desk, world, world.ada)
  await handOn(world, 1)
  await base.owner.query('analyze')
  const few = await handOn(world, 100)
  await base.owner.query('analyze')
  const many = await handOn(world, 400)
  expect(many.size).toBeGreaterThan(5)
  const heavy = [...many].filter(([text, rows]) => rows > 6 * Math.max(1_000, few.get(text) ?? 0))
  expect(heavy).toEqual([])
})

test('a kept answer is looked up, claimed and written by the index of keys, soon after their table was empty', async () => {
  const { cleo, tenantId } = await createWorld(desk)
  const createOnce = async (key: string): Promise<void> => {
    const ticket = { subject: key, issue_category: 'Network', issue_description: 'Once.' }
    expectSuccess(await cleo.post('/tickets', ticket, under(key)))
  }
  await createOnce('first')
  await base.owner.query(
    `insert into idempotency_keys (tenant_id, scope, key, request_hash, answer)
     select $1, 'CUS0001', 'other ' || n, '', repeat('x', 1000)::bytea from generate_series(1, 20000) n`,
    [tenantId],
  )
  for (let nth = 1; nth <= 20; nth += 1) await createOnce(`next ${nth}`)
  handled.clear()
  await createOnce('last')
  const ofKeys = [...handled].filter(([text]) => text.includes('idempotency_keys'))
  expect(ofKeys).toHaveLength(3)
  expect(ofKeys.filter(([, rows]) => rows > 100)).toEqual([])
})
