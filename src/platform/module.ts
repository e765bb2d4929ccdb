import type { App } from './app-context.ts'
import type { Consumer } from './events/fan-out.ts'
import type { VerifyToken } from './http/authentication.ts'
import type { Endpoint } from './http/endpoint.ts'
import type { BoundedTask, CronEntry } from './jobs/runner.ts'

/** A value that is read when Prometheus asks for `/metrics`. */
interface ModuleGauge {
  name: string
  help: string
  read: (app: App) => Promise<Record<string, number> | number>
}

/**
 * What a module gives to the program: data, and functions that the program calls at its own time. `src/modules.ts` lists the
 * modules. So the program knows no module by name, and a module knows no module to its right.
 */
export interface Module {
  /** The folder below `src/modules`, such as `desk/tickets`. */
  name: string
  routes?: Endpoint[]
  /** Follow the log of events: each makes the function that writes what follows from a batch of events. */
  followers?: ((app: App) => Consumer)[]
  /** The tasks of its jobs, by the identifier that is stored with a job. Called once, when the worker starts. */
  tasks?: (app: App) => Record<string, BoundedTask>
  schedules?: CronEntry[]
  gauges?: ModuleGauge[]
  /** Removes what has expired. Called every ten minutes, by one process. */
  cleanUp?: (app: App) => Promise<void>
  /** Finds out who a token of a request belongs to. */
  authenticate?: VerifyToken
  /** Finds the tenant of a request before sign-in, by its slug. @throws AppError `tenant_not_found`. */
  findTenantId?: (app: App, slug: string | undefined) => Promise<number>
  /** Prepares a migrated database, at every start. Answers with the lines that must be told once; none in most cases. */
  prepare?: (app: App) => Promise<string[]>
}

/** What exactly one module gives. @throws Error when none does, or more than one. */
export const theOnly = <Member extends keyof Module>(
  modules: Module[],
  member: Member,
): NonNullable<Module[Member]> => {
  const [giver, ...others] = modules.filter((module) => module[member] !== undefined)
  const given = giver?.[member]
  if (given === undefined || others.length > 0) throw new Error(`exactly one module must give ${member}`)
  return given as NonNullable<Module[Member]>
}
