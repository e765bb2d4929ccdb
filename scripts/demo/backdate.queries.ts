import type { Pool } from 'pg'
import { z } from 'zod'
import { type Db, exec, one, type Sql, sql, type Tx } from '../../src/platform/db/sql.ts'
import { transaction } from '../../src/platform/db/transaction.ts'
import { numberOf } from '../../src/platform/schemas.ts'

// The history of the demo is created now. These statements, which no service offers, move it to the times of the plan:
// the events first, and then all rows whose times follow from the times of events.

const Found = z.object({ found: z.int(), is_spread: z.boolean() })

/** How many of these people are in a tenant, and whether they came on different days, as they do in a complete demo. */
export const findPeople = (db: Db, slug: string, emails: string[]): Promise<z.output<typeof Found>> =>
  one(
    db,
    Found,
    sql`select count(*) as found, coalesce(max(a.created_at) - min(a.created_at) > interval '1 day', false) as is_spread
        from accounts a join tenants t on t.tenant_id = a.tenant_id
        where t.slug = ${slug} and a.email = any (${emails}::text[])`,
  )

/**
 * Which events belong to the demo, and when they happened: known by their request, or as a ticket that the job closed.
 */
export interface Happened {
  tenantId: number
  /** All request ids of the demo begin with this. */
  prefix: string
  requests: { id: string; at: number }[]
  closings: { ticketId: string; at: number }[]
  admin: { id: string; at: number }
}

const time = (at: number): string => new Date(at).toISOString()

/** The events of the demo and their times. The event about the admin has no request. */
const demoEvents = ({ tenantId, requests, closings, admin }: Happened): Sql => sql`
  select e.event_id, r.at
  from unnest(${requests.map(({ id }) => id)}::text[], ${requests.map(({ at }) => time(at))}::timestamptz[]) as r (id, at)
  join events e on e.tenant_id = ${tenantId} and e.request_id = r.id
  union all
  select e.event_id, c.at
  from unnest(${closings.map(({ ticketId }) => ticketId)}::text[], ${closings.map(({ at }) => time(at))}::timestamptz[])
    as c (ticket_id, at)
  join events e on e.tenant_id = ${tenantId} and e.subject_id = c.ticket_id and e.type = 'ticket.closed'
  union all
  select e.event_id, ${time(admin.at)}::timestamptz from events e
  where e.tenant_id = ${tenantId} and e.subject_id = ${admin.id} and e.type = 'admin.created'`

/**
 * Counts the rows that have just been written. Without that the planner takes the tables for small ones, and an update
 * that takes less than a second may take minutes.
 */
const analyze = (tx: Tx): Promise<number> =>
  exec(tx, sql`analyze events, tickets, comments, ticket_links, attachments, accounts, sessions`)

/** Takes only events without a position, so the fan-out must wait meanwhile. */
const backdateEvents = (tx: Tx, happened: Happened): Promise<number> =>
  exec(
    tx,
    sql`update events e set occurred_at = d.at from (${demoEvents(happened)}) d
        where e.tenant_id = ${happened.tenantId} and e.event_id = d.event_id`,
  )

/** Gives comments the times of their events. */
const backdateComments = (tx: Tx, { tenantId, prefix }: Happened): Promise<number> =>
  exec(
    tx,
    sql`update comments m set created_at = e.occurred_at
        from events e
        where e.tenant_id = ${tenantId} and e.type = 'comment.added' and starts_with(e.request_id, ${prefix})
          and m.tenant_id = e.tenant_id and m.comment_id = (e.details ->> 'comment_id')::uuid`,
  )

/** Gives links the times of their events. Both tickets of a link have one. */
const backdateLinks = (tx: Tx, { tenantId, prefix }: Happened): Promise<number> =>
  exec(
    tx,
    sql`update ticket_links l set created_at = e.occurred_at
        from events e
        where e.tenant_id = ${tenantId} and e.type = 'ticket.linked' and starts_with(e.request_id, ${prefix})
          and l.tenant_id = e.tenant_id and e.details ->> 'kind' = l.kind
          and e.subject_id = public_id('TKT', l.ticket_number)
          and e.details ->> 'ticket_id' = public_id('TKT', l.other_number)`,
  )

/** Gives attachments the times of their events. */
const backdateAttachments = (tx: Tx, { tenantId, prefix }: Happened): Promise<number> =>
  exec(
    tx,
    sql`update attachments f set created_at = e.occurred_at
        from events e
        where e.tenant_id = ${tenantId} and e.type = 'attachment.added' and starts_with(e.request_id, ${prefix})
          and f.tenant_id = e.tenant_id and f.attachment_id = (e.details ->> 'attachment_id')::uuid`,
  )

/** The tickets that requests of the demo created. */
const demoTickets = ({ tenantId, prefix }: Happened): Sql => sql`
  select e.subject_id as ticket_id from events e
  where e.tenant_id = ${tenantId} and e.type = 'ticket.created' and starts_with(e.request_id, ${prefix})`

