import { allOf, type Db, many, sql } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { PlatformLogEntry } from './platform-log.schemas.ts'

/** One more than `limit` of the entries, newest first, after the cursor's number. */
export const listLogEntries = (
  db: Db,
  slug: string | undefined,
  { limit, after }: PageRequest<number>,
): Promise<PlatformLogEntry[]> => {
  const conditions = slug === undefined ? [] : [sql`l.slug = ${slug}`]
  if (after !== null) conditions.push(sql`l.entry_id < ${after}`)
  return many(
    db,
    PlatformLogEntry,
    sql`select l.entry_id, l.at, l.what, l.slug, l.tenant_number, l.changes, l.address, l.request_id, l.last_position,
          encode(l.last_hash, 'hex') as last_hash
        from platform_log l where ${allOf(conditions)} order by l.entry_id desc limit ${limit + 1}`,
  )
}
