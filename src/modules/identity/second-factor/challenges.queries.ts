import { z } from 'zod'
import { type Db, exec, maybeOne, one, sql, type Tx } from '../../../platform/db/sql.ts'

const ChallengeKey = z.object({ challenge_id: z.uuid() })

/** How many challenges an account may have open. One more ends the oldest. */
const openAtMost = 10

/** Writes a challenge. The caller has locked the account. */
export const insertChallenge = async (
  tx: Tx,
  owner: { tenantId: number; accountId: string },
  { version, hash, expiresAt }: { version: number; hash: Buffer; expiresAt: Date },
): Promise<string> => {
  const { tenantId, accountId } = owner
  const row = await one(
    tx,
    ChallengeKey,
    sql`with ended as (
          delete from sign_in_challenges c where c.tenant_id = ${tenantId} and c.challenge_id = any (array(
            select o.challenge_id from sign_in_challenges o
            where o.tenant_id = ${tenantId} and o.account_id = ${accountId}
            order by o.expires_at desc, o.challenge_id offset ${openAtMost - 1})))
        insert into sign_in_challenges (tenant_id, account_id, token_version, secret_hash, expires_at)
        values (${tenantId}, ${accountId}, ${version}, ${hash}, ${expiresAt})
        returning challenge_id`,
  )
  return row.challenge_id
}

const Challenge = z.object({ account_id: z.string(), token_version: z.int(), secret_hash: z.instanceof(Buffer) })
export type Challenge = z.output<typeof Challenge>

/** A challenge that has not expired. It is not locked, because the account is locked first. */
export const findChallenge = (db: Db, tenantId: number, challengeId: string, now: Date): Promise<Challenge | null> =>
  maybeOne(
    db,
    Challenge,
    sql`select c.account_id, c.token_version, c.secret_hash from sign_in_challenges c
        where c.tenant_id = ${tenantId} and c.challenge_id = ${challengeId} and c.expires_at > ${now}`,
  )

const Wrong = z.object({ wrong: z.int() })

/** Locks a challenge and answers with its wrong codes. Null when it has ended meanwhile. */
export const lockChallenge = async (tx: Tx, tenantId: number, challengeId: string): Promise<number | null> => {
  const row = await maybeOne(
    tx,
    Wrong,
    sql`select c.wrong from sign_in_challenges c
        where c.tenant_id = ${tenantId} and c.challenge_id = ${challengeId} for update`,
  )
  return row?.wrong ?? null
}

/** Writes how many wrong codes a challenge had. */
export const updateWrongOf = (tx: Tx, tenantId: number, challengeId: string, wrong: number): Promise<number> =>
  exec(
    tx,
    sql`update sign_in_challenges set wrong = ${wrong}
        where tenant_id = ${tenantId} and challenge_id = ${challengeId}`,
  )

/** Ends a challenge. */
export const deleteChallenge = (tx: Tx, tenantId: number, challengeId: string): Promise<number> =>
  exec(tx, sql`delete from sign_in_challenges where tenant_id = ${tenantId} and challenge_id = ${challengeId}`)

/** Ends the challenges of an account. */
export const deleteChallengesOf = (tx: Tx, tenantId: number, accountId: string): Promise<number> =>
  exec(tx, sql`delete from sign_in_challenges where tenant_id = ${tenantId} and account_id = ${accountId}`)

/** Deletes at most `limit` challenges that expired a day ago. */
export const deleteExpiredChallenges = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from sign_in_challenges c where c.ctid = any (array(
          select o.ctid from sign_in_challenges o
          where o.expires_at < now() - interval '1 day' limit ${limit} for update skip locked))`,
  )
