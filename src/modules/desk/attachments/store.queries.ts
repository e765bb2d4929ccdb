import { z } from 'zod'
import { type Db, exec, many, one, type Sql, sql } from '../../../platform/db/sql.ts'

/** What an object belongs to, as its key says. */
export const ObjectId = z.object({ tenant_id: z.int(), id: z.uuid() })
export type ObjectId = z.output<typeof ObjectId>

const asTable = (ids: ObjectId[]): Sql =>
  sql`unnest(${ids.map(({ tenant_id }) => tenant_id)}::integer[], ${ids.map(({ id }) => id)}::uuid[]) as k (tenant_id, id)`

/** Forgets uploads that nobody has registered in time, at most `limit`, and says which. */
export const deleteExpiredUploads = (db: Db, limit: number): Promise<ObjectId[]> =>
  many(
    db,
    ObjectId,
    sql`delete from attachment_uploads u using (
          select due.tenant_id, due.upload_id from attachment_uploads due
          where due.expires_at <= now() order by due.expires_at limit ${limit} for update skip locked) d
        where u.tenant_id = d.tenant_id and u.upload_id = d.upload_id
        returning u.tenant_id, u.upload_id as id`,
  )

/** Which of these objects neither an attachment nor an upload knows. */
export const listUnknownObjects = (db: Db, ids: ObjectId[]): Promise<ObjectId[]> =>
  many(
    db,
    ObjectId,
    sql`select k.tenant_id, k.id from ${asTable(ids)}
        where not exists (
            select from attachments f
            where f.tenant_id = k.tenant_id and f.attachment_id = k.id and f.deleted_at is null)
          and not exists (
            select from attachment_uploads u where u.tenant_id = k.tenant_id and u.upload_id = k.id)`,
  )

/** Notes which attachments after one object, up to another, the store does not have: all but `present`. Says how many. */
export const markMissing = (db: Db, after: ObjectId, upTo: ObjectId, present: ObjectId[]): Promise<number> =>
  exec(
    db,
    sql`update attachments f set missing_at = now()
        where (f.tenant_id, f.attachment_id) > (${after.tenant_id}, ${after.id}::uuid)
          and (f.tenant_id, f.attachment_id) <= (${upTo.tenant_id}, ${upTo.id}::uuid)
          and f.deleted_at is null and f.missing_at is null
          -- A list may be a little behind what was written.
          and f.created_at < now() - interval '1 hour'
          and not exists (
            select from ${asTable(present)} where k.tenant_id = f.tenant_id and k.id = f.attachment_id)`,
  )

/** Forgets that attachments were missing which are there again. Says how many. */
export const markFound = (db: Db, present: ObjectId[]): Promise<number> =>
  exec(
    db,
    sql`update attachments f set missing_at = null from ${asTable(present)}
        where f.tenant_id = k.tenant_id and f.attachment_id = k.id and f.missing_at is not null`,
  )

const Missing = z.object({ count: z.int() })

/** How many attachments the store is known not to have, over all tenants. */
export const countMissing = async (db: Db): Promise<number> => {
  const { count } = await one(
    db,
    Missing,
    sql`select count(*) as count from attachments f where f.missing_at is not null and f.deleted_at is null`,
  )
  return count
}
