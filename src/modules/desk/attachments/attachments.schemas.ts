import { z } from 'zod'
import { Visibility } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { timestamp } from '../../../platform/schemas.ts'
import { KeyParts } from '../../../platform/storage/object-key.ts'
import { showsSomething, withoutDirectionMarks } from '../../../platform/text-form.ts'
import { AuthorId, TicketParams } from '../tickets/tickets.schemas.ts'

/**
 * The name of a file: one line, composed (NFC), without a path, and without characters that turn the direction of text.
 * Most file systems take 255 bytes. A longer name is refused and not cut, because its end says what the file is.
 */
const FileName = z
  .string()
  .max(255, { abort: true })
  .refine((name) => name.isWellFormed(), { error: 'must be Unicode text without lone surrogates' })
  .refine((name) => !/[\p{Cc}\u2028\u2029]/u.test(name), { error: 'must be a single line' })
  .refine((name) => !/[/\\]/.test(name), { error: 'must be a name, without a path' })
  .transform((name) =>
    withoutDirectionMarks(name)
      .normalize('NFC')
      .trim()
      .replace(/[\s.]+$/, ''),
  )
  .pipe(
    z
      .string()
      .min(1)
      .refine((name) => Buffer.byteLength(name) <= 255, { error: 'must have at most 255 bytes in UTF-8' })
      .refine(showsSomething, { error: 'must have a character that can be seen' }),
  )

export const Attachment = z
  .object({
    attachment_id: z.uuid(),
    ticket_id: z.string(),
    comment_id: z
      .uuid()
      .nullable()
      .meta({ description: 'The comment that carries the file; null when no comment does.' }),
    file_name: z.string(),
    content_type: z.string().meta({ description: 'Of a text with its `charset`, when its first bytes show it.' }),
    size: z.int().meta({ description: 'In bytes.' }),
    sha256: z.string().meta({ description: 'Of the bytes of the file, announced or counted by the program.' }),
    visibility: Visibility,
    author_id: AuthorId,
    author_name: z.string(),
    created_at: timestamp,
    missing_at: timestamp
      .nullable()
      .meta({ description: 'Since when the file is known to be missing in the store; null when it is there.' }),
  })
  .meta({ id: 'Attachment' })
export type Attachment = z.output<typeof Attachment>

export const AttachmentDownload = Attachment.extend({
  download_url: z
    .url()
    .meta({ description: 'Gives the file until it expires. It needs no sign-in, so keep it secret.' }),
  download_expires_at: timestamp,
}).meta({ id: 'AttachmentDownload' })
export type AttachmentDownload = z.output<typeof AttachmentDownload>

const Sha256 = z
  .string()
  .regex(/^[0-9A-Fa-f]{64}$/, { error: 'must be a SHA-256 in 64 hexadecimal digits' })
  .transform((digits) => digits.toLowerCase())

export const CreateUpload = z
  .strictObject({
    file_name: FileName,
    content_type: z.string().max(100).meta({
      description: 'As the browser says it: it may have parameters. It may be empty when the browser knows no type.',
    }),
    size: z.int().min(1).meta({ description: 'In bytes.' }),
    sha256: Sha256.optional().meta({
      description:
        'Of the bytes of the file, in hexadecimal digits. With it no other bytes are taken. When left out, the program ' +
        'hashes what was sent.',
    }),
  })
  .meta({
    id: 'CreateUpload',
    examples: [
      {
        file_name: 'router.log',
        content_type: 'text/plain',
        size: 5,
        sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      },
      { file_name: 'router.log', content_type: 'text/plain', size: 5 },
    ],
  })
export type CreateUpload = z.output<typeof CreateUpload>

export const Upload = z
  .object({
    upload_id: z.uuid(),
    method: z.literal('PUT'),
    url: z.url(),
    headers: z.record(z.string(), z.string()).meta({ description: 'Send these headers with the file, unchanged.' }),
    expires_at: timestamp.meta({ description: 'The upload must begin before this time.' }),
    register_before: timestamp.meta({ description: 'A file that is not registered before this time is thrown away.' }),
  })
  .meta({ id: 'Upload' })
export type Upload = z.output<typeof Upload>

export const RegisterUpload = z
  .strictObject({
    upload_id: z.uuid(),
    visibility: Visibility.optional().meta({
      description: 'When left out: `public` for customers, `internal` for the staff.',
    }),
  })
  .meta({
    id: 'RegisterUpload',
    examples: [{ upload_id: '0b6a3c9e-4d4f-4f0e-9d55-6a3f6c1f2b7d', visibility: 'public' }],
  })
export type RegisterUpload = z.output<typeof RegisterUpload>

/** An upload whose file was checked, and the type to serve it with. */
export interface CheckedUpload {
  uploadId: string
  contentType: string
}

/** The most files that a comment carries. */
export const filesOfCommentAtMost = 10

export const AttachmentRules = z
  .object({
    max_bytes: z.int().meta({ description: 'The most bytes of a file.' }),
    extensions: z.array(z.string()).meta({ description: 'The ends of file names, one of which a file must have.' }),
    max_files_of_ticket: z
      .int()
      .meta({ description: 'The most public files of a ticket, and the most internal ones.' }),
    max_files_of_comment: z.int().meta({ description: 'The most files that a comment carries.' }),
  })
  .meta({ id: 'AttachmentRules', description: 'What may be attached.' })
export type AttachmentRules = z.output<typeof AttachmentRules>

export const AttachmentParams = TicketParams.extend({ attachmentId: z.uuid() })
export const AttachmentQuery = z.strictObject(pageQuery)
export const AttachmentList = z.object({ attachments: z.array(Attachment), page: Page }).meta({ id: 'AttachmentList' })

/** The key of a cursor: when it was attached, and its id. */
export type AttachmentKey = [string, string]

const seconds = z
  .string()
  .regex(/^\d{1,12}$/, { error: 'must be a time in seconds' })
  .transform(Number)
const signature = z.string().max(100)

export const ObjectParams = KeyParts
export const PutQuery = z.strictObject({
  expires: seconds,
  size: seconds.meta({ description: 'In bytes.' }),
  type: z.string().max(100).meta({ description: 'The type of the file.' }),
  sha256: z.string().max(64).optional().meta({ description: 'Of the file, when it was announced.' }),
  signature,
})
export const DownloadQuery = z.strictObject({
  expires: seconds,
  type: z.string().max(100).meta({ description: 'The type of the file.' }),
  disposition: z.string().max(4_000),
  stamp: z.string().max(20),
  signature,
})
