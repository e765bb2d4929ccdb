import { AppError } from '../../../platform/errors.ts'
import { type ByteRange, readRange } from '../../../platform/http/byte-range.ts'
import type { Answer } from '../../../platform/http/endpoint.ts'
import { objectsPath } from '../../../platform/storage/local-urls.ts'
import type { OpenObject, ServedObjects } from '../../../platform/storage/object-store.ts'
import { byteEndpoint } from '../../identity/accounts/declare-endpoint.ts'
import { DownloadQuery, ObjectParams, PutQuery } from './attachments.schemas.ts'
import { receiveUpload } from './receive-upload.service.ts'
import { refuseOutOfSight } from './served-files.service.ts'

const tag = 'Files'
const path = `${objectsPath}/:folder/:object`

const keyOf = ({ folder, object }: { folder: string; object: string }): string => `${folder}/${object}`

/**
 * @throws AppError `invalid_signature` when the files are in an S3 store: then this program signs no address of its
 * own.
 */
const servedBy = (served: ServedObjects | null): ServedObjects => {
  if (served === null) throw new AppError('invalid_signature')
  return served
}

/** The answer that is a file. The browser saves it under its name; the headers stop it from running anything. */
const fileAnswer = (
  file: OpenObject,
  { type, disposition }: { type: string; disposition: string },
  range: ByteRange | null,
): Answer => {
  const { start, end } = range ?? { start: 0, end: file.size - 1 }
  return {
    status: range === null ? 200 : 206,
    headers: {
      'Content-Type': type,
      'Content-Length': String(end - start + 1),
      'Content-Disposition': disposition,
      'Content-Security-Policy': "sandbox; default-src 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'private, no-store',
      'Accept-Ranges': 'bytes',
      ...(range === null ? {} : { 'Content-Range': `bytes ${start}-${end}/${file.size}` }),
    },
    stream: file.read(start, end),
  }
}

export const objectRoutes = [
  byteEndpoint({
    id: 'uploadFile',
    method: 'put',
    path,
    can: 'anyone',
    tag,
    summary: 'Upload a file',
    description:
      'Takes a file at the address that `POST /tickets/:ticketId/attachments/upload-url` gives while this program keeps the ' +
      'files itself. The signature is the permission. `Content-Length` and `Content-Type` must be as announced. One request ' +
      'at a time may send the file, until it is registered. Of a file without an announced hash the first whole body counts: ' +
      'no other bytes are taken after it. A file of another type ends the upload.',
    params: ObjectParams,
    query: PutQuery,
    bytes: 'in',
    responds: { 204: null },
    fails: [
      'attachment_not_found',
      'invalid_signature',
      'upload_in_progress',
      'upload_over',
      'upload_mismatch',
      'storage_unavailable',
    ],
    async handle({ app, params, query, incoming }) {
      const served = servedBy(app.store.served)
      const put = { ...query, sha256: query.sha256 ?? null, contentType: query.type, key: keyOf(params) }
      served.verifyPut(put, incoming.target)
      if (incoming.contentLength !== put.size || incoming.contentType !== put.contentType) {
        throw new AppError('upload_mismatch', {
          detail: `Content-Length must be ${put.size}, and Content-Type ${put.contentType}.`,
        })
      }
      await receiveUpload(app, served, put, incoming)
    },
  }),
  byteEndpoint({
    id: 'downloadFile',
    method: 'get',
    path,
    can: 'anyone',
    tag,
    summary: 'Download a file',
    description:
      'Gives a file at the address that `GET /tickets/:ticketId/attachments/:attachmentId` gives while this program keeps ' +
      'the files itself. A request may ask for one range of bytes. The address is void once the file or its ticket is ' +
      'deleted, or the ticket is moved to another customer.',
    params: ObjectParams,
    query: DownloadQuery,
    bytes: 'out',
    responds: { 200: null, 206: null },
    responseHeaders: { 'Content-Disposition': '`attachment`, with the name of the file.' },
    fails: ['attachment_not_found', 'invalid_signature', 'attachment_missing', 'range_not_satisfiable'],
    async handle({ app, params, query, incoming }) {
      const served = servedBy(app.store.served)
      const key = keyOf(params)
      served.verifyDownload({ ...query, contentType: query.type, key }, incoming.target)
      await refuseOutOfSight(app, key, query.stamp)
      const file = await served.open(key)
      const range = readRange(incoming.range, file.size)
      if (range !== 'unsatisfiable') return fileAnswer(file, query, range)
      await file.close()
      throw new AppError('range_not_satisfiable', { headers: { 'Content-Range': `bytes */${file.size}` } })
    },
    answer: (answer) => answer,
  }),
]
