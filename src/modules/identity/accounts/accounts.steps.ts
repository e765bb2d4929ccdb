import { containing } from '../../../platform/db/containing.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { mailableForm, typedForm } from '../../../platform/email-address.ts'
import { withCanonicalId } from '../../../platform/schemas.ts'

/** A new account. `accountId` may name a column that an earlier step of the statement selects. */
export interface NewAccount {
  tenantId: number
  /** `CUS0001`, `TEC0001`, or the user id of an admin. */
  accountId: Sql
  role: 'admin' | 'technician' | 'customer'
  /** A name that was chosen, or the address. */
  signInName: string
  /** As it was typed. */
  email: string
  name: string
  /** Null: the account is invited, and its owner sets the password later. */
  passwordHash: string | null
  /** Whether the person followed a link that was mailed to the address. */
  isConfirmed?: boolean
}

/** A condition: the account `a` is a person's, and not a service account, by which programs act for nobody. */
export const isPerson = sql`a.kind = 'person'`

/**
 * A condition: nobody has followed a link that was mailed to the address of the customer's account `a`. Somebody else
 * may have registered it. The addresses of the staff come from admins.
 */
export const isUnconfirmed = sql`(a.role = 'customer' and a.email_confirmed_at is null)`

/** The address of an account `a` as it was typed, which is how people read it. Mails go to `email`. */
export const shownEmail = sql`coalesce(a.typed_email, a.email)`

/** The sign-in name of an account `a` as people read it: the address as it was typed, when no name was chosen. */
export const shownSignInName = sql`case when a.sign_in_name = a.email then ${shownEmail} else a.sign_in_name end`

/**
 * The step that writes an account: `insert … select … from …`, without its `returning`. An address counts
 * as confirmed when the staff made the account. The address of a customer who registered does when they followed a
 * link.
 */
export const insertAccountStep = (account: NewAccount, from: Sql): Sql => sql`
  insert into accounts (tenant_id, account_id, role, sign_in_name, email, typed_email, name, password_hash, status,
    email_confirmed_at)
  select ${account.tenantId}::integer, ${account.accountId}, ${account.role}, ${mailableForm(account.signInName)},
    ${mailableForm(account.email)}, ${typedForm(account.email)}, ${account.name}, ${account.passwordHash},
    ${account.passwordHash === null ? 'invited' : 'active'},
    case when ${account.passwordHash === null || account.role !== 'customer' || account.isConfirmed === true}::boolean
      then now() end
  ${from}`

/** The step that writes a service account: it has no address, no sign-in name and no password. */
export const insertServiceStep = (
  tenantId: number,
  accountId: Sql,
  { role, name }: { role: 'admin' | 'technician'; name: string },
  from: Sql,
): Sql => sql`
  insert into accounts (tenant_id, account_id, kind, role, name, status)
  select ${tenantId}::integer, ${accountId}, 'service', ${role}, ${name}, 'active' ${from}`

/** The step that gives an account another name. */
export const renameAccountStep = (tenantId: number, accountId: string, name: string): Sql => sql`
  update accounts set name = ${name} where tenant_id = ${tenantId} and account_id = ${accountId}`

/**
 * The step that writes the link of an invitation to the account `a` of an earlier step, unless the account has a
 * password already. It returns the `reset_id`.
 */
export const insertInvitationStep = (tenantId: number, isInvited: boolean, days: number): Sql => sql`
  insert into password_resets (tenant_id, account_id, expires_at)
  select ${tenantId}::integer, a.account_id, now() + make_interval(days => ${days})
  from a where ${isInvited}::boolean
  returning reset_id`

/**
 * The step that writes the link that confirms the address of the account `a` of an earlier step. It returns the
 * `confirmation_id`.
 */
export const insertConfirmationStep = (tenantId: number, isWanted: boolean, days: number): Sql => sql`
  insert into email_confirmations (tenant_id, account_id, email, typed_email, account_email, expires_at)
  select ${tenantId}::integer, a.account_id, a.email, a.typed_email, a.email, now() + make_interval(days => ${days})
  from a where ${isWanted}::boolean
  returning confirmation_id`

/** The details of `account.invited`, in a statement with the step `invitation` of `insertInvitationStep`. */
export const invitationDetails = (days: number): { reset_id: Sql; expires_days: Sql } => ({
  reset_id: sql`(select i.reset_id from invitation i)`,
  expires_days: sql`${days}::integer`,
})

/** The details of `customer.registered`, in a statement with the step `confirmation` of `insertConfirmationStep`. */
export const confirmationDetails = (days: number): Sql => sql`coalesce((
  select jsonb_build_object('confirmation_id', c.confirmation_id, 'expires_days', ${days}::integer) from confirmation c),
  '{}')`

/** The step that deactivates an account. New token versions end the account's access tokens and API tokens. */
export const deactivateAccountStep = (tenantId: number, accountId: string): Sql => sql`
  update accounts set status = 'deactivated', token_version = token_version + 1,
    api_token_version = api_token_version + 1
  where tenant_id = ${tenantId} and account_id = ${accountId}`

/**
 * A join that gives each row of a list its account `a`, with null columns when there is none. It looks up one account
 * after the other. The planner does not know how long a list is, and could read all accounts for a plain join. For a
 * part with a limit it does not.
 */
export const withAccountOfEach = (tenantId: Sql, accountId: Sql): Sql => sql`left join lateral (
  select a.account_id, a.name, a.role from accounts a
  where a.tenant_id = ${tenantId} and a.account_id = ${accountId} limit 1) a on true`

/**
 * A condition: the name or the email address of an account `a`, or the address as it was typed, contains some words.
 * Indexes have them in lower case.
 */
export const isCalled = (words: string): Sql => sql`(lower(a.name || ' ' || a.email) like ${containing(words)}
  or lower(a.typed_email) like ${containing(words)})`

/** A condition: an account `a` has the number that the words are. Null when the words are no number of an account. */
const isNumbered = (words: string): Sql | null => {
  const number = withCanonicalId(['CUS', 'TEC'])(words.trim())
  return /^(?:CUS|TEC)\d{4,}$/.test(number) ? sql`a.account_id = ${number}` : null
}

/** A condition as `isCalled`, or an account `a` has the number that the words are. */
export const isCalledOrNumbered = (words: string): Sql => isNumbered(words) ?? isCalled(words)

/**
 * A condition: the name of an account `a`, and not only the address, contains some words, or the account has the number
 * that the words are. An index finds names and addresses together. The name alone is in no index, so the planner knows
 * nothing of it: it would believe that few accounts fit two conditions, and read all that fit. It does not look into
 * `case`.
 */
export const isNamedOrNumbered = (words: string): Sql =>
  isNumbered(words) ??
  sql`(lower(a.name || ' ' || a.email) like ${containing(words)}
    and case when lower(a.name) like ${containing(words)} then true else false end)`
