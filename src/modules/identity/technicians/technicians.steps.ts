import { type Sql, sql } from '../../../platform/db/sql.ts'

/** The form in which categories are compared: upper and lower case are equal. Indexes have it. */
export const categoryKey = (category: Sql): Sql => sql`lower(${category})`

/** A condition: two categories are equal. */
export const isSameCategory = (one: Sql, other: Sql): Sql => sql`${categoryKey(one)} = ${categoryKey(other)}`
