import { sql } from '../../../platform/db/sql.ts'

/** A condition: a session `s` has not ended. */
export const isLiving = sql`s.revoked_at is null and s.expires_at > now() and s.ends_at > now()`

/** When a session `s` was used last. Until its first use is written it is when it was refreshed, or began. */
export const lastUse = sql`coalesce(s.last_used_at, s.refreshed_at)`

/**
 * When one of the living sessions of an account `a` was used last, or null. An account has a bounded number of them.
 */
export const lastUseOfAccount = sql`(
  select max(${lastUse}) from sessions s
  where s.tenant_id = a.tenant_id and s.account_id = a.account_id and ${isLiving})`
