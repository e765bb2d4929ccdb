import { exec, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { isUnresolvedSql } from '../tickets/tickets.steps.ts'

/**
 * The numbers of the unresolved tickets of a technician. Merged tickets have an index of their own, so they are read
 * apart.
 */
const ticketsOf = (tenantId: number, technicianId: string): Sql => {
  const unresolved = sql`select t.ticket_number from tickets t
    where t.tenant_id = ${tenantId} and t.technician_id = ${technicianId} and ${isUnresolvedSql} and t.deleted_at is null`
  return sql`${unresolved} and t.merged_into_number is null
    union all ${unresolved} and t.merged_into_number is not null`
}

/**
 * Unassigns locked tickets of deactivated technicians, back to `new`, and writes an event of each: a statement.
 * `before` selects the tickets with `ticket_number`, `technician_id` and `status`, and `by`, which is null when
 * somebody is told of the ticket apart.
 */
export const unassigning = ({ actor, requestId }: Act<User>, before: Sql): Sql => sql`
  with before as (${before}),
    freed as (
      update tickets t set technician_id = null, status = 'new', updated_at = now(), version = t.version + 1
      from before b
      where t.tenant_id = ${actor.tenantId} and t.ticket_number = b.ticket_number
      returning t.ticket_id, t.version, b.technician_id as technician_before, b.status as status_before, b.by)
  ${appendEventsFrom({
    tenantId: sql`${actor.tenantId}::integer`,
    type: 'ticket.unassigned',
    subjectId: sql`f.ticket_id`,
    subjectVersion: sql`f.version`,
    actorId: sql`${actor.accountId}`,
    actorRole: sql`${actor.role}`,
    changes: {
      technician_id: { from: sql`f.technician_before`, to: sql`null::text` },
      status: { from: sql`f.status_before`, to: sql`'new'::text` },
    },
    details: sql`jsonb_strip_nulls(jsonb_build_object('by', f.by))`,
    requestId: sql`${requestId}`,
    from: sql`from freed f`,
  })}`

/** Why a technician loses all tickets at once. */
export type Release = 'deactivation' | 'role_change'

/**
 * Unassigns the unresolved tickets of a technician, back to `new`, and writes an event of each. The events say why,
 * because nobody is told of each of them.
 */
export const unassignTicketsOf = (tx: Tx, act: Act<User>, technicianId: string, by: Release): Promise<number> => {
  const { tenantId } = act.actor
  return exec(
    tx,
    unassigning(
      act,
      sql`select t.ticket_number, t.technician_id, t.status, ${by}::text as by from tickets t
          where t.tenant_id = ${tenantId} and t.ticket_number = any (array(${ticketsOf(tenantId, technicianId)}))
            and t.technician_id = ${technicianId} and ${isUnresolvedSql} and t.deleted_at is null
          order by t.ticket_number for no key update`,
    ),
  )
}
