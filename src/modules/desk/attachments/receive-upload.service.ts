import type { Readable } from 'node:stream'
import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { objectKey, readObjectKey } from '../../../platform/storage/object-key.ts'
import { OtherType, type ServedObjects, type SignedPut } from '../../../platform/storage/object-store.ts'
import { fitsItsName } from './file-types.ts'
import { claimUpload, deleteUpload, releaseUpload } from './receiving.queries.ts'
import { listUnknownObjects, type ObjectId } from './store.queries.ts'

/** How long one request may send a file: a little more than the server grants. After a crash the claim ends by then. */
const claimMinutes = 16

/** Ends a pending upload, and removes what was uploaded. Does nothing when the upload has become an attachment. */
export const endUpload = async (app: App, upload: ObjectId): Promise<void> => {
  if ((await deleteUpload(app.pool, upload)) === 0) return
  await app.store.remove([objectKey(upload.tenant_id, upload.id)])
}

/** Removes a file whose upload ended while the file came in, unless the file belongs to an attachment now. */
const refuseLeftOver = async (app: App, upload: ObjectId): Promise<void> => {
  if ((await listUnknownObjects(app.pool, [upload])).length === 0) return
  await app.store.remove([objectKey(upload.tenant_id, upload.id)])
  throw new AppError('upload_over')
}

/**
 * Takes the file of a pending upload, from one request at a time. What counts is the object, whatever the address looks
 * like. A file of another type ends the upload at its first bytes.
 * @throws AppError `upload_over` when no such upload is pending: it is registered, deleted or expired, or
 * its ticket is deleted;
 * `upload_in_progress`, `upload_mismatch`, `storage_unavailable`.
 */
export const receiveUpload = async (
  app: App,
  served: ServedObjects,
  put: SignedPut,
  incoming: { stream: Readable; grantTime: () => void },
): Promise<void> => {
  const parts = readObjectKey(put.key)
  if (parts === null) throw new AppError('upload_over')
  const upload = { tenant_id: parts.tenantId, id: parts.id }
  const claim = await claimUpload(app.pool, upload, claimMinutes)
  if (claim === null) throw new AppError('upload_over')
  if (!claim.is_claimed) throw new AppError('upload_in_progress', { headers: { 'Retry-After': '5' } })
  incoming.grantTime()
  try {
    await served.receive(put, incoming.stream, (head, size) => fitsItsName(claim.file_name, head, size))
  } catch (error) {
    if (error instanceof OtherType) await endUpload(app, upload)
    else await releaseUpload(app.pool, upload)
    throw error
  }
  if ((await releaseUpload(app.pool, upload)) === 0) await refuseLeftOver(app, upload)
}
