import { z } from 'zod'
import { type Db, exec, maybeOne, one, sql, type Tx } from '../../../platform/db/sql.ts'

const ResetKey = z.object({ reset_id: z.uuid() })

/** Writes a new link for the account, and ends the links before it. */
export const insertPasswordReset = async (
  tx: Tx,
  tenantId: number,
  accountId: string,
  minutes: number,
): Promise<string> => {
  await spendPasswordResets(tx, tenantId, accountId)
  const row = await one(
    tx,
    ResetKey,
    sql`insert into password_resets (tenant_id, account_id, expires_at)
        values (${tenantId}, ${accountId}, now() + make_interval(mins => ${minutes})) returning reset_id`,
  )
  return row.reset_id
}

/** Ends every open link of an account. */
export const spendPasswordResets = (db: Db, tenantId: number, accountId: string): Promise<number> =>
  exec(
    db,
    sql`update password_resets set used_at = now()
        where tenant_id = ${tenantId} and account_id = ${accountId} and used_at is null`,
  )

const Recent = z.object({ count: z.int() })

/** How many links the account got in the last hour. */
export const countRecentPasswordResets = async (db: Db, tenantId: number, accountId: string): Promise<number> => {
  const row = await one(
    db,
    Recent,
    sql`select count(*) as count from password_resets r
        where r.tenant_id = ${tenantId} and r.account_id = ${accountId} and r.created_at > now() - interval '1 hour'`,
  )
  return row.count
}

const Owner = z.object({ account_id: z.string() })

/**
 * Uses a link. Of several requests at the same time, one gets the account's id. The database's clock says whether the
 * link has expired.
 */
export const usePasswordReset = async (tx: Tx, tenantId: number, resetId: string): Promise<string | null> => {
  const row = await maybeOne(
    tx,
    Owner,
    sql`update password_resets r set used_at = now() from accounts a
        where r.tenant_id = ${tenantId} and r.reset_id = ${resetId} and r.used_at is null and r.expires_at > now()
          and a.tenant_id = r.tenant_id and a.account_id = r.account_id and a.status <> 'deactivated'
        returning r.account_id`,
  )
  return row?.account_id ?? null
}

/** Deletes at most `limit` links that expired a month ago. */
export const deleteOldPasswordResets = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from password_resets r where r.ctid = any (array(
          select o.ctid from password_resets o
          where o.expires_at < now() - interval '30 days' limit ${limit} for update skip locked))`,
  )
