import { z } from 'zod'
import { AccountStatus, Role } from '../../../contract/enums.ts'
import { type Db, exec, join, maybeOne, nothing, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { mailableForm, typedForm } from '../../../platform/email-address.ts'
import { insertAccountStep, isPerson, isUnconfirmed, shownEmail } from './accounts.steps.ts'

const AccountKey = z.object({ account_id: z.string() })

/** An admin's account; its id is the sign-in name. Without a password the admin is invited. */
export const insertAdmin = async (
  tx: Tx,
  tenantId: number,
  admin: { userId: string; name: string; email: string; passwordHash: string | null },
): Promise<string> => {
  const { userId: signInName, ...rest } = admin
  const account = { tenantId, accountId: sql`${signInName}::text`, role: 'admin' as const, signInName, ...rest }
  const row = await one(tx, AccountKey, sql`${insertAccountStep(account, nothing)} returning account_id`)
  return row.account_id
}

const LockedAccount = z.object({
  account_id: z.string(),
  role: Role,
  name: z.string(),
  email: z.string(),
  status: AccountStatus,
})
export type LockedAccount = z.output<typeof LockedAccount>

/** Locks the account of a person for a change. */
export const lockAccount = (tx: Tx, tenantId: number, accountId: string): Promise<LockedAccount | null> =>
  maybeOne(
    tx,
    LockedAccount,
    sql`select a.account_id, a.role, a.name, ${shownEmail} as email, a.status from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and ${isPerson}
        for no key update`,
  )

/** Locks what the number of a tenant's active admins depends on, until the transaction ends. */
export const lockAdmins = async (tx: Tx, tenantId: number): Promise<void> => {
  await exec(tx, sql`select from tenants t where t.tenant_id = ${tenantId} for no key update`)
}

const Answer = z.object({ has: z.boolean() })

/**
 * Whether a tenant has another active admin than an account. A service account is none, because nobody signs in to it.
 */
export const hasOtherAdmin = async (db: Db, tenantId: number, accountId: string): Promise<boolean> => {
  const { has } = await one(
    db,
    Answer,
    sql`select exists (
          select from accounts a
          where a.tenant_id = ${tenantId} and a.role = 'admin' and a.status = 'active'
            and a.account_id <> ${accountId} and ${isPerson}) as has`,
  )
  return has
}

const Living = z.object({ account_id: z.string(), status: AccountStatus })

const LivingOwner = Living.extend({ is_unconfirmed: z.boolean() })

/** Locks an account of any role, if it is not deactivated. Null when it is. */
export const lockLivingAccount = (
  tx: Tx,
  tenantId: number,
  accountId: string,
): Promise<z.output<typeof LivingOwner> | null> =>
  maybeOne(
    tx,
    LivingOwner,
    sql`select a.account_id, a.status, ${isUnconfirmed} as is_unconfirmed from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and a.status <> 'deactivated'
        for no key update`,
  )

/** Locks the account that has an email address. */
export const lockAccountOfAddress = (
  tx: Tx,
  tenantId: number,
  email: string,
): Promise<z.output<typeof Living> | null> =>
  maybeOne(
    tx,
    Living,
    sql`select a.account_id, a.status from accounts a
        where a.tenant_id = ${tenantId} and lower(a.email) = lower(${mailableForm(email)})
        for no key update`,
  )

/** The members of an account that a request may change. */
export interface AccountChange {
  name?: string
  email?: string
}

/**
 * Changes name and address. A sign-in name that equals the old address becomes the new address. Another address is not
 * confirmed, unless the account is invited: the new invitation confirms it.
 */
export const updateAccount = (db: Db, tenantId: number, accountId: string, change: AccountChange): Promise<number> => {
  const sets: Sql[] = []
  if (change.name !== undefined) sets.push(sql`name = ${change.name}`)
  if (change.email !== undefined) {
    const address = mailableForm(change.email)
    sets.push(
      sql`email = ${address}`,
      sql`typed_email = ${typedForm(change.email)}`,
      sql`sign_in_name = case when lower(sign_in_name) = lower(email) then ${address} else sign_in_name end`,
      sql`email_confirmed_at = case
        when lower(email) = lower(${address}) or status = 'invited' then email_confirmed_at end`,
    )
  }
  return exec(db, sql`update accounts set ${join(sets)} where tenant_id = ${tenantId} and account_id = ${accountId}`)
}

export const updatePasswordHash = (db: Db, tenantId: number, accountId: string, hash: string): Promise<number> =>
  exec(db, sql`update accounts set password_hash = ${hash} where tenant_id = ${tenantId} and account_id = ${accountId}`)

/** Notes that the person of the account followed a link that was mailed to its address. The first time counts. */
export const confirmAddress = (tx: Tx, tenantId: number, accountId: string): Promise<number> =>
  exec(
    tx,
    sql`update accounts set email_confirmed_at = coalesce(email_confirmed_at, now())
        where tenant_id = ${tenantId} and account_id = ${accountId}`,
  )

/**
 * Sets the password by a link that was mailed to the address of the account, which confirms the address. Makes an
 * invited account active, and ends every access token and API token of the account.
 */
export const activateWithPassword = (tx: Tx, tenantId: number, accountId: string, hash: string): Promise<number> =>
  exec(
    tx,
    sql`update accounts set password_hash = ${hash}, status = 'active', token_version = token_version + 1,
          api_token_version = api_token_version + 1,
          email_confirmed_at = coalesce(email_confirmed_at, now())
        where tenant_id = ${tenantId} and account_id = ${accountId}`,
  )

const Reactivated = z.object({ status: z.enum(['active', 'invited']), email: z.string(), is_confirmed: z.boolean() })

/** Brings a deactivated account back: active with the password that it had, else invited. */
export const reactivateAccount = (tx: Tx, tenantId: number, accountId: string): Promise<z.output<typeof Reactivated>> =>
  one(
    tx,
    Reactivated,
    sql`update accounts set status = case when password_hash is null then 'invited' else 'active' end
        where tenant_id = ${tenantId} and account_id = ${accountId}
        returning status, email, email_confirmed_at is not null as is_confirmed`,
  )

/**
 * Gives an account another role, and ends its access tokens and API tokens, whose scopes were chosen for the role
 * before.
 */
export const updateRole = (tx: Tx, tenantId: number, accountId: string, role: Role): Promise<number> =>
  exec(
    tx,
    sql`update accounts set role = ${role}, token_version = token_version + 1,
          api_token_version = api_token_version + 1
        where tenant_id = ${tenantId} and account_id = ${accountId}`,
  )

/** Ends every access token of an account. */
export const endAccessTokens = (tx: Tx, tenantId: number, accountId: string): Promise<number> =>
  exec(
    tx,
    sql`update accounts set token_version = token_version + 1
        where tenant_id = ${tenantId} and account_id = ${accountId}`,
  )
