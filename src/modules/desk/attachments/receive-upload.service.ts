import type { Readable } from 'node:stream'
import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { objectKey, readObjectKey } from '../../../platform/storage/object-key.ts'
import { OtherType, type ServedObjects, type SignedPut } from '../../../platform/storage/object-store.ts'
import { fitsItsName } from './file-types.ts'
import { claimUpload, releaseUpload, settleHash } from './receiving.queries.ts'
import { deleteUpload, listUnknownObjects, type ObjectId } from './store.queries.ts'
import { removeUploads } from './store.service.ts'

/** How long one request may send a file: a little more than the server grants. After a crash the claim ends by then. */
const claimMinutes = 16

/** Ends a pending upload, and removes what was uploaded. Does nothing when the upload has become an attachment. */
export const endUpload = async (app: App, upload: ObjectId): Promise<void> => {
  const ended = await deleteUpload(app.pool, upload)
  if (ended !== null) await removeUploads(app, [ended])
}

/** Removes a file whose upload ended while the file came in, unless the file belongs to an attachment now. */
const refuseLeftOver = async (app: App, upload: ObjectId): Promise<void> => {
  if ((await listUnknownObjects(app.pool, [upload])).length === 0) return
  await app.store.remove([objectKey(upload.tenant_id, upload.id)])
  throw new AppError('upload_over')
}

/**
 * Claims a pending upload for one request, for `minutes` at most. Null when no such upload is pending.
 * @throws AppError `upload_in_progress`.
 */
export const requireClaim = async (app: App, upload: ObjectId, minutes: number) => {
  const claim = await claimUpload(app.pool, upload, minutes)
  if (claim === null || claim.is_claimed) return claim
  throw new AppError('upload_in_progress', { headers: { 'Retry-After': '5' } })
}

/**
 * The first whole file of an upload without a hash says the hash. @throws AppError `upload_over`, `upload_mismatch`.
 */
const settle = async (app: App, upload: ObjectId, sha256: string): Promise<void> => {
  const settled = await settleHash(app.pool, upload, sha256)
  if (settled === null) throw new AppError('upload_over')
  if (settled === sha256) return
  throw new AppError('upload_mismatch', { detail: 'Another file was sent before: its SHA-256 counts.' })
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
  const claim = await requireClaim(app, upload, claimMinutes)
  if (claim === null) throw new AppError('upload_over')
  incoming.grantTime()
  try {
    await served.receive(put, incoming.stream, {
      fits: (head, size) => fitsItsName(claim.file_name, head, size),
      settle: (sha256) => settle(app, upload, sha256),
    })
  } catch (error) {
    if (error instanceof OtherType) await endUpload(app, upload)
    else await releaseUpload(app.pool, upload)
    throw error
  }
  if ((await releaseUpload(app.pool, upload)) === 0) await refuseLeftOver(app, upload)
}
