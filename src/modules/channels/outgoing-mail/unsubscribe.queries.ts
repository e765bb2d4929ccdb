import { z } from 'zod'
import { AccountStatus, Role } from '../../../contract/enums.ts'
import { type Db, maybeOne, sql } from '../../../platform/db/sql.ts'
import { shownEmail } from '../../identity/accounts/accounts.steps.ts'
import { shownTenantName } from '../../identity/tenants/tenant-settings.steps.ts'

/** For how many days the unsubscription of a mail works. */
const unsubscribableDays = 90

const Subscription = z.object({
  account_id: z.string(),
  /** What the unsubscription stops. */
  stops: z.string(),
  ticket_id: z.string().nullable(),
  is_expired: z.boolean(),
  status: AccountStatus,
  role: Role,
  name: z.string(),
  email: z.string(),
  category: z.string(),
  language: z.string().nullable(),
  tenant: z.string(),
  tenant_name: z.string(),
})
export type Subscription = z.output<typeof Subscription>

/** What the unsubscription of a mail is about, and of whom; null when the mail has none. */
export const findSubscription = (db: Db, tenantId: number, emailId: string): Promise<Subscription | null> =>
  maybeOne(
    db,
    Subscription,
    sql`select m.account_id, m.stops, m.ticket_id,
          m.created_at < now() - make_interval(days => ${unsubscribableDays}) as is_expired,
          a.status, a.role, a.name, ${shownEmail} as email, coalesce(w.category, '') as category, a.language,
          t.slug as tenant, ${shownTenantName(sql`t`)} as tenant_name
        from emails m
        join accounts a on a.tenant_id = m.tenant_id and a.account_id = m.account_id
        join tenants t on t.tenant_id = m.tenant_id
        left join technicians w on w.tenant_id = a.tenant_id and w.technician_id = a.account_id
        where m.tenant_id = ${tenantId} and m.email_id = ${emailId} and m.stops is not null`,
  )
