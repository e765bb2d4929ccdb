import type { Language } from '../contract/enums.ts'
import type { RefuseUnseen } from './access.ts'
import type { App, TenantRemains } from './app-context.ts'
import type { Sql } from './db/sql.ts'
import type { Follower, FollowingSteps } from './events/fan-out.ts'
import type { Authenticator } from './http/authentication.ts'
import type { Endpoint } from './http/endpoint.ts'
import type { CleanUp } from './jobs/clean-up.ts'
import type { BoundedTask, CronEntry } from './jobs/runner.ts'
import type { PassingKind } from './live/passing.ts'
import type { Page } from './page.ts'

/** A value that is read when Prometheus asks for `/metrics`. */
interface ModuleGauge {
  name: string
  help: string
  read: (app: App) => Promise<Record<string, number> | number>
}

/** Lines with a secret for the person who runs the program. They are never logged. */
export interface Note {
  /** The name of the file that keeps the lines when there is no terminal. */
  name: string
  /** What the lines are about. */
  about: string
  lines: string[]
}

/** Work that goes on until it is stopped. */
export interface Runner {
  /** Looks for work now instead of at the next poll. */
  nudge(): void
  /** Begins nothing new and waits for what is in hand; what is not done after `graceMs` is cut off. */
  stop(graceMs: number): Promise<void>
}

/**
 * What a module gives to the program: data, and functions that the program calls. `src/modules.ts` lists the modules,
 * so the program names no module, and a module does not know the modules to its right.
 */
export interface Module {
  /** The folder below `src/modules`, such as `desk/tickets`. */
  name: string
  routes?: Endpoint[]
  /** Pages for people, outside the API. */
  pages?: Page[]
  /**
   * The followers of the event log. Each makes the function that writes the consequences of a batch of events. `steps`
   * are the `followingSteps` of all modules.
   */
  followers?: ((app: App, steps: FollowingSteps) => Follower)[]
  /** Steps that write rows of this module in the statement of a follower to the left. */
  followingSteps?: (app: App) => FollowingSteps
  /** The tasks by job identifier, which is stored with each job. Called once, when the worker starts. */
  tasks?: (app: App) => Record<string, BoundedTask>
  schedules?: CronEntry[]
  /** Work that goes on as long as the worker runs. `processId` names the process among those that are known to live. */
  runners?: ((app: App, processId: string) => Runner)[]
  gauges?: ModuleGauge[]
  /**
   * Conditions and expressions on rows of modules to the left, by the names that these modules give them, such as a
   * filter of a list, or a number that a list shows.
   */
  conditions?: Record<string, Sql>
  /** Events of open streams that pass by and are never repeated, by the kind of the signals that lead to them. */
  passing?: Record<string, PassingKind<App>>
  /**
   * The tables with rows of tenants that this module owns. They go with their tenant; the foreign keys say in which
   * order. A test holds that every such table is named.
   */
  tenantTables?: readonly string[]
  /** What of a tenant is no row and goes with it, such as files. */
  tenantRemains?: TenantRemains[]
  /** What removes rows that have expired. One process runs them every ten minutes. */
  cleanUps?: CleanUp[]
  /** The ways to sign in with each request. */
  authenticators?: Authenticator[]
  /** Finds the tenant of a request before the sign-in, by the slug. @throws AppError `tenant_not_found`. */
  findTenantId?: (app: App, slug: string | undefined) => Promise<number>
  /** The same, also while the tenant is suspended. @throws AppError `tenant_not_found`. */
  findAnyTenantId?: (app: App, slug: string | undefined) => Promise<number>
  /** The first language of a tenant, by its slug, as of the last second. @throws AppError `tenant_not_found`. */
  usualLanguage?: (app: App, slug: string | undefined) => Promise<Language>
  /** The hosts that are mapped to tenants, with the slugs of these; as of the last second. */
  mappedHosts?: (app: App) => Promise<ReadonlyMap<string, string>>
  /** Refuses to repeat an answer about rows of this module that the caller does not see any more. */
  refuseUnseen?: RefuseUnseen
  /** Prepares a migrated database at every start. Answers with lines for the operator, mostly none. */
  prepare?: (app: App) => Promise<string[]>
  /** What only the operator may read, at the start that makes it; at all other starts null. */
  note?: (app: App) => Promise<Note | null>
}

/**
 * The fragment of SQL that a module to the right gives by a name: what `conditions` of all modules have.
 * @throws Error when no module gives it.
 */
export const givenBy = (given: Record<string, Sql>, name: string): Sql => {
  const fragment = given[name]
  if (fragment === undefined) throw new Error(`no module gives the condition ${name}`)
  return fragment
}

/** The member that exactly one module gives. @throws Error when no module gives it, or more than one. */
export const theOnly = <Member extends keyof Module>(
  modules: Module[],
  member: Member,
): NonNullable<Module[Member]> => {
  const [giver, ...others] = modules.filter((module) => module[member] !== undefined)
  const given = giver?.[member]
  if (given === undefined || others.length > 0) throw new Error(`exactly one module must give ${member}`)
  return given as NonNullable<Module[Member]>
}
