import type { Person, World } from './people.ts'
import type { Desk } from './workspace.ts'

/** Who asks. The rows asked about are Cora's, her ticket's, and those of Tilda, who has the ticket. */
export const principals = [
  'nobody',
  'admin',
  'its technician',
  'of its category',
  'other technician',
  'its customer',
  'other customer',
  'deactivated',
  'other tenant',
] as const
export type Principal = (typeof principals)[number]

/** Who takes part, and the desk that they use. */
export interface Stage {
  desk: Desk
  world: World
  cast: Record<Exclude<Principal, 'nobody'>, Person>
  /** Another admin, who prepares what is asked for. */
  clerk: Person
  /** A mail that exists. */
  mailId: string
}

/** A valid request: the values for the names in the path, the body, and more headers. */
interface Valid {
  /** Several values for a path with several names, in their order. */
  id?: string | string[]
  body?: unknown
  headers?: Record<string, string>
}
export type Asking = (who: Principal, person: Person | null) => Valid | Promise<Valid>
