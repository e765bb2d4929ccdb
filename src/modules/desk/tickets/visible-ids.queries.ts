import { z } from 'zod'
import { type Db, many, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { visibleTickets } from './tickets.policy.ts'

const Named = z.object({ ticket_id: z.string() })

/** Those of several tickets that the actor sees. */
export const listVisibleIds = async (db: Db, actor: Actor, ticketIds: string[]): Promise<string[]> => {
  const rows = await many(
    db,
    Named,
    sql`select t.ticket_id from tickets t
        where t.tenant_id = ${actor.tenantId} and t.ticket_number = any (${ticketIds.map(numberOf)}::bigint[])
          and ${visibleTickets(actor)}`,
  )
  return rows.map(({ ticket_id }) => ticket_id)
}
