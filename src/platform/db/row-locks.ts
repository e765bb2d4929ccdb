import { nothing, type Sql, sql } from './sql.ts'

/** Whether a statement waits for rows that another transaction has locked, or leaves them out. */
export type Patience = 'waits' | 'leaves out'

/** The end of a locking clause, such as `for update`. */
export const skipping = (patience: Patience): Sql => (patience === 'waits' ? nothing : sql`skip locked`)
