import { z } from 'zod'
import { exec, maybeOne, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { Origin } from '../accounts/actor.ts'
import { isLiving } from './living-sessions.steps.ts'
import type { RefreshToken } from './refresh-tokens.ts'
import { placeSql } from './sessions.queries.ts'
import { Account, accountColumns } from './sign-in.queries.ts'

const SessionToRefresh = z.object({
  ...Account.shape,
  refresh_hash: z.instanceof(Buffer).nullable(),
  previous_refresh_hash: z.instanceof(Buffer).nullable(),
  unmarked_refresh_hash: z.instanceof(Buffer).nullable(),
  generation: z.int().nullable(),
  issued_ms: z.number().nullable(),
  is_just_refreshed: z.boolean(),
  is_living: z.boolean(),
})
export type SessionToRefresh = z.output<typeof SessionToRefresh>

/** For how long after a refresh the token that it replaced gets the same answer again. */
const againFor = sql`interval '30 seconds'`

/** Locks the session of a refresh token, with its account; null when it has been revoked. */
export const lockSessionToRefresh = (tx: Tx, { tenantId, sessionId }: RefreshToken): Promise<SessionToRefresh | null> =>
  maybeOne(
    tx,
    SessionToRefresh,
    sql`select ${accountColumns}, s.refresh_hash, s.previous_refresh_hash, s.unmarked_refresh_hash, s.generation,
          (extract(epoch from s.tokens_issued_at) * 1000)::float8 as issued_ms,
          s.refreshed_at >= now() - ${againFor} as is_just_refreshed,
          ${isLiving} and a.status = 'active' as is_living
        from sessions s
        join accounts a on a.tenant_id = s.tenant_id and a.account_id = s.account_id
        join tenants t on t.tenant_id = s.tenant_id
        where s.tenant_id = ${tenantId} and s.session_id = ${sessionId} and s.revoked_at is null
        for no key update of s`,
  )

/** The next generation of a session. */
interface Rotation {
  generation: number
  hash: Buffer
  /** When the tokens are made, by the clock of the program. */
  issuedMs: number
  idleDays: number
}

/**
 * Spends the newest refresh token of a locked session: the session gets the next. The hash of the spent one is kept, to
 * answer it again; that of a secret without a mark for longer, to recognize it when it comes again.
 */
export const rotateSession = (
  tx: Tx,
  { tenantId, sessionId, isMarked }: RefreshToken,
  { generation, hash, issuedMs, idleDays }: Rotation,
): Promise<number> =>
  exec(
    tx,
    sql`update sessions s set refresh_hash = ${hash}, previous_refresh_hash = s.refresh_hash, generation = ${generation},
          unmarked_refresh_hash = case when ${isMarked} then s.unmarked_refresh_hash else s.refresh_hash end,
          refreshed_at = now(), tokens_issued_at = ${new Date(issuedMs)}, last_used_at = now(),
          expires_at = least(now() + make_interval(days => ${idleDays}), s.ends_at)
        where s.tenant_id = ${tenantId} and s.session_id = ${sessionId}`,
  )

/** Ends a locked session because of a refresh token that was spent, or has expired, and writes the event. */
export const revokeSession = (tx: Tx, { tenantId, sessionId }: RefreshToken, origin: Origin): Promise<number> =>
  exec(
    tx,
    sql`with ended as (
          update sessions set revoked_at = now()
          where tenant_id = ${tenantId} and session_id = ${sessionId} and revoked_at is null
          returning account_id, session_id, least(expires_at, ends_at) as end_at)
        ${appendEventsFrom({
          tenantId: sql`${tenantId}::integer`,
          type: 'session.revoked',
          subjectId: sql`e.account_id`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          details: sql`${placeSql(origin)} || jsonb_build_object('session_id', e.session_id,
            'reason', case when e.end_at <= now() then 'expired' else 'refresh_token_reused' end)`,
          requestId: sql`${origin.requestId}`,
          from: sql`from ended e`,
        })}`,
  )
