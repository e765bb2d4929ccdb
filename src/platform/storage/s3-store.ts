import { type Clock, systemClock } from '../clock.ts'
import { AppError } from '../errors.ts'
import { sha256 } from '../secrets.ts'
import { checkedBody } from './checked-body.ts'
import { type Measure, measure } from './measure-stream.ts'
import { stagedKey } from './object-key.ts'
import {
  type Content,
  type FitsType,
  headBytes,
  type ObjectStore,
  OtherType,
  type StoredObject,
  uploadMissing,
} from './object-store.ts'
import { readListing } from './s3-listing.ts'
import { presign, type S3Access, signHeaders } from './s3-signing.ts'

/** Which bucket of which store, and the keys to sign with. */
export interface S3Settings extends S3Access {
  /** Such as https://s3.eu-central-1.amazonaws.com. The bucket is the first part of the path. */
  endpoint: string
  bucket: string
}

/**
 * How long the store may take for an answer, and for reading or writing a whole object. The sum is less than the time
 * that a client's connection may be silent for (`http/server.ts`).
 */
const patience = { answerMs: 5_000, transferMs: 20_000 }

/** What a test sets: how long the store may take, and the time of the signatures. */
export interface S3Options extends Partial<typeof patience> {
  clock?: Clock
}

/** Who signs, and by which clock. */
interface Signer {
  access: S3Access
  clock: Clock
}

const timeOf = ({ clock }: Signer): Date => new Date(clock.now())

const nothing = Buffer.alloc(0)

const unavailable = (cause: unknown): AppError =>
  new AppError('storage_unavailable', { headers: { 'Retry-After': '5' }, cause })

/** Turns every error that is not an AppError into `storage_unavailable`. */
const orUnavailable = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw error instanceof AppError ? error : unavailable(error)
  }
}

interface Call {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  url: string
  headers?: Record<string, string>
  body?: Buffer
  /** How long the call may take, in milliseconds. */
  limitMs: number
}

/** Sends a signed request. @returns null for 404. @throws AppError `storage_unavailable` for other errors. */
const send = async (signer: Signer, { body, limitMs, ...request }: Call): Promise<Response | null> => {
  const headers = await signHeaders(signer.access, request, sha256(body ?? nothing).toString('hex'), timeOf(signer))
  const response = await fetch(request.url, {
    method: request.method,
    headers,
    body: body && new Uint8Array(body),
    redirect: 'error',
    signal: AbortSignal.timeout(limitMs),
  })
  if (response.ok) return response
  const said = (await response.text()).slice(0, 500)
  if (response.status === 404 && !said.includes('NoSuchBucket')) return null
  throw unavailable(new Error(`${request.method} of an object: the store answers ${response.status} ${said}`))
}

const drain = async (response: Response | null): Promise<void> => {
  await response?.arrayBuffer()
}

/** The hash of the whole object in hex, when the store has checked it itself. */
const checksumOf = ({ headers }: Response): string | null => {
  const checksum = headers.get('x-amz-checksum-sha256')
  const isWhole = (headers.get('x-amz-checksum-type') ?? 'FULL_OBJECT') === 'FULL_OBJECT'
  return checksum !== null && isWhole ? Buffer.from(checksum, 'base64').toString('hex') : null
}

/** Reads an object, or its first bytes only. @throws AppError `upload_missing`. */
const read = async (signer: Signer, url: string, limitMs: number, part: 'head' | 'all'): Promise<Measure> => {
  const range: Record<string, string> = part === 'all' ? {} : { Range: `bytes=0-${headBytes - 1}` }
  const response = await send(signer, { method: 'GET', url, headers: range, limitMs })
  if (response === null || response.body === null) throw uploadMissing()
  return measure(response.body)
}

/** Asks for an object of the announced size. @throws AppError `upload_missing`, `upload_mismatch`. */
const find = async (signer: Signer, url: string, content: Content, limitMs: number): Promise<Response> => {
  const headers = { 'x-amz-checksum-mode': 'ENABLED' }
  const found = await send(signer, { method: 'HEAD', url, headers, limitMs })
  if (found === null) throw uploadMissing()
  if (Number(found.headers.get('content-length')) !== content.size)
    throw new AppError('upload_mismatch', { detail: 'The file has another size.' })
  return found
}

/** Copies an object inside the store. @throws AppError `upload_missing`. */
const copy = async (signer: Signer, source: string, url: string, limitMs: number): Promise<void> => {
  const headers = { 'x-amz-copy-source': source }
  const response = await send(signer, { method: 'PUT', url, headers, limitMs })
  if (response === null) throw uploadMissing()
  // A store may say 200 before it knows that it cannot copy. Then the body of its answer is an error.
  const said = (await response.text()).slice(0, 500)
  if (/<Error[\s>]/.test(said)) throw unavailable(new Error(`copying an object: the store answers ${said}`))
}

/**
 * Copies what was uploaded without a hash to where no address for uploads leads, and hashes the copy. So what is hashed
 * is what is served, even when the upload is sent again meanwhile.
 */
