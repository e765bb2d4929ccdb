import { z } from 'zod'
import { requireRead, requireWrite } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { inSeconds } from '../../../platform/clock.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import { attachmentDisposition } from '../../../platform/storage/content-disposition.ts'
import { objectKey } from '../../../platform/storage/object-key.ts'
import type { ObjectStore } from '../../../platform/storage/object-store.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import { getTenantAddress } from '../../identity/tenants/tenants.service.ts'
import { refuseLate } from '../tickets/edit-time.policy.ts'
import { authorAccess } from '../tickets/tickets.policy.ts'
import { getTicket, lockVisibleTicket } from '../tickets/tickets.service.ts'
import { findAttachment, listAttachments, lockAttachment, markAttachmentDeleted } from './attachments.queries.ts'
import type { Attachment, AttachmentDownload, AttachmentKey } from './attachments.schemas.ts'

/** Attachments are listed in the order in which they were attached. */
export const attachmentOrder = 'created_at'

/**
 * How long an address for a download is valid. An address of the program is void when its file gets out of sight; one
 * of a store that serves the files itself cannot be called back, so its time is shorter.
 */
const secondsOf = ({ served }: ObjectStore): number => (served === null ? 60 : 300)

/**
 * A page of the attachments of a ticket and of those merged into it, oldest first. @throws AppError `ticket_not_found`.
 */
export const listTicketAttachments = async (
  app: App,
  actor: User,
  ticketId: string,
  page: PageRequest<AttachmentKey>,
): Promise<PageOf<Attachment>> => {
  await getTicket(app, actor, ticketId)
  const rows = await listAttachments(app.pool, actor, ticketId, page)
  return pageOf(rows, page, attachmentOrder, ({ created_at, attachment_id }) => [created_at, attachment_id])
}

/**
 * An attachment of a ticket, or of one merged into it, with an address to download it from.
 * @throws AppError `ticket_not_found`, `attachment_not_found`, `attachment_missing` when its file is known to be gone.
 */
export const getAttachment = async (
  app: App,
  actor: User,
  ticketId: string,
  attachmentId: string,
): Promise<AttachmentDownload> => {
  await getTicket(app, actor, ticketId)
  const found = requireRead(await findAttachment(app.pool, actor, ticketId, attachmentId), 'attachment_not_found')
  const { stamp, ...attachment } = found
  if (attachment.missing_at !== null) throw new AppError('attachment_missing')
  const { content_type: contentType, file_name } = attachment
  const seconds = secondsOf(app.store)
  const expiresAt = inSeconds(app.clock, seconds)
  const url = await app.store.signDownload(
    objectKey(actor.tenantId, attachmentId),
    { contentType, disposition: attachmentDisposition(file_name), stamp },
    seconds,
    await getTenantAddress(app, actor.tenant),
  )
  return { ...attachment, download_url: url, download_expires_at: expiresAt }
}

/**
 * Deletes an attachment. A job removes its file a moment later. The file's name stays in the ticket's history.
 * @throws AppError `ticket_not_found`, `attachment_not_found`, `forbidden`, `attachment_too_old` after
 * `comment_edit_minutes`.
 */
export const deleteAttachment = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  attachmentId: string,
): Promise<void> => {
  const { comment_edit_minutes: minutes } = await settingsOf(app, act.actor.tenantId)
  await transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      await lockVisibleTicket(tx, actor, ticketId)
      const attachment = requireWrite(
        await lockAttachment(tx, actor, ticketId, attachmentId, minutes),
        (found) => authorAccess(actor, found),
        'attachment_not_found',
        'This attachment is not yours.',
      )
      refuseLate(actor, attachment, 'attachment_too_old', `An attachment can be deleted for ${minutes} minutes.`)
      await markAttachmentDeleted(tx, act, attachmentId)
    },
    act.receipt,
  )
}

const RemoveAttachment = z.object({ tenant_id: z.int(), attachment_id: z.uuid() })

/** The job that removes the file of a deleted attachment. */
export const removeAttachmentTask = async (app: App, payload: unknown): Promise<void> => {
  const { tenant_id, attachment_id } = RemoveAttachment.parse(payload)
  await app.store.remove([objectKey(tenant_id, attachment_id)])
}
