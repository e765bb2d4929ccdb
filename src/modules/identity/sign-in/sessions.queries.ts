import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { type Db, exec, maybeOne, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { deactivateAccountStep, shownEmail } from '../accounts/accounts.steps.ts'
import { type Act, type Origin, placeOf, type User } from '../accounts/actor.ts'
import { hasSecondFactor } from '../second-factor/second-factor.steps.ts'
import type { RefreshToken } from './refresh-tokens.ts'
import { Account, accountColumns } from './sign-in.queries.ts'

/** Where a request came from, as a part of an event's details. */
const placeSql = (origin: Origin): Sql => sql`${JSON.stringify(placeOf(origin))}::jsonb`

/** Writes a session, and its event. */
export const insertSession = async (
  tx: Tx,
  account: Account,
  sessionId: string,
  refreshHash: Buffer,
  days: number,
  origin: Origin,
): Promise<number> =>
  exec(
    tx,
    sql`with started as (
          insert into sessions (tenant_id, session_id, account_id, refresh_hash, expires_at)
          values (${account.tenant_id}, ${sessionId}, ${account.account_id}, ${refreshHash},
            now() + make_interval(days => ${days}))
          returning session_id)
        ${appendEventsFrom({
          tenantId: sql`${account.tenant_id}::integer`,
          type: 'session.started',
          subjectId: sql`${account.account_id}`,
          actorId: sql`${account.account_id}`,
          actorRole: sql`${account.role}`,
          details: sql`${placeSql(origin)} || jsonb_build_object('session_id', s.session_id)`,
          requestId: sql`${origin.requestId}`,
          from: sql`from started s`,
        })}`,
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
})

/** The active account of a session that has not ended; with a technician's category, which decides what they see. */
export const findSignedIn = (db: Db, tenant: string, sessionId: string): Promise<z.output<typeof Principal> | null> =>
  maybeOne(
    db,
    Principal,
    sql`select a.account_id, a.role, a.name, ${shownEmail} as email, a.token_version, a.tenant_id, t.slug as tenant, w.category,
          ${hasSecondFactor(sql`a.tenant_id`, sql`a.account_id`)} as has_factor
        from tenants t
        join sessions s on s.tenant_id = t.tenant_id
        join accounts a on a.tenant_id = s.tenant_id and a.account_id = s.account_id
        left join technicians w on w.tenant_id = a.tenant_id and w.technician_id = a.account_id
        where t.slug = ${tenant} and s.session_id = ${sessionId} and s.revoked_at is null and s.expires_at > now()
          and a.status = 'active'`,
  )

/**
 * Spends a refresh token: the session gets a new one. Null when the token was not the newest, or the session has ended.
 * Of a secret without a mark the hash is kept, to recognize it when it comes again.
 */
export const rotateSession = async (tx: Tx, old: RefreshToken, hash: Buffer, days: number): Promise<Account | null> =>
  maybeOne(
    tx,
    Account,
    sql`with rotated as (
          update sessions s set refresh_hash = ${hash}, refreshed_at = now(),
            unmarked_refresh_hash = case when ${old.isMarked} then s.unmarked_refresh_hash else s.refresh_hash end,
            expires_at = now() + make_interval(days => ${days})
          from accounts a
          where s.tenant_id = ${old.tenantId} and s.session_id = ${old.sessionId} and s.refresh_hash = ${old.hash}
            and s.revoked_at is null and s.expires_at > now()
            and a.tenant_id = s.tenant_id and a.account_id = s.account_id and a.status = 'active'
          returning s.tenant_id, s.account_id)
        select ${accountColumns} from rotated r
        join accounts a on a.tenant_id = r.tenant_id and a.account_id = r.account_id
        join tenants t on t.tenant_id = a.tenant_id`,
  )

/** Ends the session of the actor, and writes the event. */
export const endSession = (tx: Tx, { actor, requestId }: Act<User>): Promise<number> =>
  exec(
    tx,
    sql`with ended as (
          update sessions set revoked_at = now()
          where tenant_id = ${actor.tenantId} and session_id = ${actor.sessionId} and revoked_at is null
          returning session_id)
        ${appendEventsFrom({
          tenantId: sql`${actor.tenantId}::integer`,
          type: 'session.ended',
          subjectId: sql`${actor.accountId}`,
          actorId: sql`${actor.accountId}`,
          actorRole: sql`${actor.role}`,
          details: { session_id: sql`e.session_id` },
          requestId: sql`${requestId}`,
          from: sql`from ended e`,
        })}`,
  )

/**
 * Ends a session because of a refresh token that was right once but is spent, or has expired, and writes the event. For
 * any other token nothing changes, because the id of a session is no secret.
 */
export const revokeSession = (
  db: Db,
  { tenantId, sessionId, hash, isMarked }: RefreshToken,
  origin: Origin,
): Promise<number> =>
  exec(
    db,
    sql`with ended as (
          update sessions set revoked_at = now()
          where tenant_id = ${tenantId} and session_id = ${sessionId} and revoked_at is null
            and (${isMarked}::boolean or refresh_hash = ${hash} or unmarked_refresh_hash = ${hash})
          returning account_id, session_id, expires_at)
        ${appendEventsFrom({
          tenantId: sql`${tenantId}::integer`,
          type: 'session.revoked',
          subjectId: sql`e.account_id`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          details: sql`${placeSql(origin)} || jsonb_build_object('session_id', e.session_id,
            'reason', case when e.expires_at <= now() then 'expired' else 'refresh_token_reused' end)`,
          requestId: sql`${origin.requestId}`,
          from: sql`from ended e`,
        })}`,
  )

/** Ends the sessions of an account. `keep` is the session that goes on; null for none. */
export const revokeSessions = (db: Db, tenantId: number, accountId: string, keep: string | null): Promise<number> =>
  exec(
    db,
    sql`update sessions set revoked_at = now()
        where tenant_id = ${tenantId} and account_id = ${accountId} and revoked_at is null
          and session_id is distinct from ${keep}::uuid`,
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
