import { Readable } from 'node:stream'
import { request } from 'undici'
import { readObjectKey } from '../../src/platform/storage/object-key.ts'
import type { ObjectStore } from '../../src/platform/storage/object-store.ts'

// The objects of a store, as streams: a file of a thousand megabytes is never in memory as a whole. A store that the
// program serves itself is read by its files. Any other store is asked at the addresses that it signs.

const page = 1000
const signedSeconds = 3_600
const type = 'application/octet-stream'

/** The keys of all objects, in order, without what is still being uploaded, and what others keep in the bucket. */
export const keysOf = async function* (store: ObjectStore): AsyncGenerator<string> {
  for (let after: string | null = null; ; ) {
    const found = await store.list(after, page)
    for (const { key } of found) if (readObjectKey(key) !== null) yield key
    after = found.at(-1)?.key ?? after
    if (found.length < page) return
  }
}

/** The bytes of an object; null when it is gone by now. */
export const readObject = async (store: ObjectStore, key: string): Promise<AsyncIterable<Uint8Array> | null> => {
  if (store.served !== null) {
    const object = await store.served.open(key).catch((error) => {
      if (error.code === 'attachment_missing') return null
      throw error
    })
    if (object === null) return null
    // A stream of no bytes cannot be asked for.
    if (object.size === 0) return object.close().then(() => Readable.from([]))
    return object.read(0, object.size - 1)
  }
  const url = await store.signDownload(
    key,
    { contentType: type, disposition: 'attachment', stamp: '' },
    signedSeconds,
    '',
  )
  const { statusCode, body } = await request(url)
  if (statusCode === 200) return body
  await body.dump()
  if (statusCode === 404) return null
  throw new Error(`The store of attachments answers ${statusCode} for ${key}.`)
}

/** What an object must be: its size in bytes and the SHA-256 of its bytes in hex. */
interface ObjectSize {
  size: number
  sha256: string
}

/** Writes an object. @throws Error when the store does not take it. */
export const writeObject = async (
  store: ObjectStore,
  key: string,
  { size, sha256 }: ObjectSize,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> => {
  const content = { size, sha256, contentType: type }
  const body = Readable.from(bytes)
  if (store.served !== null)
    return store.served.receive({ key, expires: 0, ...content }, body, { fits: () => true, settle: async () => {} })
  const { url, headers } = await store.signUpload(key, content, signedSeconds, '')
  const answer = await request(url, { method: 'PUT', headers: { ...headers, 'Content-Length': String(size) }, body })
  await answer.body.dump()
  if (answer.statusCode >= 300) throw new Error(`The store of attachments answers ${answer.statusCode} for ${key}.`)
}
