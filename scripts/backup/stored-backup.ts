import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { BackupPlace } from './backup-place.ts'
import {
  type BackedUpFile,
  listFile,
  type Manifest,
  manifestBytes,
  manifestFile,
  readList,
  readManifest,
} from './manifest.ts'
import { checked } from './measured-bytes.ts'
import { startProgress } from './progress.ts'

/** A whole backup, to be read. */
export interface StoredBackup {
  manifest: Manifest
  /** Its files, in the order of its list. Read them to the end. */
  files(): AsyncGenerator<BackedUpFile>
  /** The bytes of a file. @throws Error at the end when they are not those that were written. */
  read(file: BackedUpFile): AsyncGenerator<Uint8Array>
}

const bounded = async function* (bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > most) throw new Error(`${manifestFile} is too large to be a manifest`)
    yield chunk
  }
}

/**
 * Opens a backup of a place; the newest one when no name is given.
 * @throws Error when there is none, or its manifest is broken.
 */
export const openBackup = async (place: BackupPlace, wanted: string | undefined): Promise<StoredBackup> => {
  const names = await place.list()
  const name = wanted ?? names.at(-1)
  if (name === undefined) throw new Error('There is no backup in this place.')
  if (!names.includes(name)) throw new Error(`There is no backup ${name}. There are: ${names.join(', ') || 'none'}.`)
  const manifest = readManifest(await text(Readable.from(bounded(place.read(name, manifestFile), manifestBytes))))
  if (manifest.name !== name) throw new Error(`The backup ${name} has the manifest of ${manifest.name}.`)
  return {
    manifest,
    files: () => readList(place.read(name, listFile), manifest.files),
    read: (file) => checked(file.size === 0 ? Readable.from([]) : place.read(name, file.path), file),
  }
}

/** The manifests of all backups of a place, oldest first. A broken one is named on standard error, and left out. */
export const readManifests = async function* (
  place: BackupPlace,
): AsyncGenerator<{ name: string; manifest: Manifest }> {
  for (const name of await place.list()) {
    try {
      yield { name, manifest: (await openBackup(place, name)).manifest }
    } catch (error) {
      console.error(`${name}: ${(error as Error).message}`)
      process.exitCode = 1
    }
  }
}

const filesAtOnce = 8

/** Reads every byte of a backup. @throws Error at the first file that is missing or broken. */
export const verifyBackup = async (backup: StoredBackup): Promise<void> => {
  const progress = startProgress(`verified ${backup.manifest.name}`, backup.manifest.files.count)
  try {
    await Readable.from(backup.files()).forEach(
      async (file: BackedUpFile) => {
        for await (const _ of backup.read(file)) {
          // Each chunk is hashed and dropped.
        }
        progress.add(1, file.size)
      },
      { concurrency: filesAtOnce },
    )
  } finally {
    progress.done()
  }
}
