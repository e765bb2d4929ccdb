import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import { createTickets } from '../../../testing/support/create-tickets.ts'
import { createOperator } from '../../../testing/support/operator-client.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { expectStatus } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { claimMails } from './mail-queue.queries.ts'

/** A desk with a mail server, and without a worker: mails stay queued. */
let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ settings: { SMTP_URL: 'smtp://127.0.0.1:9' }, withWorker: false })
})
afterAll(() => desk?.stop())

const createAndWrite = async ({ cleo }: World, count: number): Promise<void> => {
  await createTickets(cleo, count)
  await writeMails(desk)
}

/**
 * Claims mails about tickets, and answers with their tenants and tickets, in the order in which they are handed over.
 */
const claim = async (count: number): Promise<[number, string | null][]> =>
  (await claimMails(desk.app.pool, randomUUID(), count)).map(({ tenant_id, ticket_id }) => [tenant_id, ticket_id])

test('a mail of a quiet tenant does not wait behind the mails of a busy one, however long these have waited', async () => {
  const [busy, quiet] = [await createWorld(desk), await createWorld(desk)]
  await writeMails(desk)
  while ((await claim(100)).length > 0);
  for (let n = 0; n < 3; n += 1) await createAndWrite(busy, 20)
  await exec(desk.app.pool, sql`update emails set due_at = due_at - interval '2 hours' where state = 'queued'`)
  await createAndWrite(quiet, 1)
  const first = await claim(6)
  expect(first.slice(0, 4).filter(([tenantId]) => tenantId === quiet.tenantId)).toHaveLength(2)
  const rest = [...first, ...(await claim(200))]
  expect(rest).toHaveLength(122)
  const tickets = rest.flatMap(([tenantId, ticketId]) => (tenantId === busy.tenantId ? [String(ticketId)] : []))
  expect(tickets).toEqual(tickets.toSorted())
})

test('held mails of suspended tenants take no share of a claim', async () => {
  // What the test before left in hand would take a share.
  await exec(desk.app.pool, sql`update emails set state = 'cancelled' where state in ('queued', 'deferred')`)
  const busy = await createWorld(desk)
  const held = await Promise.all([1, 2, 3].map(() => createWorld(desk)))
  for (const world of held) await createTickets(world.cleo, 1)
  await createAndWrite(busy, 20)
  for (const { slug } of held) expectStatus(await createOperator(desk).post(`/tenants/${slug}/suspend`), 200)
  while ((await claim(200)).length > 0);
  await exec(desk.app.pool, sql`delete from email_claims where tenant_id = ${busy.tenantId}`)
  expect(await claim(20)).toHaveLength(20)
})
