import type { Config } from '../../src/platform/config.ts'
import { openFolderPlace } from './folder-place.ts'
import { openS3Place } from './s3-place.ts'

/** What was written of a file: its size in bytes and the SHA-256 of its bytes in hex. */
export interface Written {
  size: number
  sha256: string
}

/** A backup that is being made. It is none until it is finished. */
export interface BackupDraft {
  write(path: string, bytes: AsyncIterable<Uint8Array>): Promise<Written>
  /** Writes the manifest. From then on the backup is there. */
  finish(manifest: string): Promise<void>
  /** Removes what was written. */
  abandon(): Promise<void>
}

/** A place that keeps backups. */
export interface BackupPlace {
  /** The names of its whole backups, oldest first. */
  list(): Promise<string[]>
  /** @throws Error when there is a backup of this name. */
  begin(name: string): Promise<BackupDraft>
  /** The bytes of a file of a backup. @throws Error when it is missing. */
  read(name: string, path: string): AsyncIterable<Uint8Array>
  remove(name: string): Promise<void>
  /** Removes what backups left behind that were cut off before a time. */
  tidy(before: Date): Promise<void>
}

/**
 * Opens the place that an operator names: a folder, or `s3://bucket/prefix` of the store that the settings name.
 * @throws Error when the settings of the store are missing, or when the bucket is that of the attachments.
 */
export const openPlace = (config: Config, where: string): BackupPlace =>
  where.startsWith('s3://') ? openS3Place(config, where) : openFolderPlace(where)
