import { z } from 'zod'
import { type Db, maybeOne, sql } from '../../../platform/db/sql.ts'

const RegistrationLink = z.object({
  email: z.string(),
  tenant: z.string(),
  tenant_name: z.string(),
  is_used: z.boolean(),
  is_expired: z.boolean(),
  is_taken: z.boolean(),
})

/** The registration of a link, with the address as it was typed, and whether an account has it by now. The database's clock says whether it has expired. */
export const findRegistrationLink = (
  db: Db,
  tenantId: number,
  registrationId: string,
): Promise<z.output<typeof RegistrationLink> | null> =>
  maybeOne(
    db,
    RegistrationLink,
    sql`select coalesce(r.typed_email, r.email) as email, t.slug as tenant, t.name as tenant_name,
          r.used_at is not null as is_used, r.expires_at <= now() as is_expired,
          exists (select from accounts a where a.tenant_id = r.tenant_id and lower(a.email) = lower(r.email)) as is_taken
        from registrations r join tenants t on t.tenant_id = r.tenant_id
        where r.tenant_id = ${tenantId} and r.registration_id = ${registrationId} and r.kind = 'confirm'`,
  )
