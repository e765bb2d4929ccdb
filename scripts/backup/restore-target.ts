import type { RestoreDraft } from './restore-draft.ts'
import type { StoredBackup } from './stored-backup.ts'

/** Where a database is restored to. */
export interface RestoreTarget {
  /** @throws Error when the program works on the database, or there is data that may not be overwritten. */
  refuse(): Promise<void>
  /** Restores the database into the draft or, all or nothing, into its server. Answers with its address. */
  restore(backup: StoredBackup, draft: RestoreDraft): Promise<string>
  /** Leaves the database. */
  close(): Promise<void>
  /** Where the data that was there before is, in words; null when there was none, or it is in `DATA_DIR`. */
  aside(): string | null
}
