import { z } from 'zod'
import { AccountStatus, Role } from '../../../contract/enums.ts'
import { type Db, maybeOne, one, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import { isPerson, isUnconfirmed, shownEmail } from '../accounts/accounts.steps.ts'

/** The columns that a sign-in needs, of an account `a` and its tenant `t`. */
export const accountColumns = sql`a.tenant_id, a.account_id, a.role, ${shownEmail} as email, a.name, a.password_hash, a.token_version, a.sign_in_name,
  a.status, t.slug as tenant, ${isUnconfirmed} as is_unconfirmed, t.state <> 'active' as is_suspended`

export const Account = z.object({
  tenant_id: z.int(),
  account_id: z.string(),
  role: Role,
  email: z.string(),
  name: z.string(),
  sign_in_name: z.string().nullable(),
  password_hash: z.string().nullable(),
  token_version: z.int(),
  status: AccountStatus,
  tenant: z.string(),
  is_unconfirmed: z.boolean(),
  /** Whether the tenant is suspended. */
  is_suspended: z.boolean(),
})
export type Account = z.output<typeof Account>

/** An account, and whether it signed in from a place within 30 days, and today. */
const AccountAtPlace = Account.extend({ is_known_here: z.boolean(), is_known_today: z.boolean() })

/**
 * Finds an account by sign-in name, email address or account number. The constraints of `accounts` let only one match.
 * `place`: where somebody signs in, as `sign_in_places` remembers it; null when it is unknown.
 */
export const findAccountToSignIn = (
  db: Db,
  tenantId: number,
  name: string,
  place: Buffer | null,
): Promise<z.output<typeof AccountAtPlace> | null> =>
  maybeOne(
    db,
    AccountAtPlace,
    planEachTime(sql`select ${accountColumns}, p.place is not null as is_known_here,
          p.place is not null and p.signed_in_at > now() - interval '1 day' as is_known_today
        from accounts a join tenants t on t.tenant_id = a.tenant_id
        left join sign_in_places p on p.tenant_id = a.tenant_id and p.account_id = a.account_id and p.place = ${place}
          and p.signed_in_at > now() - interval '30 days'
        where a.tenant_id = ${tenantId} and ${isPerson}
          and (lower(a.sign_in_name) = lower(${name}) or lower(a.email) = lower(${name})
            or a.account_id = upper(${name}))
        limit 1`),
  )

export const getAccount = (db: Db, tenantId: number, accountId: string): Promise<Account> =>
  one(
    db,
    Account,
    sql`select ${accountColumns} from accounts a join tenants t on t.tenant_id = a.tenant_id
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId}`,
  )

/** An account with all that a sign-in needs, locked until the transaction ends. */
export const lockAccountToSignIn = (tx: Tx, tenantId: number, accountId: string): Promise<Account> =>
  one(
    tx,
    Account,
    sql`select ${accountColumns} from accounts a join tenants t on t.tenant_id = a.tenant_id
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId}
        for no key update of a`,
  )

const AccountKey = z.object({ account_id: z.string() })

/**
 * Locks an account until the transaction ends, if it is still active and still has the password that was checked.
 * Checking a password takes long, and nobody may sign in with a password that was changed meanwhile.
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

/** Locks an active account that still has the token version that a challenge was made for. Null otherwise. */
export const lockAccountOfVersion = (
  tx: Tx,
  tenantId: number,
  accountId: string,
  version: number,
): Promise<{ account_id: string } | null> =>
  maybeOne(
    tx,
    AccountKey,
    sql`select a.account_id from accounts a
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId} and a.status = 'active'
          and a.token_version = ${version}
        for no key update`,
  )
