import { z } from 'zod'
import type { AccountStatus } from '../../../contract/enums.ts'
import { type Db, exec, maybeOne, one, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { Act, System } from './actor.ts'

const Written = z.object({ is_written: z.boolean() })

/** Who a link is for. Null: nobody has the address. */
export type LinkOwner = { account_id: string; status: z.output<typeof AccountStatus> } | null

/** How long links are good for, and how many an account gets within an hour. */
export interface LinkRules {
  resetMinutes: number
  invitationDays: number
  maxPerHour: number
}

/** The step that writes the event of a requested link, from the steps `wanted` and `link`, for accounts of a status. */
const requestedEvent = (
  { actor: { tenantId }, requestId }: Act<System>,
  status: 'active' | 'invited',
  { resetMinutes, invitationDays }: LinkRules,
): Sql => {
  const event = {
    tenantId: sql`${tenantId}::integer`,
    subjectId: sql`w.account_id`,
    actorId: sql`null`,
    actorRole: sql`'system'`,
    requestId: sql`${requestId}`,
    from: sql`from link l, wanted w where w.status = ${status}`,
  }
  const reset_id = sql`l.reset_id`
  return status === 'active'
    ? appendEventsFrom({
        ...event,
        type: 'password.reset_requested',
        details: { reset_id, expires_minutes: sql`${resetMinutes}::integer` },
      })
    : appendEventsFrom({
        ...event,
        type: 'account.invited',
        details: { reset_id, expires_days: sql`${invitationDays}::integer` },
      })
}

/**
 * Writes the link that the owner of an address asks for, and its event. The caller has locked the account.
 * - An active account gets a link that resets the password, and its links before end.
 * - An invited account is invited again. Its links before stay good, because a stranger may have asked.
 * - Nobody, a deactivated account, and an account that has had its links of the hour get none.
 *
 * In each of these cases the transaction runs the same statement and commits to disk, because a message in the log of
 * PostgreSQL is a change, too. So the time of the answer does not tell whether the address has an account.
 */
export const insertRequestedLink = async (
  tx: Tx,
  act: Act<System>,
  owner: LinkOwner,
  rules: LinkRules,
): Promise<boolean> => {
  const { tenantId } = act.actor
  const accountId = owner?.account_id ?? null
  const row = await one(
    tx,
    Written,
    sql`with wanted as (
          select ${accountId}::text as account_id, ${owner?.status ?? null}::text as status
          where ${owner !== null && owner.status !== 'deactivated'}::boolean and (
            select count(*) from password_resets r
            where r.tenant_id = ${tenantId} and r.account_id = ${accountId}
              and r.created_at > now() - interval '1 hour') < ${rules.maxPerHour}),
        spent as (
          update password_resets r set used_at = now() from wanted w
          where w.status = 'active' and r.tenant_id = ${tenantId} and r.account_id = w.account_id
            and r.used_at is null),
        link as (
          insert into password_resets (tenant_id, account_id, expires_at)
          select ${tenantId}, w.account_id, now() + case w.status
            when 'active' then make_interval(mins => ${rules.resetMinutes})
            else make_interval(days => ${rules.invitationDays}) end
          from wanted w
          returning reset_id),
        requested as (${requestedEvent(act, 'active', rules)}),
        invited as (${requestedEvent(act, 'invited', rules)})
        select exists (select from link) as is_written, pg_logical_emit_message(true, 'password forgotten', '')`,
  )
  return row.is_written
}

/** Writes one more link of an invited account, and its event. */
export const insertInvitation = (tx: Tx, act: Act, accountId: string, days: number): Promise<number> =>
  exec(
    tx,
    sql`with invitation as (
          insert into password_resets (tenant_id, account_id, expires_at)
          values (${act.actor.tenantId}, ${accountId}, now() + make_interval(days => ${days}))
          returning reset_id)
        ${appendEventsFrom({
          tenantId: sql`${act.actor.tenantId}::integer`,
          type: 'account.invited',
          subjectId: sql`${accountId}`,
          actorId: sql`${act.actor.accountId}`,
          actorRole: sql`${act.actor.role}`,
          details: { reset_id: sql`i.reset_id`, expires_days: sql`${days}::integer` },
          requestId: sql`${act.requestId}`,
          from: sql`from invitation i`,
        })}`,
  )

/** Ends every open link of an account. */
export const spendPasswordResets = (db: Db, tenantId: number, accountId: string): Promise<number> =>
  exec(
    db,
    sql`update password_resets set used_at = now()
        where tenant_id = ${tenantId} and account_id = ${accountId} and used_at is null`,
  )

const Owner = z.object({ account_id: z.string() })

/** Whose link this is, while the link is good. The link is not locked, because the account is locked first. */
export const findOwnerOfLink = async (db: Db, tenantId: number, resetId: string): Promise<string | null> => {
  const row = await maybeOne(
    db,
    Owner,
    sql`select r.account_id from password_resets r
        where r.tenant_id = ${tenantId} and r.reset_id = ${resetId} and r.used_at is null and r.expires_at > now()`,
  )
  return row?.account_id ?? null
}

const Names = z.object({ names: z.array(z.string()) })

/** What the owner of a link is called, while the link is good: the name, the addresses, the sign-in name. */
export const findNamesOfLink = async (db: Db, tenantId: number, resetId: string): Promise<string[] | null> => {
  const row = await maybeOne(
    db,
    Names,
    sql`select array_remove(array[a.name, a.email, a.typed_email, a.sign_in_name], null) as names
        from password_resets r
        join accounts a on a.tenant_id = r.tenant_id and a.account_id = r.account_id
        where r.tenant_id = ${tenantId} and r.reset_id = ${resetId} and r.used_at is null and r.expires_at > now()`,
  )
  return row?.names ?? null
}

/**
 * Uses a link of an account that the caller has locked. Of several requests at the same time, one uses it. The
 * database's clock says whether the link has expired.
 */
export const usePasswordReset = async (tx: Tx, tenantId: number, resetId: string): Promise<boolean> => {
  const used = await exec(
    tx,
    sql`update password_resets set used_at = now()
        where tenant_id = ${tenantId} and reset_id = ${resetId} and used_at is null and expires_at > now()`,
  )
  return used === 1
}

/** Deletes at most `limit` links that expired a month ago. */
export const deleteOldPasswordResets = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from password_resets r where r.ctid = any (array(
          select o.ctid from password_resets o
          where o.expires_at < now() - interval '30 days' limit ${limit} for update skip locked))`,
  )
