import { createHash } from 'node:crypto'
import { headBytes, type Inspection } from './object-store.ts'

/** Reads all bytes, but keeps only the first `headBytes`. */
export const measure = async (bytes: AsyncIterable<Uint8Array>): Promise<Inspection> => {
  const hash = createHash('sha256')
  const head: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    if (size < headBytes) head.push(chunk.subarray(0, headBytes - size))
    size += chunk.length
    hash.update(chunk)
  }
  return { size, sha256: hash.digest('hex'), head: Buffer.concat(head) }
}
