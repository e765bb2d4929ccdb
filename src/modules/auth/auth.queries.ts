import { z } from 'zod'
import { type Db, exec, maybeOne, one, sql, type Tx } from '../../platform/db/sql.ts'
import { insertEventSql } from '../../platform/events/events.ts'
import { type Act, type Origin, placeOf, type User } from './actor.ts'
import { Role } from './auth.schemas.ts'

const accountColumns = sql`a.tenant_id, a.account_id, a.role, a.email, a.name, a.password_hash, a.token_version,
  a.status, t.slug as tenant`

export const Account = z.object({
  tenant_id: z.int(),
  account_id: z.string(),
  role: Role,
  email: z.string(),
  name: z.string(),
  password_hash: z.string().nullable(),
  token_version: z.int(),
  status: z.enum(['invited', 'active', 'deactivated']),
  tenant: z.string(),
})
export type Account = z.output<typeof Account>

/** By sign-in name, e-mail address or account number; the constraints of `accounts` see that only one can match. */
export const findAccountToSignIn = (db: Db, tenantId: number, name: string): Promise<Account | null> =>
  maybeOne(
    db,
    Account,
    sql`select ${accountColumns} from accounts a join tenants t on t.tenant_id = a.tenant_id
        where a.tenant_id = ${tenantId}
          and (lower(a.sign_in_name) = lower(${name}) or lower(a.email) = lower(${name})
            or a.account_id = upper(${name}))
        limit 1`,
  )

export const getAccount = (db: Db, tenantId: number, accountId: string): Promise<Account> =>
  one(
    db,
    Account,
    sql`select ${accountColumns} from accounts a join tenants t on t.tenant_id = a.tenant_id
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId}`,
  )

const AccountKey = z.object({ account_id: z.string() })

/**
 * Holds an account until the transaction ends, when it is still active and its password still the one that was checked.
 * Checking takes long, and what is done on the strength of an old password must not outlive its change.
 */
export const lockUnchangedAccount = async (tx: Tx, account: Account): Promise<boolean> => {
  const row = await maybeOne(
    tx,
    AccountKey,
    sql`select a.account_id from accounts a
        where a.tenant_id = ${account.tenant_id} and a.account_id = ${account.account_id} and a.status = 'active'
          and a.password_hash = ${account.password_hash}
        for no key update`,
  )
  return row !== null
}

export const updatePasswordHash = (db: Db, tenantId: number, accountId: string, hash: string): Promise<number> =>
  exec(db, sql`update accounts set password_hash = ${hash} where tenant_id = ${tenantId} and account_id = ${accountId}`)

const SessionKey = z.object({ session_id: z.uuid() })

/** A session, and the news of it. */
export const insertSession = async (
  tx: Tx,
  account: Account,
  refreshHash: Buffer,
  days: number,
  origin: Origin,
): Promise<string> => {
  const row = await one(
    tx,
    SessionKey,
    sql`with started as (
          insert into sessions (tenant_id, account_id, refresh_hash, expires_at)
          values (${account.tenant_id}, ${account.account_id}, ${refreshHash}, now() + make_interval(days => ${days}))
          returning session_id),
        logged as (
          insert into events (tenant_id, type, subject_id, actor_id, actor_role, details, request_id)
          select ${account.tenant_id}, 'session.started', ${account.account_id}, ${account.account_id}, ${account.role},
            ${JSON.stringify(placeOf(origin))}::jsonb || jsonb_build_object('session_id', s.session_id),
            ${origin.requestId}
          from started s)
        select s.session_id from started s`,
  )
  return row.session_id
}

const Principal = z.object({
  account_id: z.string(),
  role: Role,
  name: z.string(),
  email: z.string(),
  token_version: z.int(),
  tenant_id: z.int(),
  tenant: z.string(),
  category: z.string().nullable(),
})

/** The account of a living session, when it is active; with a technician's category, which decides what they see. */
export const findSignedIn = (db: Db, tenant: string, sessionId: string): Promise<z.output<typeof Principal> | null> =>
  maybeOne(
    db,
    Principal,
    sql`select a.account_id, a.role, a.name, a.email, a.token_version, a.tenant_id, t.slug as tenant, w.category
        from tenants t
        join sessions s on s.tenant_id = t.tenant_id
        join accounts a on a.tenant_id = s.tenant_id and a.account_id = s.account_id
        left join technicians w on w.tenant_id = a.tenant_id and w.technician_id = a.account_id
        where t.slug = ${tenant} and s.session_id = ${sessionId} and s.revoked_at is null and s.expires_at > now()
          and a.status = 'active'`,
  )

