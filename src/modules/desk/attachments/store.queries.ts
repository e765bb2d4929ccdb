import { z } from 'zod'
import { type Db, exec, many, maybeOne, one, type Sql, sql } from '../../../platform/db/sql.ts'

/** The tenant and the id in the key of an object. */
export const ObjectId = z.object({ tenant_id: z.int(), id: z.uuid() })
export type ObjectId = z.output<typeof ObjectId>

const asTable = (ids: ObjectId[]): Sql =>
  sql`unnest(${ids.map(({ tenant_id }) => tenant_id)}::integer[], ${ids.map(({ id }) => id)}::uuid[]) as k (tenant_id, id)`

/** An upload that is over. `is_hashed` is false when nobody has announced or counted its hash. */
const EndedUpload = ObjectId.extend({ is_hashed: z.boolean() })
export type EndedUpload = z.output<typeof EndedUpload>

/** Deletes at most `limit` uploads that were not registered in time. Answers with the uploads. */
export const deleteExpiredUploads = (db: Db, limit: number): Promise<EndedUpload[]> =>
  many(
    db,
    EndedUpload,
    sql`delete from attachment_uploads u using (
          select due.tenant_id, due.upload_id from attachment_uploads due
          where due.expires_at <= now() order by due.expires_at limit ${limit} for update skip locked) d
        where u.tenant_id = d.tenant_id and u.upload_id = d.upload_id
        returning u.tenant_id, u.upload_id as id, u.sha256 is not null as is_hashed`,
  )

/** Deletes a pending upload. Null when it is not pending. */
export const deleteUpload = (db: Db, { tenant_id, id }: ObjectId): Promise<EndedUpload | null> =>
  maybeOne(
    db,
    EndedUpload,
    sql`delete from attachment_uploads u where u.tenant_id = ${tenant_id} and u.upload_id = ${id}
        returning u.tenant_id, u.upload_id as id, u.sha256 is not null as is_hashed`,
  )

/** The objects that belong to no attachment, to no upload, and are no logo. */
export const listUnknownObjects = (db: Db, ids: ObjectId[]): Promise<ObjectId[]> =>
  many(
    db,
    ObjectId,
    sql`select k.tenant_id, k.id from ${asTable(ids)}
        where not exists (
            select from attachments f
            where f.tenant_id = k.tenant_id and f.attachment_id = k.id and f.deleted_at is null)
          and not exists (
            select from attachment_uploads u where u.tenant_id = k.tenant_id and u.upload_id = k.id)
          and not exists (select from tenants t where t.tenant_id = k.tenant_id and t.logo_id = k.id)`,
  )

/**
 * Marks the attachments after one object and up to another as missing, except for `present`. Answers with the number.
 */
export const markMissing = (db: Db, after: ObjectId, upTo: ObjectId, present: ObjectId[]): Promise<number> =>
  exec(
    db,
    sql`update attachments f set missing_at = now()
        where (f.tenant_id, f.attachment_id) > (${after.tenant_id}, ${after.id}::uuid)
          and (f.tenant_id, f.attachment_id) <= (${upTo.tenant_id}, ${upTo.id}::uuid)
          and f.deleted_at is null and f.missing_at is null
          -- The store's list may be a little older than the last uploads.
          and f.created_at < now() - interval '1 hour'
          and not exists (
            select from ${asTable(present)} where k.tenant_id = f.tenant_id and k.id = f.attachment_id)`,
  )

/** Unmarks missing attachments that are there again. Answers with the number. */
export const markFound = (db: Db, present: ObjectId[]): Promise<number> =>
  exec(
    db,
    sql`update attachments f set missing_at = null from ${asTable(present)}
        where f.tenant_id = k.tenant_id and f.attachment_id = k.id and f.missing_at is not null`,
  )

const Missing = z.object({ count: z.int() })

/** The number of missing attachments, over all tenants. */
export const countMissing = async (db: Db): Promise<number> => {
  const { count } = await one(
    db,
    Missing,
    sql`select count(*) as count from attachments f where f.missing_at is not null and f.deleted_at is null`,
  )
  return count
}
