import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { type Db, exec, maybeOne, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { deactivateAccountStep, shownEmail } from '../accounts/accounts.steps.ts'
import { type Origin, placeOf } from '../accounts/actor.ts'
import { hasSecondFactor } from '../second-factor/second-factor.steps.ts'
import { isLiving, lastUse } from './living-sessions.steps.ts'
import type { Account } from './sign-in.queries.ts'
import type { SessionKind } from './sign-in.schemas.ts'

/** Where a request came from, as a part of an event's details. */
export const placeSql = (origin: Origin): Sql => sql`${JSON.stringify(placeOf(origin))}::jsonb`

/** What a new session is made of. */
export interface NewSession {
  account: Account
  sessionId: string
  kind: SessionKind
  /** Null without a refresh token. */
  refreshHash: Buffer | null
  /** After how many days it ends when nobody uses it, and however much it is used. */
  idleDays: number
  maxDays: number
}

/** How many sessions an account has at once. The next one ends the session whose last use is the longest ago. */
export const maxLiving = 30

/**
 * Writes a session, ends those that are too many, and writes the events. The caller has locked the account, so sign-ins
 * at the same moment see each other's sessions. Answers with the number of events: 1, and 1 for each session that
 * ended.
 */
export const insertSession = (
  tx: Tx,
  { account, sessionId, kind, refreshHash, idleDays, maxDays }: NewSession,
  origin: Origin,
): Promise<number> =>
  exec(
    tx,
    sql`with started as (
          insert into sessions (tenant_id, session_id, account_id, kind, refresh_hash, generation, user_agent, address,
            ends_at, expires_at)
          values (${account.tenant_id}, ${sessionId}, ${account.account_id}, ${kind}, ${refreshHash}, 0,
            ${origin.userAgent ?? null}, ${origin.address ?? null}, now() + make_interval(days => ${maxDays}),
            now() + make_interval(days => ${Math.min(idleDays, maxDays)}))
          returning session_id),
        surplus as (
          select s.session_id from sessions s
          where s.tenant_id = ${account.tenant_id} and s.account_id = ${account.account_id} and ${isLiving}
          order by ${lastUse} desc, s.created_at desc offset ${maxLiving - 1}),
        ended as (
          update sessions s set revoked_at = now() from surplus u
          where s.tenant_id = ${account.tenant_id} and s.session_id = u.session_id and s.revoked_at is null
          returning s.session_id),
        revoked as (${appendEventsFrom({
          tenantId: sql`${account.tenant_id}::integer`,
          type: 'session.revoked',
          subjectId: sql`${account.account_id}`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          details: { session_id: sql`e.session_id`, reason: sql`'too_many_sessions'::text` },
          requestId: sql`${origin.requestId}`,
          from: sql`from ended e`,
        })} returning event_id),
        noted as (${appendEventsFrom({
          tenantId: sql`${account.tenant_id}::integer`,
          type: 'session.started',
          subjectId: sql`${account.account_id}`,
          actorId: sql`${account.account_id}`,
          actorRole: sql`${account.role}`,
          details: sql`${placeSql(origin)} || jsonb_build_object('session_id', s.session_id)`,
          requestId: sql`${origin.requestId}`,
          from: sql`from started s`,
        })} returning event_id)
        select event_id from revoked union all select event_id from noted`,
  )

const Principal = z.object({
  account_id: z.string(),
  role: Role,
  name: z.string(),
  email: z.string(),
  token_version: z.int(),
  tenant_id: z.int(),
  tenant: z.string(),
  category: z.string().nullable(),
  has_factor: z.boolean(),
  is_use_due: z.boolean(),
  is_of_version_before: z.boolean(),
  is_suspended: z.boolean(),
})

/** After how long the last use of a session is written again. */
const useDue = sql`interval '5 minutes'`

/**
 * The active account of a session that has not ended; with a technician's category, which decides what they see.
 * `is_use_due`: its last use was written some minutes ago. `is_of_version_before`: nothing has refreshed it since the
 * upgrade. `is_suspended`: its tenant is.
 */
export const findSignedIn = (db: Db, tenant: string, sessionId: string): Promise<z.output<typeof Principal> | null> =>
  maybeOne(
    db,
    Principal,
    sql`select a.account_id, a.role, a.name, ${shownEmail} as email, a.token_version, a.tenant_id, t.slug as tenant, w.category,
          ${hasSecondFactor(sql`a.tenant_id`, sql`a.account_id`)} as has_factor,
          ${lastUse} < now() - ${useDue} as is_use_due, s.generation is null as is_of_version_before,
          t.state <> 'active' as is_suspended
        from tenants t
        join sessions s on s.tenant_id = t.tenant_id
        -- Looked up apart: where few sessions are, the planner would rather read all accounts of the tenant.
        cross join lateral (
          select a.* from accounts a where a.tenant_id = s.tenant_id and a.account_id = s.account_id limit 1) a
        left join technicians w on w.tenant_id = a.tenant_id and w.technician_id = a.account_id
        where t.slug = ${tenant} and s.session_id = ${sessionId} and ${isLiving} and a.status = 'active'`,
  )

/** A session that was used. */
export interface Use {
  tenantId: number
  sessionId: string
}

/**
 * Writes that sessions are in use. That of a cookie goes on for `idleDays` from now, if that is at least an hour
 * longer, but not beyond its absolute end. Sessions that are locked at the moment wait for their next use.
 */
export const writeUses = (db: Db, uses: Use[], idleDays: number): Promise<number> =>
  exec(
    db,
    sql`update sessions s set last_used_at = now(),
          expires_at = case when s.kind = 'cookie' and s.expires_at < e.idle_end - interval '1 hour' then e.idle_end
            else s.expires_at end
        from (select s.ctid, least(now() + make_interval(days => ${idleDays}), s.ends_at) as idle_end
          from unnest(${uses.map(({ tenantId }) => tenantId)}::integer[], ${uses.map(({ sessionId }) => sessionId)}::uuid[])
            as u (tenant_id, session_id)
          join sessions s on s.tenant_id = u.tenant_id and s.session_id = u.session_id
          where s.revoked_at is null and s.expires_at > now() and ${lastUse} < now() - ${useDue}
          order by s.tenant_id, s.session_id
          for no key update of s skip locked) as e
        where s.ctid = e.ctid`,
  )

/** Ends the living sessions of an account but for `keep`, which may be null. Answers with their number. */
export const revokeSessions = (db: Db, tenantId: number, accountId: string, keep: string | null): Promise<number> =>
  exec(
    db,
    sql`update sessions s set revoked_at = now()
        where s.tenant_id = ${tenantId} and s.account_id = ${accountId} and ${isLiving}
          and s.session_id is distinct from ${keep}::uuid`,
  )

/** Deletes at most `limit` sessions that expired a week ago. */
export const deleteExpiredSessions = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from sessions s where s.ctid = any (array(
          select o.ctid from sessions o
          where o.expires_at < now() - interval '7 days' limit ${limit} for update skip locked))`,
  )

/** Deactivates an account, and ends its access tokens and sessions. */
export const deactivateAccount = (tx: Tx, tenantId: number, accountId: string): Promise<number> =>
  exec(
    tx,
    sql`with ended as (
          update sessions set revoked_at = now()
          where tenant_id = ${tenantId} and account_id = ${accountId} and revoked_at is null)
        ${deactivateAccountStep(tenantId, accountId)}`,
  )
