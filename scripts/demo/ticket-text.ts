import type { z } from 'zod'
import type { Priority } from '../../src/contract/enums.ts'

export type TicketPriority = z.output<typeof Priority>

/** What somebody writes to the desk, and what the technician writes in the end. `{room}` and the like are filled in. */
export interface TicketText {
  subject: string
  description: string
  resolution: string
  /** The second resolution, for what did not last. Only tickets that have one are reopened. */
  again?: string
  /** `normal` when left out. */
  priority?: TicketPriority
}
