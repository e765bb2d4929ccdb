import { z } from 'zod'
import { Priority, Status } from '../../../contract/enums.ts'
import { timestamp } from '../../../platform/schemas.ts'

/** How many tickets a column of the board has, the most urgent first. */
export const cardsAtMost = 50
/** How many technicians the board has. */
export const columnsAtMost = 60
/** How many tickets of a column and a priority are counted. */
export const openAtMost = 100

/** What the board shows of a ticket: no description. */
export const BoardCard = z
  .object({
    ticket_id: z.string(),
    subject: z.string(),
    issue_category: z.string(),
    priority: Priority,
    status: Status,
    customer_name: z.string(),
    technician_id: z.string().nullable(),
    raised_date: timestamp,
    updated_at: timestamp,
    version: z.int(),
  })
  .meta({ id: 'BoardCard' })
export type BoardCard = z.output<typeof BoardCard>

/** How many unresolved tickets of a priority there are. */
const openCount = (priority: Priority) =>
  z
    .int()
    .min(0)
    .max(openAtMost)
    .meta({ description: `Those of the priority \`${priority}\`.` })

const BoardColumn = z
  .object({
    technician_id: z.string().nullable().meta({ description: 'Null: the tickets of nobody.' }),
    name: z.string().nullable(),
    category: z.string().nullable().meta({ description: 'What the technician works on.' }),
    available: z.boolean().nullable().meta({ description: 'Whether the technician takes tickets at the moment.' }),
    open: z
      .object({
        low: openCount('low'),
        normal: openCount('normal'),
        high: openCount('high'),
        urgent: openCount('urgent'),
      })
      .meta({ description: `Unresolved tickets by priority. ${openAtMost} means that many, or more.` }),
    tickets: z.array(BoardCard).meta({ description: `The ${cardsAtMost} most urgent, the oldest first.` }),
  })
  .meta({ id: 'BoardColumn' })
export type BoardColumn = z.output<typeof BoardColumn>

export const TicketBoard = z
  .object({
    columns: z.array(BoardColumn).meta({ description: 'First the tickets of nobody, then each technician.' }),
    more: z.boolean().meta({ description: `Whether there are more than ${columnsAtMost} technicians.` }),
  })
  .meta({ id: 'TicketBoard' })
export type TicketBoard = z.output<typeof TicketBoard>

/** A column as the database answers: how many tickets it has of each priority, from the least to the most urgent. */
export const ColumnRow = BoardColumn.omit({ open: true, tickets: true }).extend({ open: z.array(z.int()) })
export type ColumnRow = z.output<typeof ColumnRow>
