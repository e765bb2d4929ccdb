import type { App, TenantRemains } from '../../../platform/app-context.ts'
import { isDraftKey, objectKey, readObjectKey, stagedKey } from '../../../platform/storage/object-key.ts'
import type { StoredObject } from '../../../platform/storage/object-store.ts'
import {
  countMissing,
  deleteExpiredUploads,
  type EndedUpload,
  listUnknownObjects,
  markFound,
  markMissing,
  type ObjectId,
} from './store.queries.ts'

/** How many objects are compared at once. */
const pageSize = 1_000
/** An unknown object is removed only after this time, because its upload may be under way. */
const orphanMs = 86_400_000

const keyOf = ({ tenant_id, id }: ObjectId): string => objectKey(tenant_id, id)

/** Removes what was uploaded of uploads that are over. */
export const removeUploads = (app: App, ended: EndedUpload[]): Promise<void> =>
  app.store.remove(
    ended.flatMap((upload) => (upload.is_hashed ? [keyOf(upload)] : [keyOf(upload), stagedKey(keyOf(upload))])),
  )

/** Deletes at most `limit` uploads that were not registered in time, with their files. Answers with their number. */
export const sweepUploads = async (app: App, limit: number): Promise<number> => {
  const expired = await deleteExpiredUploads(app.pool, limit)
  await removeUploads(app, expired)
  return expired.length
}

const first: ObjectId = { tenant_id: 0, id: '00000000-0000-0000-0000-000000000000' }
const last: ObjectId = { tenant_id: 2_147_483_647, id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }

const idsOf = (objects: StoredObject[]): ObjectId[] =>
  objects.flatMap(({ key }) => {
    const parts = readObjectKey(key)
    return parts === null ? [] : [{ tenant_id: parts.tenantId, id: parts.id }]
  })

/** Removes old objects that belong to nothing, and old half-written files. Objects with a key of another form stay. */
const removeOrphans = async (app: App, objects: StoredObject[]): Promise<number> => {
  const old = objects.filter(({ modifiedAt }) => app.clock.now() - modifiedAt.getTime() > orphanMs)
  const drafts = old.map(({ key }) => key).filter(isDraftKey)
  const orphans = (await listUnknownObjects(app.pool, idsOf(old))).map(keyOf)
  await app.store.remove([...orphans, ...drafts])
  return orphans.length + drafts.length
}

/**
 * Compares the store with the database, page by page: removes unknown objects, marks attachments whose object is
 * missing, and unmarks those whose object is there again.
 */
export const reconcileStore = async (app: App): Promise<void> => {
  const counts = { objects: 0, removed: 0, missing: 0, found: 0 }
  let after: string | null = null
  let from = first
  let isLast = false
  while (!isLast && !app.stopping()) {
    const objects: StoredObject[] = await app.store.list(after, pageSize)
    isLast = objects.length < pageSize
    after = objects.at(-1)?.key ?? after
    const present = idsOf(objects)
    const upTo = isLast ? last : (present.at(-1) ?? from)
    counts.objects += present.length
    counts.missing += await markMissing(app.pool, from, upTo, present)
    counts.found += await markFound(app.pool, present)
    counts.removed += await removeOrphans(app, objects)
    from = upTo
  }
  app.log[counts.missing + counts.removed > 0 ? 'warn' : 'info'](counts, 'attachments compared with their store')
}

/** Removes at most `limit` objects of a tenant, whatever they belong to, with their drafts. Answers with their number. */
export const removeObjectsOf: TenantRemains = async (app, tenantId, limit) => {
  const folder = objectKey(tenantId, '')
  const listed = await app.store.list(folder, limit)
  const keys = listed.map(({ key }) => key).filter((key) => key.startsWith(folder))
  await app.store.remove(keys)
  return keys.length
}

/** The number of missing attachments, for the metrics. */
export const countMissingAttachments = (app: App): Promise<number> => countMissing(app.pool)
