import { z } from 'zod'
import { type Db, exec, many, maybeOne, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { type Act, sessionOf, type User } from '../accounts/actor.ts'
import { isLiving, lastUse } from './living-sessions.steps.ts'
import { maxLiving } from './sessions.queries.ts'
import { SessionKind } from './sign-in.schemas.ts'

const OwnSession = z.object({
  session_id: z.uuid(),
  kind: SessionKind,
  user_agent: z.string().nullable(),
  address: z.string().nullable(),
  started_at: z.string(),
  last_used_at: z.string(),
  expires_at: z.string(),
})
export type OwnSession = z.output<typeof OwnSession>

/** The living sessions of an account, the last used first. An account has a bounded number of them. */
export const listLivingSessions = (db: Db, tenantId: number, accountId: string): Promise<OwnSession[]> =>
  many(
    db,
    OwnSession,
    sql`select s.session_id, s.kind, s.user_agent, s.address, s.created_at as started_at,
          ${lastUse} as last_used_at, least(s.expires_at, s.ends_at) as expires_at
        from sessions s
        where s.tenant_id = ${tenantId} and s.account_id = ${accountId} and ${isLiving}
        order by ${lastUse} desc, s.created_at desc, s.session_id limit ${maxLiving}`,
  )

const SessionKey = z.object({ session_id: z.string() })

/** Whether a session has not ended. */
export const isSessionAlive = async (db: Db, tenantId: number, sessionId: string): Promise<boolean> => {
  const alive = sql`select s.session_id from sessions s
    where s.tenant_id = ${tenantId} and s.session_id = ${sessionId} and ${isLiving}`
  return (await maybeOne(db, SessionKey, alive)) !== null
}

/** Ends those of the actor's own living sessions that fit a condition on `s`, and writes an event for each. */
const endOwn = (tx: Tx, { actor, requestId }: Act<User>, condition: Sql): Promise<number> =>
  exec(
    tx,
    sql`with ended as (
          update sessions s set revoked_at = now()
          where s.tenant_id = ${actor.tenantId} and s.account_id = ${actor.accountId} and ${isLiving} and ${condition}
          returning s.session_id)
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

/** Ends one of the actor's own sessions. Answers with 0 when it is not theirs, or has ended. */
export const endOwnSession = (tx: Tx, act: Act<User>, sessionId: string): Promise<number> =>
  endOwn(tx, act, sql`s.session_id = ${sessionId}::uuid`)

/** Ends all of the actor's own sessions but the one of the request. */
export const endOtherSessions = (tx: Tx, act: Act<User>): Promise<number> =>
  endOwn(tx, act, sql`s.session_id <> ${sessionOf(act.actor)}::uuid`)
