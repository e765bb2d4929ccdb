import { z } from 'zod'
import { exec, many, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { countedSetting } from '../../identity/tenants/tenant-settings.steps.ts'
import { fromOpenChildrenOf } from '../links/links.steps.ts'

const Due = z.object({ tenant_id: z.int(), ticket_number: z.int() })
export type Due = z.output<typeof Due>

/**
 * Locks tickets that have been resolved for `days` days and have no open children, in every tenant that is not
 * suspended; of each tenant the oldest first.
 */
export const lockDueTickets = (tx: Tx, days: number, limit: number): Promise<Due[]> =>
  many(
    tx,
    Due,
    sql`select due.tenant_id, due.ticket_number from tenants n
        cross join lateral (
          select d.tenant_id, d.ticket_number from tickets d
          where d.tenant_id = n.tenant_id and d.status = 'resolved' and d.deleted_at is null
            and d.merged_into_number is null
            and d.resolved_date <= now() - make_interval(days => ${countedSetting(sql`n`, 'auto_close_days', days)})
            and not exists (select ${fromOpenChildrenOf(sql`d.tenant_id`, sql`d.ticket_number`)})
          order by d.resolved_date limit ${limit} for no key update skip locked) due
        where n.state = 'active'
        limit ${limit}`,
  )

/**
 * Closes the locked tickets. Checks for open children again, because one may have been linked after the lock's
 * snapshot.
 */
export const closeDueTickets = (tx: Tx, due: Due[]): Promise<number> =>
  exec(
    tx,
    sql`with due as (
          select d.* from unnest(${due.map(({ tenant_id }) => tenant_id)}::integer[],
            ${due.map(({ ticket_number }) => ticket_number)}::bigint[]) as d (tenant_id, ticket_number)
          where not exists (select ${fromOpenChildrenOf(sql`d.tenant_id`, sql`d.ticket_number`)})),
        closed as (
          update tickets t set status = 'closed', closed_date = now(), updated_at = now(), version = t.version + 1
          from due d where t.tenant_id = d.tenant_id and t.ticket_number = d.ticket_number
          returning t.tenant_id, t.ticket_id, t.version)
        ${appendEventsFrom({
          tenantId: sql`c.tenant_id`,
          type: 'ticket.closed',
          subjectId: sql`c.ticket_id`,
          subjectVersion: sql`c.version`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          changes: { status: { from: sql`'resolved'::text`, to: sql`'closed'::text` } },
          requestId: sql`null`,
          from: sql`from closed c`,
        })}`,
  )
