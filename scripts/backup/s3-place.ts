import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../src/platform/config.ts'
import { AppError } from '../../src/platform/errors.ts'
import type { ObjectStore } from '../../src/platform/storage/object-store.ts'
import { createS3Store } from '../../src/platform/storage/s3-store.ts'
import type { BackupDraft, BackupPlace } from './backup-place.ts'
import { backupName, manifestFile } from './manifest.ts'
import { measured } from './measured-bytes.ts'

// An object of the store is written in one request, from memory. So a file is kept as parts, `<path>/000000` and so on,
// whose size bounds the memory. No part is empty, because a store gives no range of an empty object; so an empty file
// has no parts. A store cannot rename: a backup is whole when its manifest is there, which comes last.

const partBytes = 16 * 1024 * 1024
const partOf = (path: string, number: number): string => `${path}/${String(number).padStart(6, '0')}`
const attempts = 4
const page = 1000

const bucketAddress = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9_-][A-Za-z0-9_./-]{0,200}))?$/

/** Does a request again that the store could not answer. Each request may be done twice. */
const retried = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AppError) || attempt === attempts)
        throw error instanceof AppError && error.cause instanceof Error ? error.cause : error
      await sleep(500 * 2 ** attempt)
    }
  }
}

/** Cuts bytes into buffers of the same size; the last one may be smaller. */
const inParts = async function* (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    held.push(chunk)
    size += chunk.length
    while (size >= partBytes) {
      const all = Buffer.concat(held)
      yield all.subarray(0, partBytes)
      held = [all.subarray(partBytes)]
      size -= partBytes
    }
  }
  if (size > 0) yield Buffer.concat(held)
}

/** The settings of the store for backups, with those of the store for attachments in the place of what is not set. */
const settingsOf = (config: Config, bucket: string) => {
  const endpoint = config.BACKUP_S3_ENDPOINT ?? config.S3_ENDPOINT
  const region = config.BACKUP_S3_REGION ?? config.S3_REGION
  const accessKeyId = config.BACKUP_S3_ACCESS_KEY_ID ?? config.S3_ACCESS_KEY_ID
  const secretAccessKey = config.BACKUP_S3_SECRET_ACCESS_KEY ?? config.S3_SECRET_ACCESS_KEY
  if (!endpoint || !accessKeyId || !secretAccessKey)
    throw new Error('Set BACKUP_S3_ENDPOINT, BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY to use a bucket.')
  if (bucket === config.S3_BUCKET && endpoint === config.S3_ENDPOINT)
    throw new Error('This is the bucket of the attachments. Backups need a bucket of their own.')
  return { endpoint, bucket, region, accessKeyId, secretAccessKey }
}

const keysBelow = async function* (store: ObjectStore, start: string): AsyncGenerator<{ key: string; at: Date }> {
  let after = start
  for (;;) {
    const found = await retried(() => store.list(after, page))
    for (const { key, modifiedAt } of found) {
      if (!key.startsWith(start)) return
      yield { key, at: modifiedAt }
    }
    after = found.at(-1)?.key ?? after
    if (found.length < page) return
  }
}

const removeBelow = async (store: ObjectStore, start: string): Promise<void> => {
  const keys: string[] = []
  for await (const { key } of keysBelow(store, start)) keys.push(key)
  // The manifest goes first: from then on there is no backup that misses files.
  const isManifest = (key: string): number => Number(key.startsWith(`${start}${manifestFile}/`))
  for (const key of keys.sort((a, b) => isManifest(b) - isManifest(a))) await retried(() => store.remove([key]))
}

const readParts = async function* (store: ObjectStore, path: string): AsyncGenerator<Uint8Array> {
  for (let number = 0; ; number += 1) {
    const part = await retried(() => store.read(partOf(path, number), partBytes))
    // A part that is missing behind others shows in the size of the file.
    if (part === null && number > 0) return
    if (part === null) throw new Error(`${partOf(path, number)} is missing`)
    yield part
    if (part.length < partBytes) return
  }
}

/** A bucket of an S3-compatible store that keeps backups below a prefix. */
export const openS3Place = (config: Config, where: string): BackupPlace => {
  const [, bucket, prefix = ''] = bucketAddress.exec(where) ?? []
  if (bucket === undefined || prefix.split('/').some((part) => /^\.+$/.test(part)))
    throw new Error(`${where} is no address of a bucket, such as s3://backups/desk`)
  const store = createS3Store(settingsOf(config, bucket), { transferMs: 120_000 })
  const home = prefix === '' ? '' : `${prefix.replace(/\/+$/, '')}/`
  const folderOf = (name: string): string => `${home}${name}/`

  const write = async (path: string, bytes: AsyncIterable<Uint8Array>) => {
    const { through, result } = measured(bytes)
    let number = 0
    for await (const part of inParts(through)) {
      const key = partOf(path, number)
      await retried(() => store.put(key, part, 'application/octet-stream'))
      number += 1
    }
    return result()
  }
  /** The names of backups and of drafts. One request finds each: the next one begins behind all files of the last. */
  const namesIn = async (): Promise<string[]> => {
    const names: string[] = []
    for (let after = home; ; ) {
      const [found] = await retried(() => store.list(after, 1))
      if (found === undefined || !found.key.startsWith(home)) return names
      const [name = ''] = found.key.slice(home.length).split('/')
      if (backupName.test(name)) names.push(name)
      const beyond = `${home}${name}/~`
      after = beyond > found.key ? beyond : found.key
    }
  }
  const isWhole = async (name: string): Promise<boolean> =>
    (await retried(() => store.read(partOf(folderOf(name) + manifestFile, 0), partBytes))) !== null

  const begin = async (name: string): Promise<BackupDraft> => {
    if ((await namesIn()).includes(name)) throw new Error(`${where} has a backup ${name} already`)
    return {
      write: (path, bytes) => write(folderOf(name) + path, bytes),
      async finish(manifest) {
        await write(
          folderOf(name) + manifestFile,
          (async function* () {
            yield Buffer.from(manifest)
          })(),
        )
      },
      abandon: () => removeBelow(store, folderOf(name)),
    }
  }
  return {
    async list() {
      const whole: string[] = []
      for (const name of await namesIn()) if (await isWhole(name)) whole.push(name)
      return whole
    },
    begin,
    read: (name, path) => readParts(store, folderOf(name) + path),
    remove: (name) => removeBelow(store, folderOf(name)),
    async tidy(before) {
      for (const name of await namesIn()) {
        if (await isWhole(name)) continue
        let newest = new Date(0)
        for await (const { at } of keysBelow(store, folderOf(name))) if (at > newest) newest = at
        if (newest < before) await removeBelow(store, folderOf(name))
      }
    },
  }
}
