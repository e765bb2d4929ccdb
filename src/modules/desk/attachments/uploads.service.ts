import { createHash, randomUUID } from 'node:crypto'
import type { Visibility } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { inSeconds } from '../../../platform/clock.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { objectKey, stagedKey } from '../../../platform/storage/object-key.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { getTenantAddress } from '../../identity/tenants/tenants.service.ts'
import { recordPublicFile, refuseClosedToCustomer } from '../ticket-changes/record-reply.service.ts'
import { getConversation, inConversation } from '../tickets/conversations.service.ts'
import { requireReply } from '../tickets/ticket-access.service.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { registerMinutes, usualVisibility } from './attachments.policy.ts'
import {
  countAttachments,
  findRegistered,
  insertAttachments,
  insertUpload,
  lockUploadsOf,
} from './attachments.queries.ts'
import {
  type Attachment,
  type AttachmentRules,
  type CheckedUpload,
  type CreateUpload,
  filesOfCommentAtMost,
  type RegisterUpload,
  type Upload,
} from './attachments.schemas.ts'
import { acceptedType, fitsItsName, knownExtensions, servedType } from './file-types.ts'
import { endUpload, requireClaim } from './receive-upload.service.ts'
import { listUploads, type PendingUpload, releaseUpload, settleHash } from './receiving.queries.ts'
import type { ObjectId } from './store.queries.ts'

/** The time for beginning an upload. */
const uploadSeconds = 300

/**
 * How long one request may hash a file in its store: more than the store may take. After a crash the claim ends by
 * then.
 */
const claimMinutes = 2

/** How many uploads may wait to be registered for each account, and how many attachments a ticket may have. */
const maxPending = 20
const maxOfTicket = 200

/** What may be attached, so that a page can say it before a file is sent. */
export const attachmentRules = ({ config }: App): AttachmentRules => ({
  max_bytes: config.ATTACHMENT_MAX_MB * 1_000_000,
  extensions: knownExtensions,
  max_files_of_ticket: maxOfTicket,
  max_files_of_comment: filesOfCommentAtMost,
})

/**
 * The final target of a merged ticket decides who replies, and whether the conversation is over.
 * @throws AppError `forbidden`, and `ticket_closed` to its customer.
 */
const refuseStranger = (actor: User, finalTarget: Ticket, visibility: Visibility): void => {
  requireReply(actor, finalTarget, visibility)
  refuseClosedToCustomer(actor, finalTarget)
}

/** The content type to store for an announced file. @throws AppError `file_type_not_allowed`, `file_too_large`. */
const checkAnnounced = (app: App, { file_name, content_type, size }: CreateUpload): string => {
  const type = acceptedType(file_name, content_type)
  if (type === null) {
    throw new AppError('file_type_not_allowed', {
      detail: `A file needs one of these extensions, and the content type that belongs to it: ${knownExtensions.join(', ')}.`,
    })
  }
  const { ATTACHMENT_MAX_MB: max } = app.config
  if (size > max * 1_000_000) throw new AppError('file_too_large', { detail: `A file has at most ${max} MB.` })
  return type
}

/**
 * Gives an address to upload one file to, of exactly this size and type, and of this hash when the hash is announced.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_closed`, `file_type_not_allowed`, `file_too_large`,
 * `too_many_uploads`.
 */
export const createUpload = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  input: CreateUpload,
): Promise<Upload> => {
  const { actor } = act
  refuseStranger(actor, await getConversation(app, actor, ticketId), usualVisibility(actor))
  const file = { ...input, content_type: checkAnnounced(app, input) }
  const { size, sha256 = null, content_type: contentType } = file
  const uploadId = randomUUID()
  const expiresAt = inSeconds(app.clock, uploadSeconds)
  const key = objectKey(actor.tenantId, uploadId)
  const address = await getTenantAddress(app, actor.tenant)
  const signed = await app.store.signUpload(key, { size, contentType, sha256 }, uploadSeconds, address)
  return transaction(
    app.pool,
    async (tx) => {
      await lockUploadsOf(tx, actor)
      const limits = { minutes: registerMinutes, max: maxPending }
      const announced = await insertUpload(tx, actor, ticketId, uploadId, file, limits)
      if (announced === null) {
        throw new AppError('too_many_uploads', { detail: `At most ${maxPending} uploads may wait to be registered.` })
      }
      return { upload_id: uploadId, ...signed, expires_at: expiresAt, ...announced }
    },
    act.receipt,
  )
}

/** @throws AppError `too_many_attachments` when the ticket has no place for so many more. */
const refuseTooMany = async (db: Db, actor: User, ticketId: string, visibility: Visibility, more = 0) => {
  if ((await countAttachments(db, actor.tenantId, ticketId, visibility)) + more <= maxOfTicket) return
  throw new AppError('too_many_attachments', {
    detail: `A ticket has at most ${maxOfTicket} ${visibility} attachments.`,
  })
}

/** Writes down the hash that was counted in the store, and removes what the file was copied from. */
const keepHash = async (app: App, object: ObjectId, sha256: string): Promise<void> => {
  await settleHash(app.pool, object, sha256)
  await app.store.remove([stagedKey(objectKey(object.tenant_id, object.id))])
}

/**
 * Checks the file in the store. A file that is not as announced is removed, and its upload ends: so nobody has it
 * checked again and again.
 * @returns the content type to serve the file with.
 * @throws AppError `upload_missing`, `upload_mismatch`.
 */
