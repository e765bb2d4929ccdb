import { Language } from '../../../contract/enums.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'

/**
 * The language of a mail: that of its recipient, else the first one of the tenant, else English. It is decided when the
 * mail is written, so the mail reads the same each time that it is tried.
 */
export const mailLanguage = (tenantId: Sql, ofRecipient: Sql): Sql => sql`coalesce(${ofRecipient}, (
  select t.settings -> 'languages' ->> 0 from tenants t
  where t.tenant_id = ${tenantId} and t.settings -> 'languages' ->> 0 = any (${Language.options}::text[])), 'en')`
