import { type Sql, sql } from '../../../platform/db/sql.ts'
import { fileBytesOfTenant, usageCounts } from '../../identity/tenants/tenants.schemas.ts'
import { fileConditions } from '../tickets/ticket-search.steps.ts'

/**
 * An expression: when a ticket `t` was last moved to another customer, in milliseconds; 0 when never. Addresses to
 * download its files carry this stamp, so they are void after a move.
 */
export const stampOf: Sql = sql`coalesce((extract(epoch from t.moved_at) * 1000)::bigint, 0)::text`

/** A condition: a ticket has a file, or a public one. */
const hasFile = (ticket: Sql, isPublic: boolean): Sql => sql`exists (
  select from attachments f
  where f.tenant_id = ${ticket}.tenant_id and f.ticket_number = ${ticket}.ticket_number and f.deleted_at is null
    and ${isPublic ? sql`f.visibility = 'public'` : sql`true`})`

/** How many bytes the files of a tenant `t` have, of a bounded number of files. An index has their sizes. */
const bytesOfTenant = sql`(
  select coalesce(sum(f.size), 0) from (
    select f.size from attachments f
    where f.tenant_id = t.tenant_id and f.deleted_at is null limit ${usageCounts.files}) f)`

/**
 * The conditions of lists of tickets with attachments, by the names that the lists ask for: of a ticket `t`, and of a
 * ticket `m` that is merged into `t`; and what the list of tenants shows of files.
 */
export const attachmentConditions: Record<string, Sql> = {
  [fileBytesOfTenant]: bytesOfTenant,
  [fileConditions.all.own]: hasFile(sql`t`, false),
  [fileConditions.all.merged]: hasFile(sql`m`, false),
  [fileConditions.public.own]: hasFile(sql`t`, true),
  [fileConditions.public.merged]: hasFile(sql`m`, true),
}
