import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../clock.ts'
import { AppError } from '../errors.ts'
import { sha256 } from '../secrets.ts'
import { checkedBody } from './checked-body.ts'
import { createLocalUrls } from './local-urls.ts'
import { isDraftKey, readObjectKey } from './object-key.ts'
import {
  type Content,
  type FitsType,
  headBytes,
  type ObjectStore,
  type OpenObject,
  OtherType,
  type Reception,
  type ServedObjects,
  type StoredObject,
  uploadMissing,
} from './object-store.ts'

const draftOf = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.part`

/**
 * The path of an object. Each tenant has 256 folders, so that each folder is small enough to be listed at once.
 * @throws Error when the text is not a key, so that nothing else becomes a path.
 */
const pathOf = (root: string, key: string): string => {
  if (readObjectKey(key) === null && !isDraftKey(key)) throw new Error('this is no key of an object')
  const [folder = '', object = ''] = key.split('/')
  return join(root, folder, object.slice(0, 2), object)
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const refuse = (error: unknown): never => {
  const isFull = ['ENOSPC', 'EDQUOT', 'EROFS'].includes(String((error as NodeJS.ErrnoException).code))
  throw isFull ? new AppError('storage_unavailable', { detail: 'There is no room for files.', cause: error }) : error
}

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

/** For what the program writes itself. */
const asItIs: Reception = { fits: () => true, settle: async () => {} }

/** Writes an object. It gets its name when it is complete and on disk; else nothing of it is left. */
const write = async (
  root: string,
  key: string,
  content: Content,
  body: Readable,
  { fits, settle }: Reception = asItIs,
): Promise<void> => {
  const path = pathOf(root, key)
  const draft = draftOf(path)
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(draft, 'wx', 0o600)
    // The iterator leaves the body open after an error. Closing the body would cut the connection before the answer.
    let hash = ''
    const bytes = checkedBody(body.iterator({ destroyOnReturn: false }), content, fits, (sha256) => {
      hash = sha256
    })
    await pipeline(bytes, file.createWriteStream({ flush: true }))
    if (content.sha256 === null) await settle(hash)
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    // The rest is read and dropped. Else the next request on the connection would wait behind it.
    body.resume()
    await rm(draft, { force: true })
    refuse(error)
  }
}

const openFile = async (path: string): Promise<FileHandle | null> => {
  try {
    return await open(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/**
 * Reads the size and the first bytes. The hash was checked or settled when the bytes came in: before that, an object
 * has no name.
 */
const check = async (root: string, key: string, content: Content, fits: FitsType): Promise<string> => {
  const file = content.sha256 === null ? null : await openFile(pathOf(root, key))
  if (file === null || content.sha256 === null) throw uploadMissing()
  try {
    const { size } = await file.stat()
    if (size !== content.size) throw new AppError('upload_mismatch', { detail: 'The file has another size.' })
    const head = Buffer.alloc(Math.min(headBytes, size))
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    if (!fits(head.subarray(0, bytesRead), size)) throw new OtherType(content)
    return content.sha256
  } finally {
    await file.close()
  }
}

const openObject = async (root: string, key: string): Promise<OpenObject> => {
  const file = await openFile(pathOf(root, key))
  if (file === null) throw new AppError('attachment_missing')
  const { size } = await file.stat()
  return {
    size,
    read: (start, end) => file.createReadStream({ start, end }),
    close: () => file.close(),
  }
}

const namesIn = async (path: string): Promise<string[]> => {
  try {
    return (await readdir(path)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The keys of objects and drafts in order, one folder at a time. Other files are ignored. */
const keysAfter = async function* (root: string, after: string): AsyncGenerator<string> {
  const isPassed = (start: string): boolean => start < after.slice(0, start.length)
  for (const folder of await namesIn(root)) {
    if (!/^\d{10}$/.test(folder) || isPassed(folder)) continue
    for (const shard of await namesIn(join(root, folder))) {
      if (!/^[0-9a-f]{2}$/.test(shard) || isPassed(`${folder}/${shard}`)) continue
      for (const name of await namesIn(join(root, folder, shard))) {
        const key = `${folder}/${name}`
        if (key > after && (readObjectKey(key) !== null || isDraftKey(key))) yield key
      }
    }
  }
}

const listObjects = async (root: string, after: string | null, limit: number): Promise<StoredObject[]> => {
  const found: StoredObject[] = []
  for await (const key of keysAfter(root, after ?? '')) {
    const file = await stat(pathOf(root, key)).catch((error: unknown) => (isMissing(error) ? null : refuse(error)))
    if (file !== null) found.push({ key, modifiedAt: file.mtime })
    if (found.length === limit) break
  }
  return found
}

/** A store of files below `root`. This program serves them at addresses that it signs. */
export const createLocalStore = (clock: Clock, root: string, secret: Buffer): ObjectStore => {
  const urls = createLocalUrls(clock, secret)
  const served: ServedObjects = {
    receive: ({ key, ...content }, body, reception) => write(root, key, content, body, reception),
    open: (key) => openObject(root, key),
    verifyPut: urls.verifyPut,
    verifyDownload: urls.verifyDownload,
  }
  return {
    served,
    async signUpload(key, content, seconds, address) {
      const url = urls.put(address, key, content, seconds)
      return { method: 'PUT', url, headers: { 'Content-Type': content.contentType } }
    },
    async signDownload(key, download, seconds, address) {
      return urls.download(address, key, download, seconds)
    },
    check: (key, content, fits) => check(root, key, content, fits),
    put(key, bytes, contentType) {
      const content = { size: bytes.length, contentType, sha256: sha256(bytes).toString('hex') }
      return write(root, key, content, Readable.from([bytes]))
    },
    async read(key, most) {
      const file = await openFile(pathOf(root, key))
      if (file === null) return null
      try {
        return (await file.stat()).size > most ? null : await file.readFile()
      } finally {
        await file.close()
      }
    },
    async remove(keys) {
      for (const key of keys) await rm(pathOf(root, key), { force: true })
    },
    list: (after, limit) => listObjects(root, after, limit),
  }
}
