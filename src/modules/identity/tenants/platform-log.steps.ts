import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { PlatformAct } from './platform-log.schemas.ts'

/** By which request the operator does something; a script has none. */
export interface OperatorOrigin {
  requestId: string | null
  address?: string
}

/** What was done with a tenant: each member that changed, before and after. */
export interface PlatformEntry {
  what: PlatformAct
  changes: Record<string, { from: unknown; to: unknown }>
}

/**
 * The step that writes entries of the platform's log, in their order, for each tenant that `from` selects as `t`, with
 * `tenant_id` and `slug`.
 */
export const logPlatformStep = (
  entries: PlatformEntry[],
  { requestId, address }: OperatorOrigin,
  from: Sql,
): Sql => sql`
  insert into platform_log (what, slug, tenant_number, changes, address, request_id)
  select d.what, t.slug, t.tenant_id, d.changes, ${address ?? null}, ${requestId} ${from}
  cross join unnest(${entries.map(({ what }) => what)}::text[],
    ${entries.map(({ changes }) => JSON.stringify(changes))}::jsonb[]) with ordinality as d (what, changes, place)
  order by d.place`

/**
 * The step that writes that a tenant was deleted. `ended` names an earlier step with `tenant_id` and `slug`, and how
 * far the log of the tenant went.
 */
export const logDeletedStep = (ended: Sql): Sql => sql`
  insert into platform_log (what, slug, tenant_number, last_position, last_hash)
  select 'deleted', n.slug, n.tenant_id, n.last_position, n.last_hash from ${ended} n`
