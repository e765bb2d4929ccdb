import { AppError } from '../errors.ts'
import type { ByteCall } from './endpoint.ts'

/**
 * Reads a body that is a file as a whole. A body that is longer than `most` bytes is not read to its end.
 * @throws AppError `file_too_large`.
 */
export const readBytes = async ({ contentLength, stream }: ByteCall['incoming'], most: number): Promise<Buffer> => {
  const tooLarge = () => new AppError('file_too_large', { detail: `This file has at most ${most} bytes.` })
  if (contentLength !== null && contentLength > most) throw tooLarge()
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stream) {
    size += part.length
    if (size > most) throw tooLarge()
    parts.push(part)
  }
  return Buffer.concat(parts)
}
