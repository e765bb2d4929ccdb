import { createHash } from 'node:crypto'
import { AppError } from '../errors.ts'
import { type Content, type FitsType, headBytes, OtherType } from './object-store.ts'

/**
 * Passes the bytes of a body on while they may be the content. The first bytes are held back until they are judged. A
 * body that goes on after an error stays readable, so that its sender can still get the answer. `tell` is told the hash
 * of a body that is right.
 * @throws AppError `upload_mismatch`: at the first bytes when they do not fit, at the first byte too many, or at the
 * end when size or hash are wrong.
 */
export const checkedBody = async function* (
  body: AsyncIterable<Uint8Array>,
  content: Content,
  fits: FitsType,
  tell: (sha256: string) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  const held: Uint8Array[] = []
  let isJudged = false
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > content.size) break
    hash.update(chunk)
    held.push(chunk)
    if (!isJudged) {
      if (size < headBytes && size < content.size) continue
      isJudged = true
      if (!fits(Buffer.concat(held).subarray(0, headBytes), content.size)) throw new OtherType(content)
    }
    yield* held.splice(0)
  }
  if (size === content.size) {
    const sha256 = hash.digest('hex')
    if (sha256 === (content.sha256 ?? sha256)) return tell(sha256)
  }
  throw new AppError('upload_mismatch', {
    detail: size === content.size ? 'The bytes have another SHA-256.' : 'The body has another size.',
  })
}
