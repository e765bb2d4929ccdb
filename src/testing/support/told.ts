import { expect } from 'vitest'
import { z } from 'zod'
import { recipientSteps, recipientsAtMost } from '../../modules/channels/recipients/recipients.steps.ts'
import { many, sql } from '../../platform/db/sql.ts'
import type { World } from './people.ts'
import type { Desk } from './workspace.ts'

const EventId = z.object({ event_id: z.int() })
const Weight = z.object({ event_id: z.int(), at_most: z.int() })
const Recipient = z.object({ event_id: z.int(), type: z.string(), account_id: z.string(), reason: z.string() })

/**
 * Answers with who is told of what follows from an act, as `type: account (reason)`. Checks that nobody is told twice
 * of an event, and that no event has more recipients than its bound says.
 */
export const toldIn = ({ app }: Desk, { tenantId }: World) => {
  const events = async (): Promise<number[]> => {
    const rows = await many(app.pool, EventId, sql`select e.event_id from events e where e.tenant_id = ${tenantId}`)
    return rows.map(({ event_id }) => event_id)
  }
  return async (act: () => Promise<unknown>): Promise<string[]> => {
    const before = new Set(await events())
    await act()
    const eventIds = (await events()).filter((id) => !before.has(id))
    const steps = recipientSteps({ tenantIds: eventIds.map(() => tenantId), eventIds })
    const rows = await many(
      app.pool,
      Recipient,
      sql`with ${steps} select r.event_id, r.type, r.account_id, r.reason from recipients r`,
    )
    const weights = await many(
      app.pool,
      Weight,
      sql`select e.event_id, ${recipientsAtMost} as at_most from events e
          where e.tenant_id = ${tenantId} and e.event_id = any (${eventIds}::bigint[])`,
    )
    for (const { event_id, at_most } of weights) {
      expect(rows.filter((row) => row.event_id === event_id).length).toBeLessThanOrEqual(at_most)
    }
    expect(new Set(rows.map(({ event_id, account_id }) => `${event_id} ${account_id}`)).size).toBe(rows.length)
    return rows.map(({ type, account_id, reason }) => `${type}: ${account_id} (${reason})`).sort()
  }
}