const take = async (
  signer: Signer,
  { url, staged, source }: { url: string; staged: string; source: string },
  content: Content,
  fits: FitsType,
  { answerMs, transferMs }: typeof patience,
): Promise<string> => {
  await find(signer, staged, content, answerMs)
  await copy(signer, source, url, transferMs)
  const response = await send(signer, { method: 'GET', url, limitMs: transferMs })
  if (response === null || response.body === null) throw uploadMissing()
  let hash = ''
  const bytes = checkedBody(response.body, content, fits, (sha256) => {
    hash = sha256
  })
  for await (const _ of bytes) {
    // Each chunk is hashed and dropped.
  }
  return hash
}

/** Reads the first bytes, and the whole object only when the store does not say its hash and the first bytes fit. */
const check = async (
  signer: Signer,
  url: string,
  content: Content,
  fits: FitsType,
  { answerMs, transferMs }: typeof patience,
): Promise<string> => {
  const found = await find(signer, url, content, answerMs)
  const head = await read(signer, url, transferMs, 'head')
  if (!fits(head.head, content.size)) throw new OtherType(content)
  const known = checksumOf(found) ?? (head.size === content.size ? head.sha256 : null)
  const sha256 = known ?? (await read(signer, url, transferMs, 'all')).sha256
  if (sha256 !== content.sha256) throw new AppError('upload_mismatch', { detail: 'The file has another SHA-256.' })
  return sha256
}

/** What makes the store refuse bytes with another hash. */
const checksumHeader = (sha256: string | null): Record<string, string> =>
  sha256 === null ? {} : { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') }

/** A bucket of an S3-compatible store. Clients upload and download there; the store checks the signatures. */
export const createS3Store = (
  { endpoint, bucket, ...access }: S3Settings,
  { clock = systemClock, ...given }: S3Options = {},
): ObjectStore => {
  const signer = { access, clock }
  const limits = { ...patience, ...given }
  const { answerMs, transferMs } = limits
  const bucketUrl = `${endpoint.replace(/\/+$/, '')}/${bucket}`
  const urlOf = (key: string): string => `${bucketUrl}/${key}`
  const listAfter = async (after: string | null, limit: number) => {
    const url = new URL(bucketUrl)
    url.search = new URLSearchParams({
      'list-type': '2',
      'encoding-type': 'url',
      'max-keys': String(limit),
      ...(after === null ? {} : { 'start-after': after }),
    }).toString()
    const response = await send(signer, { method: 'GET', url: url.toString(), limitMs: answerMs })
    if (response === null) throw unavailable(new Error('there is no such bucket'))
    return readListing(await response.text())
  }
  return {
    served: null,
    async signUpload(key, { size, contentType, sha256 }, seconds) {
      const headers = { 'Content-Type': contentType, ...checksumHeader(sha256) }
      const url = urlOf(sha256 === null ? stagedKey(key) : key)
      const request = { method: 'PUT', url, headers: { ...headers, 'Content-Length': String(size) } }
      // Content-Length is signed, too, but every client adds that header itself.
      return { method: 'PUT', url: await presign(access, request, seconds, timeOf(signer)), headers }
    },
    signDownload(key, { contentType, disposition }, seconds) {
      const url = new URL(urlOf(key))
      url.searchParams.set('response-content-type', contentType)
      url.searchParams.set('response-content-disposition', disposition)
      url.searchParams.set('response-cache-control', 'private, no-store')
      return presign(access, { method: 'GET', url: url.toString() }, seconds, timeOf(signer))
    },
    check(key, content, fits) {
      const url = urlOf(key)
      const from = stagedKey(key)
      const upload = { url, staged: urlOf(from), source: `/${bucket}/${from}` }
      const isHashed = content.sha256 !== null
      return orUnavailable(
        isHashed ? check(signer, url, content, fits, limits) : take(signer, upload, content, fits, limits),
      )
    },
    async put(key, body, contentType) {
      const headers = { 'Content-Type': contentType }
      const call: Call = { method: 'PUT', url: urlOf(key), headers, body, limitMs: transferMs }
      await orUnavailable(send(signer, call).then(drain))
    },
    async read(key, most) {
      const headers = { Range: `bytes=0-${most}` }
      const response = await orUnavailable(
        send(signer, { method: 'GET', url: urlOf(key), headers, limitMs: transferMs }),
      )
      const bytes = response && Buffer.from(await orUnavailable(response.arrayBuffer()))
      return bytes === null || bytes.length > most ? null : bytes
    },
    async remove(keys) {
      for (const key of keys) {
        const call: Call = { method: 'DELETE', url: urlOf(key), limitMs: answerMs }
        await orUnavailable(send(signer, call).then(drain))
      }
    },
    async list(after, limit) {
      const found: StoredObject[] = []
      for (;;) {
        const from = found.at(-1)?.key ?? after
        const { objects, isTruncated } = await orUnavailable(listAfter(from, limit - found.length))
        found.push(...objects)
        if (!isTruncated || found.length >= limit) return found
        if (objects.length === 0)
          throw unavailable(new Error('the store says that there are more objects, but gives none'))
      }
    },
  }
}
