import type { Pool } from 'pg'
import type { Config } from './config.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { PasswordHasher } from './passwords.ts'
import type { Secrets } from './secrets.ts'

/** What a use case may need, made once at the start and handed down as the first argument. */
export interface App {
  config: Config
  log: Log
  /** Where the lines of the access log go. */
  accessLog: { write: (line: string) => void }
  pool: Pool
  secrets: Secrets
  passwords: PasswordHasher
  metrics: Metrics
  /** Tells the fan-out of this process that news was committed; without it the fan-out finds it a moment later. */
  nudge: () => void
  /** Whether the program is going down. It answers what it has accepted and is not ready for more. */
  stopping: () => boolean
}
