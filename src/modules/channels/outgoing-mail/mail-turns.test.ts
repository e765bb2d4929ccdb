import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { many, sql } from '../../../platform/db/sql.ts'
import { createTickets } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'

/** A desk with a mail server, and without a worker: mails stay queued. */
let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ settings: { SMTP_URL: 'smtp://127.0.0.1:9' }, withWorker: false })
})
afterAll(() => desk?.stop())

const Mail = z.object({ tenant_id: z.int(), ticket_id: z.string() })
/** The mails about tickets, in the order in which they are handed over; all of them are due. */
const mailsInOrder = () =>
  many(
    desk.app.pool,
    Mail,
    sql`select m.tenant_id, m.ticket_id from emails m where m.ticket_id is not null and m.due_at <= now()
        order by m.due_at`,
  )
const createAndWrite = async ({ cleo }: World, count: number): Promise<void> => {
  await createTickets(cleo, count)
  await writeMails(desk)
}

test('a mail of a quiet tenant does not wait behind the mails of a busy one, whose mails keep their order', async () => {
  const [busy, quiet] = [await createWorld(desk), await createWorld(desk)]
  for (let n = 0; n < 3; n += 1) await createAndWrite(busy, 20)
  await createAndWrite(quiet, 1)
  const mails = await mailsInOrder()
  expect(mails).toHaveLength(122)
  const places = mails.flatMap(({ tenant_id }, place) => (tenant_id === quiet.tenantId ? [place] : []))
  // Two mails for each ticket. Creating the tickets takes some of the turns, a quarter of a second each.
  expect(Math.max(...places)).toBeLessThan(100)
  const tickets = mails.flatMap(({ tenant_id, ticket_id }) => (tenant_id === busy.tenantId ? [ticket_id] : []))
  expect(tickets).toEqual(tickets.toSorted())
})
