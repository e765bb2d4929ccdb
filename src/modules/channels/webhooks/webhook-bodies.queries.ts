import { type Db, many, planForBatch, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { visibleEntries, visibleTickets } from '../../desk/tickets/tickets.policy.ts'
import { Ticket } from '../../desk/tickets/tickets.schemas.ts'
import { ticketColumns, withNames } from '../../desk/tickets/tickets.steps.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { ToldComment } from './webhook-messages.schemas.ts'

/** The tickets of some ids, as their reader sees them now. Those that the reader does not see are left out. */
export const listToldTickets = (db: Db, reader: User, ticketIds: string[]): Promise<Ticket[]> =>
  many(
    db,
    Ticket,
    planForBatch(
      sql`select ${ticketColumns(reader)} from unnest(${ticketIds.map(numberOf)}::bigint[]) as k (ticket_number)
        join tickets t on t.tenant_id = ${reader.tenantId} and t.ticket_number = k.ticket_number ${withNames}
        where ${visibleTickets(reader)}`,
      ticketIds.length,
    ),
  )

/** The comments of some ids that are not deleted, as they are now. */
export const listToldComments = (db: Db, reader: User, commentIds: string[]): Promise<ToldComment[]> =>
  many(
    db,
    ToldComment,
    planForBatch(
      sql`select m.comment_id, public_id('TKT', m.ticket_number) as ticket_id, m.author_id, a.name as author_name,
          m.visibility, m.body, m.created_at, m.edited_at
        from unnest(${commentIds}::uuid[]) as k (comment_id)
        join comments m on m.tenant_id = ${reader.tenantId} and m.comment_id = k.comment_id
        left join accounts a on a.tenant_id = m.tenant_id and a.account_id = m.author_id
        where ${visibleEntries(reader, sql`m`)}`,
      commentIds.length,
    ),
  )
