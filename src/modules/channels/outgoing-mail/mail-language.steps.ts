import { Language } from '../../../contract/enums.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'

/**
 * The language of a mail: that of its recipient, else the first one of the tenant, which is `byDefault` as long as the
 * tenant has chosen none. It is decided when the mail is written, so the mail reads the same each time it is tried.
 */
export const mailLanguage = (
  tenantId: Sql,
  ofRecipient: Sql,
  byDefault: Language,
): Sql => sql`coalesce(${ofRecipient}, (
  select t.settings -> 'languages' ->> 0 from tenants t
  where t.tenant_id = ${tenantId} and t.settings -> 'languages' ->> 0 = any (${Language.options}::text[])), ${byDefault})`
