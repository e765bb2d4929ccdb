import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { type Db, exec, maybeOne, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { mailableForm, typedForm } from '../../../platform/email-address.ts'
import { shownEmail } from './accounts.steps.ts'

const Written = z.object({ confirmation_id: z.uuid() })

/**
 * Writes a link that confirms an address, for a mail to that address. The account gets the address when the link is
 * followed, if it has another one. The link is good while the account has its address of now.
 * @returns the id of the link, from which the mail makes the token.
 */
export const insertEmailConfirmation = async (
  tx: Tx,
  tenantId: number,
  accountId: string,
  email: string,
  days: number,
): Promise<string> => {
  const row = await one(
    tx,
    Written,
    sql`insert into email_confirmations (tenant_id, account_id, email, typed_email, account_email, expires_at)
        select a.tenant_id, a.account_id, ${mailableForm(email)}, ${typedForm(email)}, a.email,
          now() + make_interval(days => ${days})
        from accounts a where a.tenant_id = ${tenantId} and a.account_id = ${accountId}
        returning confirmation_id`,
  )
  return row.confirmation_id
}

const Owner = z.object({ account_id: z.string() })

/** Whose link this is, while the link is good. The link is not locked, because the account is locked first. */
export const findOwnerOfConfirmation = async (
  db: Db,
  tenantId: number,
  confirmationId: string,
): Promise<string | null> => {
  const row = await maybeOne(
    db,
    Owner,
    sql`select c.account_id from email_confirmations c
        where c.tenant_id = ${tenantId} and c.confirmation_id = ${confirmationId} and c.used_at is null
          and c.expires_at > now()`,
  )
  return row?.account_id ?? null
}

const Used = z.object({
  role: Role,
  /** The address of the account before, as people read it, and as mails go to it. */
  from: z.string(),
  email_before: z.string(),
  /** The address of the link, as people read it. */
  to: z.string(),
  /** Whether the account has the address of the link already. */
  is_own: z.boolean(),
  is_confirmed: z.boolean(),
})

/**
 * Uses a link of an account that the caller has locked. Of several requests at the same time, one uses it. Null when
 * the link is used or has expired, or when the account has had another address since the link was mailed.
 */
export const useConfirmation = (
  tx: Tx,
  tenantId: number,
  confirmationId: string,
): Promise<z.output<typeof Used> | null> =>
  maybeOne(
    tx,
    Used,
    sql`update email_confirmations c set used_at = now()
        from accounts a
        where c.tenant_id = ${tenantId} and c.confirmation_id = ${confirmationId} and c.used_at is null
          and c.expires_at > now()
          and a.tenant_id = c.tenant_id and a.account_id = c.account_id and a.email = c.account_email
        returning a.role, ${shownEmail} as from, a.email as email_before, coalesce(c.typed_email, c.email) as to,
          lower(c.email) = lower(a.email) as is_own, a.email_confirmed_at is not null as is_confirmed`,
  )

/** Ends the open links of an account that would give it another address. */
export const spendAddressChanges = (db: Db, tenantId: number, accountId: string): Promise<number> =>
  exec(
    db,
    sql`update email_confirmations set used_at = now()
        where tenant_id = ${tenantId} and account_id = ${accountId} and used_at is null
          and lower(email) <> lower(account_email)`,
  )

/** Deletes at most `limit` links that expired a month ago. */
export const deleteOldConfirmations = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from email_confirmations c where c.ctid = any (array(
          select o.ctid from email_confirmations o
          where o.expires_at < now() - interval '30 days' limit ${limit} for update skip locked))`,
  )
