import type { Pool } from 'pg'
import type { Config } from './config.ts'
import type { Principal } from './http/request-context.ts'
import type { Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createPasswordHasher, type PasswordHasher } from './passwords.ts'
import { createSecrets, type Secrets } from './secrets.ts'
import { createObjectStore } from './storage/create-store.ts'
import type { ObjectStore } from './storage/object-store.ts'
import { createTtlCache, type TtlCache } from './ttl-cache.ts'

/** What a use case may need, made once at the start and handed down as the first argument. */
export interface App {
  config: Config
  log: Log
  /** Where the lines of the access log go. */
  accessLog: { write: (line: string) => void }
  pool: Pool
  secrets: Secrets
  /** Where files are kept. */
  store: ObjectStore
  passwords: PasswordHasher
  metrics: Metrics
  /** Who is signed in, by session, for a second at most. A change to an account clears it in this process at once. */
  principals: TtlCache<Principal>
  /** Tenants by slug. */
  tenantIds: TtlCache<number | null>
  /** Tells the fan-out of this process that news was committed; without it the fan-out finds it a moment later. */
  nudge: () => void
  /** Whether the program is going down. It answers what it has accepted and is not ready for more. */
  stopping: () => boolean
}

/** What differs between a program, a script and a test. */
export interface AppOptions {
  config: Config
  log: Log
  pool: Pool
  jwtSecret: string
  accessLog?: { write: (line: string) => void }
}

/** Makes an `App`; whoever starts more of the program sets `nudge` and `stopping` of it. */
export const createAppContext = ({ config, log, pool, jwtSecret, accessLog }: AppOptions): App => {
  const secrets = createSecrets(jwtSecret)
  return {
    config,
    log,
    accessLog: accessLog ?? { write: () => {} },
    pool,
    secrets,
    store: createObjectStore(config, secrets),
    passwords: createPasswordHasher(config.BCRYPT_COST),
    metrics: createMetrics(),
    principals: createTtlCache(1_000),
    tenantIds: createTtlCache(60_000),
    nudge: () => {},
    stopping: () => false,
  }
}
