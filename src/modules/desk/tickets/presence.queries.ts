import { z } from 'zod'
import type { PresenceState } from '../../../contract/enums.ts'
import { type Db, exec, many, maybeOne, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { Presence } from './presence.schemas.ts'
import { isOutOfSight, placedStep, readersStep, sightsStep } from './sight-of-accounts.steps.ts'
import { visibleTickets } from './tickets.policy.ts'

/** How long somebody counts as there after a heartbeat. */
const leaseSeconds = 30
/** How many people an answer names. */
const namedAtMost = 100

/** The final target of a visible ticket, which is where the conversation goes on: the step `seen`. */
const seenStep = (actor: User, ticketId: string): Sql => sql`seen as (
  select coalesce(t.final_target_number, t.ticket_number) as ticket_number from tickets t
  where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and ${visibleTickets(actor)})`

const Place = z.object({ ticket_id: z.string() })

/** The final target of a ticket that the actor sees. */
export const findPlace = (db: Db, actor: User, ticketId: string): Promise<z.output<typeof Place> | null> =>
  maybeOne(
    db,
    Place,
    sql`with ${seenStep(actor, ticketId)} select public_id('TKT', s.ticket_number) as ticket_id from seen s`,
  )

/** A lease as a heartbeat left it. `is_news`: the person came, or does something else than before. */
const Lease = Presence.pick({ state: true, since: true, until: true }).extend({
  ticket_id: z.string(),
  is_news: z.boolean(),
})

/**
 * Writes or renews the actor's lease on a ticket that they see; null when they do not see it. One statement, because it
 * comes again and again. Locks nothing but the lease.
 */
export const upsertPresence = (
  db: Db,
  actor: User,
  ticketId: string,
  state: PresenceState,
): Promise<z.output<typeof Lease> | null> =>
  maybeOne(
    db,
    Lease,
    sql`with ${seenStep(actor, ticketId)}
        insert into ticket_presence as p (tenant_id, ticket_number, account_id, state, since, until)
        select ${actor.tenantId}, s.ticket_number, ${actor.accountId}, ${state}, now(),
          now() + make_interval(secs => ${leaseSeconds})
        from seen s
        on conflict on constraint ticket_presence_pkey do update
          set state = excluded.state, until = excluded.until,
            since = case when p.state = excluded.state and p.until > now() then p.since else excluded.since end
        returning p.state, p.since, p.until, public_id('TKT', p.ticket_number) as ticket_id,
          p.since = p.until - make_interval(secs => ${leaseSeconds}) as is_news`,
  )

/** Ends the actor's lease. Answers with the number of leases: 0 or 1. */
export const deletePresence = (db: Db, actor: User, ticketId: string): Promise<number> =>
  exec(
    db,
    sql`delete from ticket_presence p
        where p.tenant_id = ${actor.tenantId} and p.ticket_number = ${numberOf(ticketId)}
          and p.account_id = ${actor.accountId}`,
  )

/**
 * Who is at a ticket `t`, without `but`, in the order in which they came: a query. People who are deactivated, or do
 * not see the ticket any more, are not there, whatever their lease says.
 */
const presentAt = (tenantId: number, ticketNumber: Sql, but: Sql): Sql => sql`
  select a.account_id, a.name, a.role, p.state, p.since, p.until
  from ticket_presence p
  cross join lateral (
    select a.tenant_id, a.account_id, a.name, a.role from accounts a
    where a.tenant_id = p.tenant_id and a.account_id = p.account_id and a.status = 'active'
      and a.role in ('admin', 'technician') limit 1) a
  cross join lateral (
    select t.tenant_id, t.ticket_number, t.final_target_number, t.customer_id, t.technician_id, t.issue_category
    from tickets t
    where t.tenant_id = p.tenant_id and t.ticket_number = p.ticket_number and t.deleted_at is null limit 1) t
  where p.tenant_id = ${tenantId} and p.ticket_number = ${ticketNumber} and p.account_id <> ${but}
    and p.until > now() and not ${isOutOfSight(sql`a`, sql`t`)}
  order by p.since, p.account_id limit ${namedAtMost}`

/** Who else than the actor is at a ticket, which is no merged one. The caller has checked that the actor sees it. */
export const listPresent = (db: Db, { tenantId, accountId }: User, ticketId: string): Promise<Presence[]> =>
  many(db, Presence, presentAt(tenantId, sql`${numberOf(ticketId)}::bigint`, sql`${accountId}`))

const Ended = z.object({ tenant_id: z.int(), ticket_id: z.string() })

/** Removes at most `limit` leases that have ended, and answers with their tickets. */
export const deleteEndedPresence = (tx: Tx, limit: number): Promise<z.output<typeof Ended>[]> =>
  many(
    tx,
    Ended,
    sql`delete from ticket_presence e where e.ctid = any (array(
          select p.ctid from ticket_presence p where p.until <= now() limit ${limit} for update skip locked))
        returning e.tenant_id, public_id('TKT', e.ticket_number) as ticket_id`,
  )

const Shown = Presence.extend({ since: z.string(), until: z.string() })
const Told = z.object({ account_id: z.string(), ticket_id: z.string(), present: z.array(Shown) })
export type Told = z.output<typeof Told>

/**
 * For each of these accounts that are of the staff, and each of these tickets that the account sees: who else is there.
 * Merged tickets have nobody, because people are at their final targets.
 */
export const listPresentFor = (db: Db, tenantId: number, ticketIds: string[], accountIds: string[]): Promise<Told[]> =>
  many(
    db,
    Told,
    sql`with ${readersStep(tenantId, accountIds)},
        named as (select distinct unnest(${ticketIds.map(numberOf)}::bigint[]) as ticket_number),
        ${placedStep(tenantId)},
        ${sightsStep(tenantId)},
        told as (
          select s.account_id, s.ticket_number from sights s where s.role = 'technician'
          union all
          select r.account_id, t.ticket_number from readers r cross join placed t
          where r.role = 'admin' and not t.is_deleted),
        present as materialized (
          select n.ticket_number, p.* from named n
          cross join lateral (${presentAt(tenantId, sql`n.ticket_number`, sql`''`)}) p)
        select o.account_id, public_id('TKT', o.ticket_number) as ticket_id, coalesce((
            select jsonb_agg(jsonb_build_object('account_id', p.account_id, 'name', p.name, 'role', p.role,
              'state', p.state, 'since', ${isoTime(sql`p.since`)}, 'until', ${isoTime(sql`p.until`)})
              order by p.since, p.account_id)
            from present p
            where p.ticket_number = o.ticket_number and p.account_id <> o.account_id), '[]') as present
        from told o`,
  )

/** A time in ISO 8601, UTC, with milliseconds. */
const isoTime = (time: Sql): Sql => sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
