import type { EventType } from '../../contract/events.ts'
import { type Sql, sql } from '../db/sql.ts'

/**
 * A condition: an event `e` is of one of some types, or is the erasure of an event of these types: an erasure is about
 * what the erased event was about.
 */
export const isAbout = (types: EventType[]): Sql => sql`(
  e.type = any (${types}::text[]) or (e.type = 'event.blanked' and exists (
    select from events b
    where b.tenant_id = e.tenant_id and b.event_id = (e.details ->> 'event_id')::bigint
      and b.type = any (${types}::text[]) offset 0)))`
