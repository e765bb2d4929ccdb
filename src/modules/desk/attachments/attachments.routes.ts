import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { withinQuotas } from '../../identity/accounts/quotas.service.ts'
import { showTicket } from '../tickets/ticket-reading.service.ts'
import { TicketParams } from '../tickets/tickets.schemas.ts'
import {
  Attachment,
  AttachmentDownload,
  AttachmentList,
  AttachmentParams,
  AttachmentQuery,
  AttachmentRules,
  CreateUpload,
  RegisterUpload,
  Upload,
} from './attachments.schemas.ts'
import { attachmentOrder, deleteAttachment, getAttachment, listTicketAttachments } from './attachments.service.ts'
import { attachmentRules, createUpload, registerUpload } from './uploads.service.ts'

const tag = 'Attachments'
const attachmentKey = z.tuple([moment, z.uuid()])
const path = '/tickets/:ticketId/attachments'

export const attachmentRoutes = [
  endpoint({
    id: 'getAttachmentRules',
    method: 'get',
    path: '/attachment-rules',
    can: 'attachment:create',
    tag,
    summary: 'What may be attached',
    description:
      'The size and the kinds of files, so that a program can refuse a file before it is announced. The extension and the ' +
      'first bytes of a file decide what the file is.',
    responds: { 200: AttachmentRules },
    handle: async ({ app }) => attachmentRules(app),
  }),
  endpoint({
    id: 'createUploadUrl',
    method: 'post',
    path: `${path}/upload-url`,
    can: 'attachment:create',
    tag,
    summary: 'Get an address to upload a file to',
    description:
      'The first of three steps. Then send the file to `url` by `method` with `headers`, within five minutes, and ' +
      'register it. The address takes a body of exactly this size, type and hash. The hash may be left out: pages that are ' +
      'not served over https cannot make it.',
    params: TicketParams,
    body: CreateUpload,
    responds: { 201: Upload },
    mixesSecrets: true,
    fails: [
      'ticket_not_found',
      'ticket_closed',
      'file_type_not_allowed',
      'file_too_large',
      'too_many_uploads',
      'quota_exceeded',
    ],
    handle: (call) =>
      withinQuotas(call.app, call.actor, { uploads: 1, upload_bytes: call.body.size }, () =>
        createUpload(call.app, call, call.params.ticketId, call.body),
      ),
  }),
  endpoint({
    id: 'addAttachment',
    method: 'post',
    path,
    can: 'attachment:create',
    tag,
    summary: 'Attach a file that has been uploaded',
    description:
      'The size, the hash and the first bytes of the file must be as announced. A file in an S3 store that was announced ' +
      'without a hash is read and hashed now, by one request at a time. 200 when the file is attached already.',
    params: TicketParams,
    body: RegisterUpload,
    responds: { 201: Attachment, 200: Attachment },
    fails: [
      'ticket_not_found',
      'ticket_closed',
      'upload_not_found',
      'upload_in_progress',
      'upload_missing',
      'upload_mismatch',
      'too_many_attachments',
      'storage_unavailable',
    ],
    handle: (call) => registerUpload(call.app, call, call.params.ticketId, call.body),
    answer: ({ attachment, isNew }) => ({ status: isNew ? 201 : 200, body: attachment }),
  }),
  endpoint({
    id: 'listAttachments',
    method: 'get',
    path,
    can: 'attachment:list',
    tag,
    summary: 'List the attachments of a ticket',
    description: 'Oldest first. Customers see the public ones.',
    params: TicketParams,
    query: AttachmentQuery,
    responds: { 200: AttachmentList },
    fails: ['ticket_not_found', 'quota_exceeded'],
    handle: async (call) => {
      const { app, actor, params, query } = call
      const request = pageRequest(query, attachmentOrder, attachmentKey)
      const { rows, page } = await showTicket(call, () => listTicketAttachments(app, actor, params.ticketId, request))
      return { attachments: rows, page }
    },
  }),
  endpoint({
    id: 'getAttachment',
    method: 'get',
    path: `${path}/:attachmentId`,
    can: 'attachment:read',
    tag,
    summary: 'Get an address to download an attachment from',
    description:
      '`download_url` gives the file, always as a download, until `download_expires_at`: for five minutes, or for one from ' +
      'an S3 store. It needs no sign-in, so keep it secret.',
    params: AttachmentParams,
    responds: { 200: AttachmentDownload },
    mixesSecrets: true,
    fails: ['ticket_not_found', 'attachment_not_found', 'attachment_missing', 'quota_exceeded'],
    handle: (call) =>
      showTicket(call, () => getAttachment(call.app, call.actor, call.params.ticketId, call.params.attachmentId)),
  }),
  endpoint({
    id: 'deleteAttachment',
    method: 'delete',
    path: `${path}/:attachmentId`,
    can: 'attachment:delete',
    tag,
    summary: 'Delete an attachment',
    description:
      'For its author within the setting `comment_edit_minutes`, and for admins at any time. The file is removed; the history keeps its name.',
    params: AttachmentParams,
    responds: { 204: null },
    fails: ['ticket_not_found', 'attachment_not_found', 'attachment_too_old'],
    handle: (call) => deleteAttachment(call.app, call, call.params.ticketId, call.params.attachmentId),
  }),
]
