import { z } from 'zod'
import { type Db, maybeOne, sql } from '../../../platform/db/sql.ts'

const Link = z.object({
  tenant: z.string(),
  tenant_name: z.string(),
  /** As it was typed. */
  email: z.string(),
  is_used: z.boolean(),
  is_expired: z.boolean(),
})

/** What the link of a registration is about. Changes nothing. */
export const findRegistrationLink = (
  db: Db,
  tenantId: number,
  registrationId: string,
): Promise<z.output<typeof Link> | null> =>
  maybeOne(
    db,
    Link,
    sql`select t.slug as tenant, t.name as tenant_name, coalesce(r.typed_email, r.email) as email,
          r.used_at is not null as is_used, r.expires_at <= now() as is_expired
        from registrations r join tenants t on t.tenant_id = r.tenant_id
        where r.tenant_id = ${tenantId} and r.registration_id = ${registrationId} and r.kind = 'confirm'`,
  )
