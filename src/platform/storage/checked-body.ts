import { createHash } from 'node:crypto'
import { AppError } from '../errors.ts'
import { type Content, type FitsType, headBytes, OtherType } from './object-store.ts'

/**
 * Passes the bytes of a body on while they may be the content. The first bytes are held back until they are judged. A
 * body that goes on after an error stays readable, so that its sender can still get the answer.
 * @throws AppError `upload_mismatch`: at the first bytes when they do not fit, at the first byte too many, or at the end
 * when size or hash are wrong.
 */
export const checkedBody = async function* (
  body: AsyncIterable<Buffer>,
  content: Content,
  fits: FitsType,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const held: Buffer[] = []
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
  if (size === content.size && hash.digest('hex') === content.sha256) return
  throw new AppError('upload_mismatch', {
    detail: size === content.size ? 'The bytes have another SHA-256.' : 'The body has another size.',
  })
}
