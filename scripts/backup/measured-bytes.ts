import { createHash } from 'node:crypto'
import type { Written } from './backup-place.ts'
import type { BackedUpFile } from './manifest.ts'

/** Measures bytes that pass through. Ask for the result when they have passed. */
export const measured = (
  bytes: AsyncIterable<Uint8Array>,
): { through: AsyncGenerator<Uint8Array>; result: () => Written } => {
  const hash = createHash('sha256')
  let size = 0
  const through = async function* () {
    for await (const chunk of bytes) {
      size += chunk.length
      hash.update(chunk)
      yield chunk
    }
  }
  return { through: through(), result: () => ({ size, sha256: hash.digest('hex') }) }
}

/**
 * Passes the bytes of a file of a backup on, and no byte more than it has.
 * @throws Error at the end when they are not those that were written.
 */
export const checked = async function* (
  bytes: AsyncIterable<Uint8Array>,
  { path, size, sha256 }: BackedUpFile,
): AsyncGenerator<Uint8Array> {
  const { through, result } = measured(bytes)
  let passed = 0
  for await (const chunk of through) {
    passed += chunk.length
    if (passed > size) break
    yield chunk
  }
  const read = result()
  if (read.size !== size) throw new Error(`${path} is broken: it has another size than was written`)
  if (read.sha256 !== sha256) throw new Error(`${path} is broken: its SHA-256 is another than was written`)
}
