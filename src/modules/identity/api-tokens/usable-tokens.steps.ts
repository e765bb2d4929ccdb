import { sql } from '../../../platform/db/sql.ts'

/** A condition: a token `k` of an account `a` has neither expired nor been ended, and the account is active. */
export const isUsable = sql`(k.expires_at > now() and a.status = 'active' and k.account_version = a.api_token_version)`
