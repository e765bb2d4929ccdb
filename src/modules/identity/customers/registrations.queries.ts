import { z } from 'zod'
import { type Db, exec, maybeOne, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { mailableForm, typedForm } from '../../../platform/email-address.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { Act, System } from '../accounts/actor.ts'
import { shownTenantName } from '../tenants/tenant-settings.steps.ts'
import type { RegistrationKind } from './customers.schemas.ts'

/** A registration as it is asked for. */
export interface AskedRegistration {
  email: string
  name?: string | undefined
}

/** How long the link is good for, and how many mails an address gets within an hour. */
export interface RegistrationRules {
  hours: number
  maxPerHour: number
}

const Locked = z.object({ is_locked: z.literal(1) })

/** Lets registrations of one address wait for one another until the transaction ends, so that they are counted. */
export const lockAddress = async (tx: Tx, tenantId: number, email: string): Promise<void> => {
  const address = `registration ${tenantId} ${mailableForm(email).toLowerCase()}`
  await one(
    tx,
    Locked,
    sql`select 1 as is_locked from (select pg_advisory_xact_lock(hashtextextended(${address}, 0))) l`,
  )
}

const Written = z.object({ is_written: z.boolean() })

/**
 * Writes a registration and its event, from which the mail follows. Writes none when `kind` is null, or when the
 * address has had its mails of the hour; the statement is the same in every case.
 * @returns whether a registration was written.
 */
export const insertRegistration = async (
  tx: Tx,
  { actor: { tenantId }, requestId }: Act<System>,
  kind: RegistrationKind | null,
  { email, name }: AskedRegistration,
  { hours, maxPerHour }: RegistrationRules,
): Promise<boolean> => {
  const address = mailableForm(email)
  const row = await one(
    tx,
    Written,
    sql`with wanted as (
          select ${kind}::text as kind
          where ${kind !== null}::boolean and (
            select count(*) from registrations r
            where r.tenant_id = ${tenantId} and lower(r.email) = lower(${address})
              and r.created_at > now() - interval '1 hour') < ${maxPerHour}),
        written as (
          insert into registrations (tenant_id, kind, email, typed_email, name, expires_at)
          select ${tenantId}, w.kind, ${address}, ${typedForm(email)}, ${name ?? null},
            now() + make_interval(hours => ${hours})
          from wanted w
          returning registration_id),
        logged as (${appendEventsFrom({
          tenantId: sql`${tenantId}::integer`,
          type: 'registration.requested',
          subjectId: sql`'-'`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          details: { registration_id: sql`r.registration_id`, expires_hours: sql`${hours}::integer` },
          requestId: sql`${requestId}`,
          from: sql`from written r`,
        })})
        select exists (select from written) as is_written`,
  )
  return row.is_written
}

const Used = z.object({ email: z.string(), name: z.string().nullable() })

/**
 * Uses the link of a registration. Of several requests at the same time one uses the link, and the others wait for that
 * one. Null when the link is used or has expired. Answers with the address as it was typed.
 */
export const useRegistration = (
  tx: Tx,
  tenantId: number,
  registrationId: string,
): Promise<z.output<typeof Used> | null> =>
  maybeOne(
    tx,
    Used,
    sql`update registrations r set used_at = now()
        where r.tenant_id = ${tenantId} and r.registration_id = ${registrationId} and r.kind = 'confirm'
          and r.used_at is null and r.expires_at > now()
        returning coalesce(r.typed_email, r.email) as email, r.name`,
  )

const RegistrationLink = z.object({
  email: z.string(),
  tenant: z.string(),
  tenant_name: z.string(),
  is_used: z.boolean(),
  is_expired: z.boolean(),
  is_suspended: z.boolean(),
  /** Whether an account has the address by now. */
  is_taken: z.boolean(),
})

/** The registration of a link, with the address as it was typed. The database's clock says whether it has expired. */
export const findRegistrationLink = (
  db: Db,
  tenantId: number,
  registrationId: string,
): Promise<z.output<typeof RegistrationLink> | null> =>
  maybeOne(
    db,
    RegistrationLink,
    sql`select coalesce(r.typed_email, r.email) as email, t.slug as tenant, ${shownTenantName(sql`t`)} as tenant_name,
          r.used_at is not null as is_used, r.expires_at <= now() as is_expired,
          t.state <> 'active' as is_suspended,
          exists (select from accounts a where a.tenant_id = r.tenant_id and lower(a.email) = lower(r.email)) as is_taken
        from registrations r join tenants t on t.tenant_id = r.tenant_id
        where r.tenant_id = ${tenantId} and r.registration_id = ${registrationId} and r.kind = 'confirm'`,
  )

/** Deletes at most `limit` registrations whose link expired a week ago. */
export const deleteExpiredRegistrations = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    sql`delete from registrations r where r.ctid = any (array(
          select o.ctid from registrations o
          where o.expires_at < now() - interval '7 days' limit ${limit} for update skip locked))`,
  )
