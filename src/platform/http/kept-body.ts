import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Request, Response } from 'express'
import { isKnown } from './entity-tags.ts'

/** A body that is the same for everybody: made once, compressed once, and sent as it is. */
export interface KeptBody {
  contentType: string
  /** The forms of the body, best first, each with an entity tag of its own. */
  forms: { encoding: 'br' | 'gzip' | 'identity'; etag: string; bytes: Buffer }[]
}

const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)

/** Compresses a text in all encodings that are served. */
const keepBody = async (contentType: string, text: string): Promise<KeptBody> => {
  const identity = Buffer.from(text)
  const hash = createHash('sha256').update(identity).digest('base64url').slice(0, 22)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: identity.length }
  const [br, gzipped] = await Promise.all([compressBrotli(identity, { params }), compressGzip(identity)])
  return {
    contentType,
    forms: [
      { encoding: 'br', etag: `"${hash}-br"`, bytes: br },
      { encoding: 'gzip', etag: `"${hash}-gzip"`, bytes: gzipped },
      { encoding: 'identity', etag: `"${hash}"`, bytes: identity },
    ],
  }
}

/** Keeps a text as a body. It is made and compressed at the first call. */
export const keptOnce = (contentType: string, text: () => string): (() => Promise<KeptBody>) => {
  let kept: Promise<KeptBody> | undefined
  return () => {
    kept ??= keepBody(contentType, text())
    return kept
  }
}

/** Sends the best form of a kept body that the client accepts, or 304 when the client has that form. */
export const sendKept = (req: Request, res: Response, { contentType, forms }: KeptBody): void => {
  const form = forms.find(({ encoding }) => req.acceptsEncodings(encoding)) ?? forms.at(-1)
  if (form === undefined) throw new Error('a kept body has at least one form')
  const { encoding, etag, bytes } = form
  res.set({ ETag: etag, 'Cache-Control': 'no-cache' }).vary('Accept-Encoding')
  if (isKnown(req.get('if-none-match'), etag)) {
    res.status(304).end()
    return
  }
  if (encoding !== 'identity') res.set('Content-Encoding', encoding)
  res.set({ 'Content-Type': contentType, 'Content-Length': String(bytes.length) }).end(bytes)
}
