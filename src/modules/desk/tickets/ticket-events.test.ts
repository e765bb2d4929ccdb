import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { eventTypes } from '../../../contract/events.ts'
import { many, sql } from '../../../platform/db/sql.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { isForCustomers } from './ticket-events.policy.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const Type = z.object({ type: z.string() })
/** The types whose events, with such changes and details, the customer of a ticket may read. */
const readable = async (changes: object, details: object): Promise<string[]> => {
  const rows = await many(
    desk.app.pool,
    Type,
    sql`select e.type
        from (select k.type, ${JSON.stringify(changes)}::jsonb as changes, ${JSON.stringify(details)}::jsonb as details
          from unnest(${[...Object.keys(eventTypes), 'ticket.unheard_of']}::text[]) as k (type)) e
        where ${isForCustomers} order by e.type`,
  )
  return rows.map(({ type }) => type)
}

const life = [
  'ticket.absorbed',
  'ticket.assigned',
  'ticket.change_undone',
  'ticket.closed',
  'ticket.created',
  'ticket.merged',
  'ticket.moved',
  'ticket.order_cancelled',
  'ticket.order_expired',
  'ticket.released',
  'ticket.reopened',
  'ticket.resolved',
  'ticket.status_changed',
  'ticket.unassigned',
  'ticket.unmerged',
]
const said = ['attachment.added', 'attachment.deleted', 'comment.added', 'comment.deleted', 'comment.edited']

test('customers read the life of their ticket, and what is said in public; a new type waits for the catalogue', async () => {
  expect(await readable({}, {})).toEqual(life)
  expect(await readable({}, { visibility: 'public' })).toEqual([...said, ...life].sort())
  expect(await readable({}, { visibility: 'internal' })).toEqual([])
  const priority = { from: 'low', to: 'high' }
  expect(await readable({ priority }, {})).toEqual([...life, 'ticket.updated'].sort())
  expect(await readable({ score: priority }, {})).toEqual(life)
  expect(await readable({ priority }, { visibility: 'internal' })).toEqual([])
})