const checkUpload = async (
  app: App,
  object: ObjectId,
  { file_name, content_type: contentType, size, sha256 }: PendingUpload,
): Promise<string> => {
  let served = contentType
  const key = objectKey(object.tenant_id, object.id)
  try {
    const hash = await app.store.check(key, { size, contentType, sha256 }, (head) => {
      served = servedType(contentType, head, size)
      return fitsItsName(file_name, head, size)
    })
    if (sha256 === null) await keepHash(app, object, hash)
    return served
  } catch (error) {
    if (error instanceof AppError && error.code === 'upload_mismatch') await endUpload(app, object)
    throw error
  }
}

/**
 * Checks a file without an announced hash. One request at a time does it, because another one could put other bytes in
 * the place of bytes that are hashed already.
 * @returns the content type to serve the file with; null when the upload is over.
 * @throws AppError `upload_in_progress`, `upload_missing`, `upload_mismatch`.
 */
const checkUnhashed = async (app: App, object: ObjectId, upload: PendingUpload): Promise<string | null> => {
  const claim = await requireClaim(app, object, claimMinutes)
  if (claim === null) return null
  try {
    return await checkUpload(app, object, { ...upload, sha256: claim.sha256 })
  } finally {
    await releaseUpload(app.pool, object)
  }
}

/** Checks those of some files in the store that wait to be attached to the ticket. */
const checkWaiting = async (
  app: App,
  actor: User,
  ticketId: string,
  ids: string[],
  visibility: Visibility,
): Promise<CheckedUpload[]> => {
  const waiting = await listUploads(app.pool, actor, ticketId, ids)
  if (waiting.length === 0) return []
  await refuseTooMany(app.pool, actor, ticketId, visibility, waiting.length)
  const checked = new Map<string, string>()
  // One after the other, because the program may have to read each file whole.
  for (const upload of waiting) {
    const { upload_id: id } = upload
    const check = upload.sha256 === null ? checkUnhashed : checkUpload
    const contentType = await check(app, { tenant_id: actor.tenantId, id }, upload)
    if (contentType !== null) checked.set(id, contentType)
  }
  return ids.flatMap((uploadId) => {
    const contentType = checked.get(uploadId)
    return contentType === undefined ? [] : [{ uploadId, contentType }]
  })
}

/**
 * Checks the files that a comment brings along, before its ticket is locked: those of `ids` that the actor has sent and
 * not attached. Nobody sees them before the comment is written. An API token that may not attach files brings none.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_closed`, `upload_in_progress`, `upload_missing`,
 * `upload_mismatch`, `too_many_attachments`, `storage_unavailable`.
 */
export const checkFilesOfComment = async (
  app: App,
  actor: User,
  ticketId: string,
  ids: string[],
  visibility: Visibility,
): Promise<CheckedUpload[]> => {
  const { token } = actor
  if (ids.length === 0 || (token !== null && !token.scopes.includes('attachment:create'))) return []
  if ((await listUploads(app.pool, actor, ticketId, ids)).length === 0) return []
  refuseStranger(actor, await getConversation(app, actor, ticketId), visibility)
  return checkWaiting(app, actor, ticketId, ids, visibility)
}

/**
 * Attaches checked files to a locked ticket. Leaves out what does not wait any more.
 * @throws AppError `too_many_attachments`.
 */
export const attachChecked = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  checked: CheckedUpload[],
  { visibility, finalTarget }: { visibility: Visibility; finalTarget: Ticket },
): Promise<Attachment[]> => {
  if (checked.length === 0) return []
  const mergedInto = finalTarget.ticket_id === ticketId ? null : finalTarget.ticket_id
  const created = await insertAttachments(tx, act, ticketId, checked, { visibility, mergedInto })
  await refuseTooMany(tx, act.actor, ticketId, visibility)
  return created
}

/** The attachment that a registration made, or that an earlier registration of the same upload made. */
export interface Registration {
  attachment: Attachment
  isNew: boolean
}

/**
 * Makes an uploaded file an attachment, after checking the file in the store. A second call gives the same answer. A
 * public file of the staff is a first response, at the final target of a merged ticket.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_closed`, `upload_not_found`, `upload_in_progress`,
 * `upload_missing`, `upload_mismatch`, `too_many_attachments`, `storage_unavailable`.
 */
export const registerUpload = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  { upload_id: uploadId, visibility = usualVisibility(act.actor) }: RegisterUpload,
): Promise<Registration> => {
  const { actor } = act
  refuseStranger(actor, await getConversation(app, actor, ticketId), visibility)
  const checked = await checkWaiting(app, actor, ticketId, [uploadId], visibility)
  return inConversation(app, act, ticketId, async (tx, { finalTarget }) => {
    refuseStranger(actor, finalTarget, visibility)
    const first = await findRegistered(tx, actor, ticketId, uploadId)
    if (first !== null) return { attachment: first, isNew: false }
    const [created] = await attachChecked(tx, act, ticketId, checked, { visibility, finalTarget })
    // The upload may have expired while it was checked.
    if (created === undefined) throw new AppError('upload_not_found')
    if (visibility === 'public') await recordPublicFile(tx, actor, finalTarget)
    return { attachment: created, isNew: true }
  })
}

/** A small file in the memory of the program. */
export interface FileAtHand {
  file_name: string
  content_type: string
  bytes: Buffer
}

/**
 * Attaches a file for an actor, in the three steps of an upload.
 * @throws AppError the codes of `createUpload` and `registerUpload`.
 */
export const attachFile = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  { bytes, ...file }: FileAtHand,
): Promise<Attachment> => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { upload_id } = await createUpload(app, act, ticketId, { ...file, size: bytes.length, sha256 })
  await app.store.put(objectKey(act.actor.tenantId, upload_id), bytes, file.content_type)
  const { attachment } = await registerUpload(app, act, ticketId, { upload_id })
  return attachment
}
