import { z } from 'zod'
import { type Db, many, type Sql, sql, type Tx } from '../../platform/db/sql.ts'
import { commonColumns, withNames } from './tickets.queries.ts'
import { Ticket } from './tickets.schemas.ts'

/** A ticket to be raised, checked, and who raises it through which request. */
export interface NewTicket {
  tenant_id: number
  subject: string
  issue_category: string
  issue_description: string
  priority: string
  customer_id: string
  follow_up_of_number: number | null
  actor_id: string
  actor_role: string
  request_id: string | null
}

const Raised = Ticket.extend({ place: z.int() })

/** Whether a statement waits for a counter that somebody else holds, or passes its tenant by. */
export type Patience = 'waits' | 'passes by'

const locking = (patience: Patience): Sql => (patience === 'waits' ? sql`for update` : sql`for update skip locked`)

/**
 * Raises tickets of any tenants: the numbers, the tickets and their news in one statement. Each counter's row is locked
 * for this statement and its commit only, in the order of tenants; a rollback leaves no gap.
 * @returns the tickets in the order of the input; null where the tenant's counter was passed by, or is missing.
 */
export const insertTickets = async (db: Db, tickets: NewTicket[], patience: Patience): Promise<(Ticket | null)[]> => {
  const column = <Name extends keyof NewTicket>(name: Name): NewTicket[Name][] => tickets.map((ticket) => ticket[name])
  const rows = await many(
    db,
    Raised,
    sql`with input as (
          select i.*, row_number() over (partition by i.tenant_id order by i.place) as nth
          from unnest(${column('tenant_id')}::integer[], ${column('subject')}::text[],
            ${column('issue_category')}::text[], ${column('issue_description')}::text[], ${column('priority')}::text[],
            ${column('customer_id')}::text[], ${column('follow_up_of_number')}::bigint[], ${column('actor_id')}::text[], ${column('actor_role')}::text[],
            ${column('request_id')}::text[])
            with ordinality as i (tenant_id, subject, issue_category, issue_description, priority, customer_id,
              follow_up_of_number, actor_id, actor_role, request_id, place)),
        free as materialized (
          select c.tenant_id from counters c
          where c.name = 'ticket' and c.tenant_id = any (${[...new Set(column('tenant_id'))]}::integer[])
          order by c.tenant_id ${locking(patience)}),
        counter as (
          update counters c set value = c.value + w.amount
          from free f join (select i.tenant_id, count(*) as amount from input i group by i.tenant_id) w
            on w.tenant_id = f.tenant_id
          where c.tenant_id = f.tenant_id and c.name = 'ticket'
          returning c.tenant_id, c.value - w.amount as base),
        numbered as (
          select i.*, c.base + i.nth as ticket_number from input i join counter c on c.tenant_id = i.tenant_id),
        t as (
          insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority,
            customer_id, follow_up_of_number)
          select n.tenant_id, n.ticket_number, n.subject, n.issue_category, n.issue_description, n.priority,
            n.customer_id, n.follow_up_of_number
          from numbered n
          returning *),
        logged as (
          insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role, request_id)
          select n.tenant_id, 'ticket.created', t.ticket_id, t.version, n.actor_id, n.actor_role, n.request_id
          from numbered n join t on t.tenant_id = n.tenant_id and t.ticket_number = n.ticket_number
          order by n.place)
        select n.place, ${commonColumns}, case when n.actor_role <> 'customer' then t.tags end as tags
        from numbered n join t on t.tenant_id = n.tenant_id and t.ticket_number = n.ticket_number ${withNames}`,
  )
  const byPlace = new Map(rows.map(({ place, ...ticket }) => [place, ticket]))
  return tickets.map((_, index) => byPlace.get(index + 1) ?? null)
}

const Counter = z.object({ tenant_id: z.int() })

/** Locks those ticket counters that nobody holds, in the order of their tenants, for the transaction; tells which. */
export const lockFreeTicketCounters = async (tx: Tx, tenantIds: number[]): Promise<Set<number>> => {
  const rows = await many(
    tx,
    Counter,
    sql`select c.tenant_id from counters c where c.name = 'ticket' and c.tenant_id = any (${tenantIds}::integer[])
        order by c.tenant_id ${locking('passes by')}`,
  )
  return new Set(rows.map((row) => row.tenant_id))
}

const Found = z.object({ customer_id: z.string() })

/** Which of these customers can have tickets raised: those there are and that are not deactivated. */
export const findTicketCustomers = async (db: Db, tenantId: number, customerIds: string[]): Promise<Set<string>> => {
  const rows = await many(
    db,
    Found,
    sql`select a.account_id as customer_id from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = any (${customerIds}::text[]) and a.role = 'customer'
          and a.status <> 'deactivated'`,
  )
  return new Set(rows.map((row) => row.customer_id))
}