/** Spends the refresh token: the session gets a new one. Null when it was not the newest of a living session. */
export const rotateSession = async (
  tx: Tx,
  old: { tenantId: number; sessionId: string; hash: Buffer },
  hash: Buffer,
  days: number,
): Promise<Account | null> =>
  maybeOne(
    tx,
    Account,
    sql`with rotated as (
          update sessions s set refresh_hash = ${hash}, refreshed_at = now(),
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

/** Ends the session that somebody signs out of, with the news of it. */
export const endSession = (tx: Tx, { actor, requestId }: Act<User>): Promise<number> =>
  exec(
    tx,
    sql`with ended as (
          update sessions set revoked_at = now()
          where tenant_id = ${actor.tenantId} and session_id = ${actor.sessionId} and revoked_at is null
          returning session_id)
        insert into events (tenant_id, type, subject_id, actor_id, actor_role, details, request_id)
        select ${actor.tenantId}, 'session.ended', ${actor.accountId}, ${actor.accountId}, ${actor.role},
          jsonb_build_object('session_id', e.session_id), ${requestId}
        from ended e`,
  )

/** Ends a session because of a refresh token that is not its newest, or came too late, with the news of it. */
export const revokeSession = (db: Db, tenantId: number, sessionId: string, origin: Origin): Promise<number> =>
  exec(
    db,
    sql`with ended as (
          update sessions set revoked_at = now()
          where tenant_id = ${tenantId} and session_id = ${sessionId} and revoked_at is null
          returning account_id, session_id, expires_at)
        insert into events (tenant_id, type, subject_id, actor_role, details, request_id)
        select ${tenantId}, 'session.revoked', e.account_id, 'system',
          ${JSON.stringify(placeOf(origin))}::jsonb || jsonb_build_object('session_id', e.session_id,
            'reason', case when e.expires_at <= now() then 'expired' else 'refresh_token_reused' end),
          ${origin.requestId}
        from ended e`,
  )

/** Ends the sessions of an account, all but `keep` if there is one to keep. */
export const revokeSessions = (db: Db, tenantId: number, accountId: string, keep: string | null): Promise<number> =>
  exec(
    db,
    sql`update sessions set revoked_at = now()
        where tenant_id = ${tenantId} and account_id = ${accountId} and revoked_at is null
          and session_id is distinct from ${keep}::uuid`,
  )

export const deleteExpiredSessions = (db: Db): Promise<number> =>
  exec(
    db,
    sql`delete from sessions s using (
          select o.tenant_id, o.session_id from sessions o
          where o.expires_at < now() - interval '7 days' limit 5000) old
        where s.tenant_id = old.tenant_id and s.session_id = old.session_id`,
  )

/** Why a sign-in failed. The name that was tried is not kept: it may be a password that was typed into the wrong field. */
export type Failure = 'unknown_name' | 'wrong_password' | 'invited' | 'deactivated'

/** The subject of a sign-in with a name that no account has; no account can be called so. */
const nobody = '-'

/** The news of a failed sign-in. Nobody has signed in, so nobody of ours did it. */
export const insertFailedSignIn = (
  db: Db,
  tenantId: number,
  accountId: string | null,
  reason: Failure,
  origin: Origin,
): Promise<number> =>
  exec(
    db,
    insertEventSql({
      tenantId,
      type: 'sign_in.failed',
      subjectId: accountId ?? nobody,
      subjectVersion: null,
      actorId: null,
      actorRole: 'system',
      changes: {},
      details: { ...placeOf(origin), reason },
      requestId: origin.requestId,
    }),
  )

/** The news that somebody who is signed in did not know their own password. */
export const insertFailedPasswordChange = (db: Db, act: Act<User>): Promise<number> =>
  exec(
    db,
    insertEventSql({
      tenantId: act.actor.tenantId,
      type: 'password.change_failed',
      subjectId: act.actor.accountId,
      subjectVersion: null,
      actorId: act.actor.accountId,
      actorRole: act.actor.role,
      changes: {},
      details: { ...placeOf(act), session_id: act.actor.sessionId },
      requestId: act.requestId,
    }),
  )
