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
  /** The bytes of a file of a backup, which is not empty. @throws Error when it is missing. */
  read(name: string, path: string): AsyncIterable<Uint8Array>
  remove(name: string): Promise<void>
  /** Removes what backups left behind that were cut off before a time. */
  tidy(before: Date): Promise<void>
}
