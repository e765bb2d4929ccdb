import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Request } from 'express'

type Encoding = 'br' | 'gzip'

/** Whether a body of so many bytes is compressed. A shorter one fits into one packet of the network anyway. */
export const isWorthwhile = (bytes: number): boolean => bytes >= 1_024

/** How a body is compressed for a client, or null when the client takes it only as it is. */
export const encodingFor = (req: Request): Encoding | null => {
  if (req.headers['accept-encoding'] === undefined) return null
  return (['br', 'gzip'] as const).find((encoding) => req.acceptsEncodings(encoding)) ?? null
}

const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)

/**
 * Compresses a body that is sent once, in another thread. The levels are low, because the best levels take ten times as
 * long for a tenth less.
 */
export const compress = (encoding: Encoding, bytes: Buffer): Promise<Buffer> => {
  if (encoding === 'gzip') return compressGzip(bytes, { level: 3 })
  const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_SIZE_HINT: size } = constants
  return compressBrotli(bytes, { params: { [quality]: 1, [size]: bytes.length } })
}
