import { z } from 'zod'
import { type Db, exec, maybeOne, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { shownTenantName } from '../tenants/tenant-settings.steps.ts'

const Name = z.object({ name: z.string() })

/** The name of a tenant, which the app shows beside the codes. */
export const getTenantName = async (db: Db, tenantId: number): Promise<string> => {
  const { name } = await one(
    db,
    Name,
    sql`select ${shownTenantName(sql`t`)} as name from tenants t where t.tenant_id = ${tenantId}`,
  )
  return name
}

/** Writes the secret that waits for its first code. An earlier one that waits is forgotten; a confirmed one stays. */
export const writePendingSecret = (
  tx: Tx,
  tenantId: number,
  accountId: string,
  sealed: string,
  at: Date,
): Promise<number> =>
  exec(
    tx,
    sql`insert into second_factors (tenant_id, account_id, pending_secret, pending_at)
        values (${tenantId}, ${accountId}, ${sealed}, ${at})
        on conflict on constraint second_factors_pkey
          do update set pending_secret = excluded.pending_secret, pending_at = excluded.pending_at`,
  )

const Pending = z.object({ pending_secret: z.string(), is_enabled: z.boolean() })

/** Locks the secret that waits for its first code since `since` or later. Null without one. */
export const lockPendingSecret = (
  tx: Tx,
  tenantId: number,
  accountId: string,
  since: Date,
): Promise<z.output<typeof Pending> | null> =>
  maybeOne(
    tx,
    Pending,
    sql`select f.pending_secret, f.enabled_at is not null as is_enabled from second_factors f
        where f.tenant_id = ${tenantId} and f.account_id = ${accountId} and f.pending_at >= ${since}
        for update`,
  )

/** Confirms the secret that waits. The codes up to `step` are spent. */
export const enablePendingSecret = (
  tx: Tx,
  tenantId: number,
  accountId: string,
  { sealed, step, at }: { sealed: string; step: number; at: Date },
): Promise<number> =>
  exec(
    tx,
    sql`update second_factors set secret = ${sealed}, enabled_at = ${at}, last_step = ${step}, pending_secret = null,
          pending_at = null
        where tenant_id = ${tenantId} and account_id = ${accountId}`,
  )

/** Writes the hashes of a new set of recovery codes in place of all earlier ones. */
export const replaceRecoveryCodes = async (
  tx: Tx,
  tenantId: number,
  accountId: string,
  hashes: Buffer[],
): Promise<void> => {
  await exec(tx, sql`delete from recovery_codes where tenant_id = ${tenantId} and account_id = ${accountId}`)
  await exec(
    tx,
    sql`insert into recovery_codes (tenant_id, account_id, code_hash)
        select ${tenantId}::integer, ${accountId}::text, h.hash from unnest(${hashes}::bytea[]) h (hash)`,
  )
}

const State = z.object({ enabled_at: z.string().nullable(), left: z.int() })

/** Since when an account has a second factor, and how many recovery codes it has left. */
export const getFactorState = (db: Db, tenantId: number, accountId: string): Promise<z.output<typeof State>> =>
  one(
    db,
    State,
    sql`select (select f.enabled_at from second_factors f
            where f.tenant_id = ${tenantId} and f.account_id = ${accountId}) as enabled_at,
          (select count(*)::integer from recovery_codes c
            where c.tenant_id = ${tenantId} and c.account_id = ${accountId} and c.used_at is null) as left`,
  )

/** Deletes the second factor of an account with all that belongs to it. Answers whether there was a confirmed one. */
export const deleteFactor = async (tx: Tx, tenantId: number, accountId: string): Promise<boolean> => {
  const row = await maybeOne(
    tx,
    z.object({ was_enabled: z.boolean() }),
    sql`with codes as (
          delete from recovery_codes where tenant_id = ${tenantId} and account_id = ${accountId}),
        challenges as (
          delete from sign_in_challenges where tenant_id = ${tenantId} and account_id = ${accountId})
        delete from second_factors where tenant_id = ${tenantId} and account_id = ${accountId}
        returning enabled_at is not null as was_enabled`,
  )
  return row?.was_enabled ?? false
}
