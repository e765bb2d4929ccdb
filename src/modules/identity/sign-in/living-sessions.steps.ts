import { sql } from '../../../platform/db/sql.ts'

/** A condition: a session `s` has not ended. */
export const isLiving = sql`s.revoked_at is null and s.expires_at > now() and s.ends_at > now()`
