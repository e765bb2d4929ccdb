import { z } from 'zod'
import { withWarnings } from '../../../contract/warnings.ts'
import type { Patience } from '../../../platform/db/row-locks.ts'
import { type Db, many, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { lockCountersStep, takeNumbersStep } from '../../identity/tenants/counters.steps.ts'
import { unattendedWarning } from '../categories/categories.policy.ts'
import { hasTechnicians } from '../categories/categories.steps.ts'
import { Ticket } from '../tickets/tickets.schemas.ts'
import { commonColumns, withNames } from '../tickets/tickets.steps.ts'

/** A ticket to be created, after all checks, with who creates it by which request. */
export interface NewTicket {
  tenant_id: number
  subject: string
  issue_category: string
  issue_description: string
  priority: string
  customer_id: string
  source: string | null
  follow_up_of_number: number | null
  actor_id: string
  actor_role: string
  request_id: string | null
  /** The span of the request, where tickets of several requests share the statement. */
  traceparent?: string | null
}

const Created = Ticket.extend({ place: z.int(), is_attended: z.boolean() })

/**
 * Creates tickets of any tenants: the numbers, the tickets and their events in one statement. Each counter's row is
 * locked for this statement and its commit only, in the order of tenants; a rollback leaves no gap.
 * A ticket of a category that no active technician works on has a warning.
 * @returns the tickets in the order of the input; null where the tenant's counter was left out, or is missing.
 */
export const insertTickets = async (db: Db, tickets: NewTicket[], patience: Patience): Promise<(Ticket | null)[]> => {
  const column = <Name extends keyof NewTicket>(name: Name): NewTicket[Name][] => tickets.map((ticket) => ticket[name])
  const traceparents = tickets.map(({ traceparent = null }) => traceparent)
  const isTraced = traceparents.some((traceparent) => traceparent !== null)
  const rows = await many(
    db,
    Created,
    sql`with input as (
          select i.*, row_number() over (partition by i.tenant_id order by i.place) as nth
          from unnest(${column('tenant_id')}::integer[], ${column('subject')}::text[],
            ${column('issue_category')}::text[], ${column('issue_description')}::text[], ${column('priority')}::text[],
            ${column('customer_id')}::text[], ${column('source')}::text[], ${column('follow_up_of_number')}::bigint[],
            ${column('actor_id')}::text[], ${column('actor_role')}::text[], ${column('request_id')}::text[])
            with ordinality as i (tenant_id, subject, issue_category, issue_description, priority, customer_id,
              source, follow_up_of_number, actor_id, actor_role, request_id, place)),
        free as materialized (${lockCountersStep([...new Set(column('tenant_id'))], 'ticket', patience)}),
        amounts as (
          select f.tenant_id, count(*) as amount from free f join input i on i.tenant_id = f.tenant_id
          group by f.tenant_id),
        counter as (${takeNumbersStep(sql`amounts`, 'ticket')}),
        numbered as (
          select i.*, c.base + i.nth as ticket_number from input i join counter c on c.tenant_id = i.tenant_id),
        t as (
          insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority,
            customer_id, source, follow_up_of_number)
          select n.tenant_id, n.ticket_number, n.subject, n.issue_category, n.issue_description, n.priority,
            n.customer_id, n.source, n.follow_up_of_number
          from numbered n
          returning *),
        logged as (
          ${appendEventsFrom({
            tenantId: sql`n.tenant_id`,
            type: 'ticket.created',
            subjectId: sql`t.ticket_id`,
            subjectVersion: sql`t.version`,
            actorId: sql`n.actor_id`,
            actorRole: sql`n.actor_role`,
            details: sql`jsonb_strip_nulls(jsonb_build_object('customer_id', t.customer_id,
              'issue_category', t.issue_category, 'priority', t.priority, 'source', t.source))`,
            requestId: sql`n.request_id`,
            traceparent: isTraced ? sql`(${traceparents}::text[])[n.place]` : undefined,
            from: sql`from numbered n
              join t on t.tenant_id = n.tenant_id and t.ticket_number = n.ticket_number order by n.place`,
          })})
        select n.place, ${commonColumns}, '{}'::text[] as merged_tickets, case when n.actor_role <> 'customer' then t.tags end as tags,
          ${hasTechnicians(sql`n.tenant_id`, sql`n.issue_category`)} as is_attended
        from numbered n join t on t.tenant_id = n.tenant_id and t.ticket_number = n.ticket_number ${withNames}`,
  )
  const byPlace = new Map(
    rows.map(({ place, is_attended, ...ticket }) => [
      place,
      withWarnings<Ticket>(ticket, is_attended ? [] : [unattendedWarning(ticket.issue_category)]),
    ]),
  )
  return tickets.map((_, index) => byPlace.get(index + 1) ?? null)
}

const LockedCounter = z.object({ tenant_id: z.int() })

/**
 * Locks the ticket counters that no other transaction holds, until the transaction ends. Answers with their tenants.
 */
export const lockFreeTicketCounters = async (tx: Tx, tenantIds: number[]): Promise<Set<number>> => {
  const rows = await many(tx, LockedCounter, lockCountersStep(tenantIds, 'ticket', 'leaves out'))
  return new Set(rows.map((row) => row.tenant_id))
}

const Found = z.object({ customer_id: z.string() })

/** Which of these customers exist and are not deactivated: a ticket can be created for them. */
export const findTicketCustomers = async (db: Db, tenantId: number, customerIds: string[]): Promise<Set<string>> => {
  const rows = await many(
    db,
    Found,
    planEachTime(sql`select a.account_id as customer_id from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = any (${customerIds}::text[]) and a.role = 'customer'
          and a.status <> 'deactivated'`),
  )
  return new Set(rows.map((row) => row.customer_id))
}
