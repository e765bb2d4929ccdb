import { type Sql, sql } from '../../../platform/db/sql.ts'

/**
 * An expression: when a ticket `t` was last moved to another customer, in milliseconds; 0 when never. Addresses to
 * download its files carry this stamp, so they are void after a move.
 */
export const stampOf: Sql = sql`coalesce((extract(epoch from t.moved_at) * 1000)::bigint, 0)::text`
