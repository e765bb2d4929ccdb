import type { z } from 'zod'
import type { Priority } from '../../src/contract/enums.ts'

export type TicketPriority = z.output<typeof Priority>

/**
 * What a customer writes to the desk, and how the technician resolves it. Words in braces, such as `{room}`, are filled
 * in.
 */
export interface TicketText {
  subject: string
  description: string
  resolution: string
  /** The second resolution. Only tickets that have one are reopened. */
  again?: string
  /** `normal` when left out. */
  priority?: TicketPriority
}
