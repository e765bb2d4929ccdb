import { createHash } from 'node:crypto'
import { headBytes } from './object-store.ts'

/** What was read. `head` are the first bytes, at most `headBytes`. */
export interface Measure {
  size: number
  sha256: string
  head: Buffer
}

/** Reads all bytes, but keeps only the first `headBytes`. */
export const measure = async (bytes: AsyncIterable<Uint8Array>): Promise<Measure> => {
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