/** Gives tickets the times of their events. */
const backdateTickets = (tx: Tx, happened: Happened): Promise<number> =>
  exec(
    tx,
    sql`update tickets t set raised_date = h.first, updated_at = h.last,
          resolved_date = case when t.resolved_date is not null then h.resolved end,
          closed_date = case when t.closed_date is not null then h.closed end,
          first_response_at = case when t.first_response_at is not null then h.responded end
        from (
          select e.subject_id as ticket_id, min(e.occurred_at) as first,
            max(e.occurred_at) filter (where e.details ->> 'visibility' is distinct from 'internal') as last,
            max(e.occurred_at) filter (where e.type = 'ticket.resolved') as resolved,
            max(e.occurred_at) filter (where e.type = 'ticket.closed') as closed,
            min(e.occurred_at) filter (where e.actor_role in ('admin', 'technician') and (e.type = 'ticket.resolved'
              or e.type in ('comment.added', 'attachment.added') and e.details ->> 'visibility' = 'public')) as responded
          from events e join (${demoTickets(happened)}) d on d.ticket_id = e.subject_id
          where e.tenant_id = ${happened.tenantId}
          group by e.subject_id) h
        where t.tenant_id = ${happened.tenantId} and t.ticket_number = substr(h.ticket_id, 4)::bigint`,
  )

/**
 * Gives people the times of their first events. Deletes the sessions that registering opened, because nobody has their
 * tokens.
 */
const backdatePeople = (tx: Tx, { tenantId, prefix, admin }: Happened): Promise<number> =>
  exec(
    tx,
    sql`with came as (
          select e.subject_id as account_id, min(e.occurred_at) as at from events e
          where e.tenant_id = ${tenantId}
            and e.type in ('admin.created', 'technician.created', 'customer.registered', 'account.invited',
              'service_account.created')
            and (starts_with(e.request_id, ${prefix}) or e.subject_id = ${admin.id})
          group by e.subject_id),
        invited as (
          update password_resets r set created_at = c.at, expires_at = c.at + (r.expires_at - r.created_at)
          from came c where r.tenant_id = ${tenantId} and r.account_id = c.account_id),
        signed_in as (
          delete from sessions s using came c where s.tenant_id = ${tenantId} and s.account_id = c.account_id)
        update accounts a set created_at = c.at
        from came c where a.tenant_id = ${tenantId} and a.account_id = c.account_id`,
  )

/** Moves everything that happened to the times of the plan. */
export const moveToThePast = (owner: Pool, happened: Happened): Promise<void> =>
  transaction(owner, async (tx) => {
    await analyze(tx)
    await backdateEvents(tx, happened)
    await backdateComments(tx, happened)
    await backdateLinks(tx, happened)
    await backdateAttachments(tx, happened)
    await backdateTickets(tx, happened)
    await backdatePeople(tx, happened)
  })

/** Moves the resolution of a ticket back, so that the job closes the ticket. */
export const backdateResolved = (db: Db, tenantId: number, ticketId: string, at: number): Promise<number> =>
  exec(
    db,
    sql`update tickets t set resolved_date = ${time(at)}
        where t.tenant_id = ${tenantId} and t.ticket_number = ${numberOf(ticketId)} and t.status = 'resolved'`,
  )

/** Marks the events of our requests and of our tickets as quiet: nobody is mailed about them. */
export const silence = (db: Db, { tenantId, prefix }: Happened, ticketIds: string[]): Promise<number> =>
  exec(
    db,
    sql`update events e set quiet = true
        where e.tenant_id = ${tenantId} and e.position is null and not e.quiet
          and (starts_with(e.request_id, ${prefix}) or e.subject_id = any (${ticketIds}::text[]))`,
  )

const Waiting = z.object({ waiting: z.int(), has_worker: z.boolean() })

/** How many events of the tenant have no position yet, and whether a worker runs that will give them theirs. */
export const findWaiting = (db: Db, tenantId: number): Promise<z.output<typeof Waiting>> =>
  one(
    db,
    Waiting,
    sql`select (select count(*) from events e where e.tenant_id = ${tenantId} and e.position is null) as waiting,
          exists (select from worker_processes p where p.seen_at > now() - interval '8 seconds') as has_worker`,
  )

/**
 * Gives mails the times of their events, and the status and technician that the ticket had then. The mails are written
 * after the whole history, so that they name the last status and technician at first.
 */
export const backdateMails = (db: Db, happened: Happened): Promise<number> =>
  exec(
    db,
    sql`update emails m set created_at = e.occurred_at,
          parameters = case when m.ticket_id is null then m.parameters else m.parameters
            || jsonb_build_object('status', coalesce(then_it.status, 'new'), 'technician_name', had_it.name) end
        from (${demoEvents(happened)}) d
        join events e on e.tenant_id = ${happened.tenantId} and e.event_id = d.event_id
        left join lateral (
          select h.changes -> 'status' ->> 'to' as status from events h
          where h.tenant_id = e.tenant_id and h.subject_id = e.subject_id and h.event_id <= e.event_id
            and h.changes ? 'status'
          order by h.event_id desc limit 1) then_it on true
        left join lateral (
          select a.name from events h
          join accounts a on a.tenant_id = h.tenant_id and a.account_id = h.changes -> 'technician_id' ->> 'to'
          where h.tenant_id = e.tenant_id and h.subject_id = e.subject_id and h.event_id <= e.event_id
            and h.changes ? 'technician_id'
          order by h.event_id desc limit 1) had_it on true
        where m.tenant_id = ${happened.tenantId} and m.event_id = e.event_id`,
  )
