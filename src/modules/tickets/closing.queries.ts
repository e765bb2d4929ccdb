import { z } from 'zod'
import { exec, many, sql, type Tx } from '../../platform/db/sql.ts'
import { fromOpenChildrenOf } from './children.queries.ts'

const Due = z.object({ tenant_id: z.int(), ticket_number: z.int() })
export type Due = z.output<typeof Due>

/** Locks tickets that have been resolved for `days` days and have no open children, in every tenant, the oldest first. */
export const lockDueTickets = (tx: Tx, days: number, limit: number): Promise<Due[]> =>
  many(
    tx,
    Due,
    sql`select d.tenant_id, d.ticket_number from tickets d
        where d.status = 'resolved' and d.deleted_at is null and d.merged_into_number is null
          and d.resolved_date <= now() - make_interval(days => ${days})
          and not exists (select ${fromOpenChildrenOf(sql`d.tenant_id`, sql`d.ticket_number`)})
        order by d.resolved_date limit ${limit} for no key update of d skip locked`,
  )

/** Closes tickets that are locked: a child that was linked just before the lock is seen by this statement, not by that. */
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
        insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role, changes)
        select c.tenant_id, 'ticket.closed', c.ticket_id, c.version, null, 'system',
          '{"status": {"from": "resolved", "to": "closed"}}'::jsonb
        from closed c`,
  )
