import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { signHeaders } from '../../platform/storage/s3-signing.ts'
import { faultOf, type Keys } from './s3-signatures.ts'

/** An object as the store keeps it. */
interface Kept {
  bytes: Buffer
  contentType: string
  checksum: string | undefined
  modifiedAt: Date
}

/** A store that answers the S3 requests that the product sends, and refuses a request whose signature is wrong. */
export interface S3Server {
  /** The settings of a desk that uses this store. */
  settings: Record<string, string>
  objects: Map<string, Kept>
  /** The requests so far: the method, `copy` when it copies an object, and the range of bytes when it has one. */
  requests: string[]
  /** What a test does when such a request comes in. The store goes on after it. */
  before: (request: string) => Promise<void> | void
  /**
   * What the store does in place of an answer: it stays silent, or fails. A late failure says 200 and copies nothing.
   */
  mood: 'well' | 'failing' | 'failing late' | 'silent'
  /** Whether the store keeps the SHA-256 of an object and answers with it. */
  tellsChecksums: boolean
  stop(): Promise<void>
}

const keys: Keys = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a+secret/of=tests' }
const bucket = 'attachments-test'

const base64 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64')
const hex = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const fail = (res: ServerResponse, status: number, code: string): void =>
  void res.writeHead(status, { 'Content-Type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`)

const receive = async (server: S3Server, key: string, req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const bytes = await buffer(req)
  const { 'x-amz-content-sha256': payload = 'UNSIGNED-PAYLOAD', 'x-amz-checksum-sha256': checksum } = req.headers
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== hex(bytes)) return fail(res, 400, 'XAmzContentSHA256Mismatch')
  if (checksum !== undefined && server.tellsChecksums && checksum !== base64(bytes)) return fail(res, 400, 'BadDigest')
  server.objects.set(key, {
    bytes,
    contentType: req.headers['content-type'] ?? 'binary/octet-stream',
    checksum: server.tellsChecksums && checksum !== undefined ? String(checksum) : undefined,
    modifiedAt: new Date(),
  })
  res.end()
}

const duplicate = (server: S3Server, source: string, key: string, res: ServerResponse): void => {
  const kept = server.objects.get(decodeURIComponent(source).slice(`/${bucket}/`.length))
  if (kept === undefined) {
    fail(res, 404, 'NoSuchKey')
    return
  }
  if (server.mood === 'failing late') {
    fail(res, 200, 'InternalError')
    return
  }
  server.objects.set(key, { ...kept, modifiedAt: new Date() })
  res.end('<?xml version="1.0"?><CopyObjectResult xmlns="x"></CopyObjectResult>')
}

const give = (
  server: S3Server,
  key: string,
  query: URLSearchParams,
  req: IncomingMessage,
  res: ServerResponse,
): void => {
  const kept = server.objects.get(key)
  if (kept === undefined) {
    fail(res, 404, 'NoSuchKey')
    return
  }
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? '') ?? []
  if (start !== undefined && Number(start) >= kept.bytes.length) {
    fail(res, 416, 'InvalidRange')
    return
  }
  const part = start === undefined ? kept.bytes : kept.bytes.subarray(Number(start), Number(end) + 1)
  const asksChecksum = req.headers['x-amz-checksum-mode'] === 'ENABLED' && kept.checksum !== undefined
  const headers: [string, string | null | undefined][] = [
    ['content-length', String(part.length)],
    ['content-type', query.get('response-content-type') ?? kept.contentType],
    ['content-disposition', query.get('response-content-disposition')],
    ['cache-control', query.get('response-cache-control')],
    ['x-amz-checksum-sha256', asksChecksum ? kept.checksum : null],
  ]
  for (const [name, value] of headers) if (value) res.setHeader(name, value)
  res.writeHead(start === undefined ? 200 : 206).end(req.method === 'HEAD' ? undefined : part)
}

const list = (server: S3Server, query: URLSearchParams, res: ServerResponse): void => {
  const after = query.get('start-after') ?? ''
  const names = [...server.objects.keys()].filter((key) => key > after).sort()
  // A page can be shorter than requested, as with real stores.
  const page = names.slice(0, Math.min(2, Number(query.get('max-keys') ?? 1_000)))
  const contents = page.map((key) => {
    const { modifiedAt, bytes } = server.objects.get(key) as Kept
    const members = `<Key>${encodeURIComponent(key)}</Key><LastModified>${modifiedAt.toISOString()}</LastModified>`
    return `<Contents>${members}<Size>${bytes.length}</Size></Contents>`
  })
  const truncated = `<IsTruncated>${page.length < names.length}</IsTruncated>`
  res.end(`<?xml version="1.0"?><ListBucketResult xmlns="x">${truncated}${contents.join('')}</ListBucketResult>`)
}

const answer = async (server: S3Server, req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const { method = '', url: target = '' } = req
  const source = req.headers['x-amz-copy-source']?.toString()
  const what = [method, source === undefined ? [] : 'copy', req.headers.range ?? []].flat().join(' ')
  server.requests.push(what)
  await server.before(what)
  if (server.mood === 'silent') return
  if (server.mood === 'failing') return fail(res, 503, 'SlowDown')
  const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]))
  const fault = faultOf({ method, target, headers }, keys, Date.now())
  if (fault !== null) {
    req.resume()
    return fail(res, 403, fault)
  }
  const { pathname, searchParams } = new URL(target, 'http://store')
  const [, name, ...rest] = pathname.split('/').map(decodeURIComponent)
  const key = rest.join('/')
  if (name !== bucket) return fail(res, 404, 'NoSuchBucket')
  if (source !== undefined) return duplicate(server, source, key, res)
  if (method === 'PUT') return receive(server, key, req, res)
  if (key === '') return list(server, searchParams, res)
  if (method !== 'DELETE') return give(server, key, searchParams, req, res)
  server.objects.delete(key)
  res.writeHead(204).end()
}

/** Starts an empty store. Stop it in `afterAll`. */
export const startS3Server = async (): Promise<S3Server> => {
  const http = createServer((req, res) => {
    answer(server, req, res).catch((error: Error) => res.destroy(error))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const server: S3Server = {
    settings: {
      S3_ENDPOINT: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: keys.accessKeyId,
      S3_SECRET_ACCESS_KEY: keys.secretAccessKey,
    },
    objects: new Map(),
    requests: [],
    before: () => {},
    mood: 'well',
    tellsChecksums: true,
    stop: () =>
      new Promise((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      }),
  }
  return server
}

/** Creates a bucket in a store that is not ours. Answers with the settings of a desk that uses it. */
export const createBucket = async (access: { endpoint: string } & Keys): Promise<Record<string, string>> => {
  const { endpoint, ...own } = access
  const name = `attachments-${Date.now()}`
  const url = `${endpoint}/${name}`
  const headers = await signHeaders(
    { ...own, region: 'us-east-1' },
    { method: 'PUT', url },
    hex(Buffer.alloc(0)),
    new Date(),
  )
  const response = await fetch(url, { method: 'PUT', headers })
  if (!response.ok) throw new Error(`no bucket: ${response.status} ${await response.text()}`)
  return {
    S3_ENDPOINT: endpoint,
    S3_BUCKET: name,
    S3_ACCESS_KEY_ID: own.accessKeyId,
    S3_SECRET_ACCESS_KEY: own.secretAccessKey,
  }
}
