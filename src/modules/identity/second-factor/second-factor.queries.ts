import { z } from 'zod'
import { type Db, exec, maybeOne, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { hasSecondFactor } from './second-factor.steps.ts'

const Factor = z.object({
  tenant_id: z.int(),
  account_id: z.string(),
  secret: z.string(),
  last_step: z.coerce.number(),
  hour_wrong: z.int(),
  hour_ends_at: z.string().nullable(),
  day_wrong: z.int(),
  day_ends_at: z.string().nullable(),
})

/** A second factor that has been confirmed, with its sealed secret. */
export type Factor = z.output<typeof Factor>

/** Locks the confirmed factor of an account, so that its codes are checked one after the other. Null without one. */
export const lockFactor = (tx: Tx, tenantId: number, accountId: string): Promise<Factor | null> =>
  maybeOne(
    tx,
    Factor,
    sql`select f.tenant_id, f.account_id, f.secret, f.last_step, f.hour_wrong, f.hour_ends_at, f.day_wrong,
          f.day_ends_at
        from second_factors f
        where f.tenant_id = ${tenantId} and f.account_id = ${accountId} and f.enabled_at is not null
        for update`,
  )

/** Spends the codes up to a step, and keeps the secret as it is sealed now. */
export const updateLastStep = (tx: Tx, { tenant_id, account_id, secret, last_step }: Factor): Promise<number> =>
  exec(
    tx,
    sql`update second_factors set last_step = ${last_step}, secret = ${secret}
        where tenant_id = ${tenant_id} and account_id = ${account_id}`,
  )

/** Writes how many wrong codes there were. */
export const updateWrongCodes = (tx: Tx, factor: Factor): Promise<number> =>
  exec(
    tx,
    sql`update second_factors set hour_wrong = ${factor.hour_wrong}, hour_ends_at = ${factor.hour_ends_at},
          day_wrong = ${factor.day_wrong}, day_ends_at = ${factor.day_ends_at}
        where tenant_id = ${factor.tenant_id} and account_id = ${factor.account_id}`,
  )

/** Uses a recovery code. Of several requests at the same time, one uses it. */
export const spendRecoveryCode = async (tx: Tx, tenantId: number, accountId: string, hash: Buffer): Promise<boolean> =>
  (await exec(
    tx,
    sql`update recovery_codes set used_at = now()
        where tenant_id = ${tenantId} and account_id = ${accountId} and code_hash = ${hash} and used_at is null`,
  )) === 1

const Count = z.object({ count: z.int() })

/** How many recovery codes an account has left. */
export const countRecoveryCodes = async (db: Db, tenantId: number, accountId: string): Promise<number> => {
  const { count } = await one(
    db,
    Count,
    sql`select count(*)::integer as count from recovery_codes c
        where c.tenant_id = ${tenantId} and c.account_id = ${accountId} and c.used_at is null`,
  )
  return count
}

const Answer = z.object({ has_factor: z.boolean() })

/** Whether an account has a confirmed factor. */
export const findWhetherEnabled = async (db: Db, tenantId: number, accountId: string): Promise<boolean> => {
  const { has_factor: hasFactor } = await one(
    db,
    Answer,
    sql`select ${hasSecondFactor(sql`${tenantId}`, sql`${accountId}`)} as has_factor`,
  )
  return hasFactor
}
