import type { Pool } from 'pg'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { createTurns, type Turns } from './db/connection-turns.ts'
import type { Sql } from './db/sql.ts'
import type { KeptBody } from './http/kept-body.ts'
import type { Principal } from './http/request-context.ts'
import type { PassingEvent, PassingKind } from './live/passing.ts'
import { createSignals, type Signals } from './live/signals.ts'
import type { Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createOutgoing, type Outgoing } from './outgoing/outgoing.ts'
import { createPasswordHasher, type PasswordHasher } from './passwords.ts'
import { createPlaces, type Places } from './processes/places.ts'
import { createDistinctQuotas, type DistinctQuotas } from './quotas/distinct-quotas.ts'
import { createQuotas, type Quotas } from './quotas/quotas.ts'
import type { LineStream } from './readable-log.ts'
import { createSecrets, type Secrets } from './secrets.ts'
import { createObjectStore } from './storage/create-store.ts'
import type { ObjectStore } from './storage/object-store.ts'
import type { TenantFacts, TenantSettingsRow } from './tenant-facts.ts'
import type { Tracer } from './tracing/spans.ts'
import { clearingToo, createTtlCache, type TtlCache } from './ttl-cache.ts'

/**
 * What of a tenant is no row and goes with it, such as files: removes at most `limit` things, and answers with their
 * number. Fewer than `limit` means that nothing is left.
 */
export type TenantRemains = (app: App, tenantId: number, limit: number) => Promise<number>

/** What use cases need. It is made once at the start and passed as the first argument. */
export interface App {
  config: Config
  clock: Clock
  log: Log
  /** Where the lines of the access log go. */
  accessLog: LineStream
  pool: Pool
  /** How many connections of the pool each caller holds. */
  turns: Turns
  secrets: Secrets
  /** Where files are kept. */
  store: ObjectStore
  /** Sends a request to an address that a person chose, while the person waits. */
  outgoing: Outgoing
  passwords: PasswordHasher
  metrics: Metrics
  /** Begins traces; null when they are off. `openApplication` sets it. */
  tracer: Tracer | null
  /** The signed-in accounts by session, for one second. A change of an account clears them in this process at once. */
  principals: TtlCache<Principal>
  /** Tenants by slug or number, for one second. A change of a tenant clears them in this process at once. */
  tenants: TtlCache<TenantFacts | null>
  /** What tenants have set, and their name without that, for one second. A change clears it in this process at once. */
  tenantSettings: TtlCache<TenantSettingsRow>
  /** The bytes of logos that were asked for, by the ids of their objects; null for one that is gone. At most 40. */
  logos: TtlCache<Buffer | null>
  /** The list of all mapped hosts with their slugs, for one second. To clear `tenants` clears it, too. */
  tenantHosts: TtlCache<ReadonlyMap<string, string>>
  /** What accounts and addresses have used up within 24 hours. */
  quotas: Quotas
  /** How many different things accounts were shown within 24 hours. */
  distinctQuotas: DistinctQuotas
  /** The OpenAPI document of this program, made at the first call. `createApp` sets this function. */
  apiDocument: () => Promise<KeptBody>
  /** What `conditions` of the modules give. `openApplication` sets them. */
  conditions: Record<string, Sql>
  /** What happened in any process, as it becomes known in this one. */
  signals: Signals
  /** Places that are few, over all web processes of the program. A child of a primary sets it. */
  places: Places
  /** What `passing` of the modules give. `openApplication` sets them. */
  passing: Record<string, PassingKind<App, PassingEvent>>
  /** What of a tenant goes with it: `tenantTables` and `tenantRemains` of the modules. `openApplication` sets them. */
  tenantParts: { tables: readonly string[]; remains: TenantRemains[] }
  /** Whether the program is stopping. It then answers the accepted requests, and `/ready` says no. */
  stopping: () => boolean
}

/** The parts of an `App` that differ between the program, scripts and tests. */
export interface AppOptions {
  config: Config
  log: Log
  pool: Pool
  jwtSecret: string
  clock?: Clock
  accessLog?: LineStream
}

/** Makes an `App`. A program that can be stopped sets `stopping`. */
export const createAppContext = ({ config, clock = systemClock, log, pool, jwtSecret, accessLog }: AppOptions): App => {
  const secrets = createSecrets(jwtSecret, config.SECRETS_KEY)
  const tenantHosts = createTtlCache<ReadonlyMap<string, string>>(1_000)
  const tenantSettings = createTtlCache<TenantSettingsRow>(1_000)
  const tenants = clearingToo(createTtlCache<TenantFacts | null>(1_000), tenantHosts, tenantSettings)
  return {
    config,
    clock,
    log,
    accessLog: accessLog ?? { write: () => {} },
    pool,
    turns: createTurns(pool.options.max),
    secrets,
    store: createObjectStore(config, secrets, clock),
    outgoing: createOutgoing(config),
    passwords: createPasswordHasher(config.BCRYPT_COST),
    metrics: createMetrics(),
    tracer: null,
    principals: createTtlCache(1_000),
    tenants,
    tenantHosts,
    tenantSettings,
    logos: createTtlCache(600_000, 40),
    quotas: createQuotas(pool, clock, log),
    distinctQuotas: createDistinctQuotas(pool, clock, log, secrets.counts.readUInt32BE()),
    conditions: {},
    signals: createSignals(pool, log),
    places: createPlaces(),
    passing: {},
    tenantParts: { tables: [], remains: [] },
    apiDocument: () => Promise.reject(new Error('createApp makes the document')),
    stopping: () => false,
  }
}
