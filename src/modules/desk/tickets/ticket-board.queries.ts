import { type Db, many, type Sql, sql, withinTime } from '../../../platform/db/sql.ts'
import { BoardCard, ColumnRow, cardsAtMost, columnsAtMost, openAtMost } from './ticket-board.schemas.ts'
import { allRanks } from './ticket-list.steps.ts'
import { unresolvedStatuses, withNames } from './tickets.steps.ts'

/** Whose tickets a column has: a condition, and the statuses that they may be in. */
interface Column {
  condition: Sql
  statuses: Sql
}

/** The tickets of a technician `w`. */
const ofTechnicianW: Column = { condition: sql`t.technician_id = w.technician_id`, statuses: unresolvedStatuses }
/** The tickets of nobody. They are new. */
const ofNobody: Column = { condition: sql`t.technician_id is null`, statuses: sql`array['new']` }

/**
 * The first tickets of a column of each status and each priority in `ranks`, the oldest first. An index has them in
 * this order.
 */
const firstOf = ({ condition, statuses }: Column, tenantId: number, ranks: Sql, limit: number): Sql => sql`
  unnest(${statuses}::text[]) as s (status)
  cross join ${ranks}
  cross join lateral (
    select t.ticket_number from tickets t
    where t.tenant_id = ${tenantId} and ${condition} and t.status = s.status and t.priority_rank = r.rank
      and t.deleted_at is null and t.merged_into_number is null
    order by t.technician_id, t.priority_rank, t.ticket_number limit ${limit}) n`

const ranks = sql`unnest(${allRanks}::smallint[]) as r (rank)`

/** How many tickets a column has of each priority. */
const countsOf = (column: Column, tenantId: number): Sql => sql`array(
  select (select count(*) from (
      select from ${firstOf(column, tenantId, sql`(select p.rank) r`, openAtMost)} limit ${openAtMost}) c)
  from unnest(${allRanks}::smallint[]) with ordinality as p (rank, place) order by p.place)::integer[]`

/**
 * The columns of the board: the tickets of nobody, and one technician more than there may be, by their numbers.
 * The server cancels the statement after `timeoutMs`.
 */
export const listColumns = (db: Db, tenantId: number, timeoutMs: number): Promise<ColumnRow[]> =>
  many(
    db,
    ColumnRow,
    withinTime(
      sql`select null as technician_id, null as name, null as category, null::boolean as available,
            ${countsOf(ofNobody, tenantId)} as open
          union all
          (select w.technician_id, w.name, w.category, w.available, ${countsOf(ofTechnicianW, tenantId)} as open
          from (
            select w.technician_id, w.technician_number, a.name, w.category, w.available from technicians w
            join accounts a on a.tenant_id = w.tenant_id and a.account_id = w.technician_id
            where w.tenant_id = ${tenantId} and a.role = 'technician' and a.status <> 'deactivated'
            order by w.technician_number limit ${columnsAtMost + 1}) w
          order by w.technician_number)`,
      timeoutMs,
    ),
  )

const cardsOf = (column: Column, tenantId: number): Sql => sql`(
  select n.ticket_number, r.rank from ${firstOf(column, tenantId, ranks, cardsAtMost)}
  order by r.rank desc, n.ticket_number limit ${cardsAtMost})`

/**
 * The most urgent tickets of nobody and of some technicians, each column for itself. The server cancels the statement
 * after `timeoutMs`.
 */
export const listCards = (db: Db, tenantId: number, technicianIds: string[], timeoutMs: number): Promise<BoardCard[]> =>
  many(
    db,
    BoardCard,
    withinTime(
      sql`select t.ticket_id, t.subject, t.issue_category, t.priority, t.status, c.name as customer_name,
            t.technician_id, t.raised_date, t.updated_at, t.version
          from (
            select k.ticket_number, k.rank from ${cardsOf(ofNobody, tenantId)} k
            union all
            select k.ticket_number, k.rank from unnest(${technicianIds}::text[]) as w (technician_id)
            cross join lateral ${cardsOf(ofTechnicianW, tenantId)} k) k
          cross join lateral (
            select t.* from tickets t where t.tenant_id = ${tenantId} and t.ticket_number = k.ticket_number limit 1) t
          ${withNames}
          order by k.rank desc, k.ticket_number`,
      timeoutMs,
    ),
  )
