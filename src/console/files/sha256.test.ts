import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSha256, sha256Of } from './sha256.ts'

const nodes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const sample = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 7)) & 255)

test('the hash is that of Node, for all lengths around the ends of blocks', () => {
  for (const length of [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
    const hash = createSha256()
    hash.update(sample(length))
    expect([length, hash.digest()]).toEqual([length, nodes(sample(length))])
  }
})

test('how the bytes are cut changes nothing', () => {
  const bytes = sample(777)
  for (const part of [1, 7, 63, 64, 65, 200]) {
    const hash = createSha256()
    for (let at = 0; at < bytes.length; at += part) hash.update(bytes.subarray(at, at + part))
    expect([part, hash.digest()]).toEqual([part, nodes(bytes)])
  }
})

test('a file is hashed in parts, and hashing can be stopped', async () => {
  const bytes = sample(600_000)
  expect(await sha256Of(new Blob([bytes]))).toBe(nodes(bytes))
  await expect(sha256Of(new Blob([bytes]), AbortSignal.abort())).rejects.toThrow(/abort/i)
})
