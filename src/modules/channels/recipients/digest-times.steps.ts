import { type Sql, sql } from '../../../platform/db/sql.ts'

/** The hour of the daily digest of a person who has chosen none. */
export const defaultDigestHour = 8

/** The hour at which an account gets its daily digest, on the clocks of its zone. */
export const digestHourOf = (tenantId: Sql, accountId: Sql): Sql => sql`coalesce((
  select h.hour from digest_hours h where h.tenant_id = ${tenantId} and h.account_id = ${accountId}),
  ${defaultDigestHour})::integer`

/**
 * When the next digest of an account is due, by the clock of the database. `way`: `hourly` or `daily`; `zone`: that of
 * the account, or null.
 */
export const nextDigest = (way: Sql, tenantId: Sql, accountId: Sql, zone: Sql): Sql =>
  sql`next_digest(${way}, ${zone}, ${digestHourOf(tenantId, accountId)}, now())`
