import type { components } from '../api/types.ts'
import { type Priority, priorities } from '../tickets/scales.ts'

export type TicketBoard = components['schemas']['TicketBoard']
export type BoardColumn = components['schemas']['BoardColumn']
export type BoardCard = components['schemas']['BoardCard']

/** From the most to the least urgent, as cards stand in a column. */
const rankOf = (priority: Priority): number => priorities.indexOf(priority)

/** How many tickets of a priority the server counts. */
const countedAtMost = 100

/** How many open tickets a column has. `isMore`: there may be more. */
export const loadOf = ({ open }: Pick<BoardColumn, 'open'>): { count: number; isMore: boolean } => {
  const counts = priorities.map((priority) => open[priority] ?? 0)
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    isMore: counts.some((count) => count >= countedAtMost),
  }
}

/** How many tickets of a column have no card. */
export const restOf = (column: BoardColumn): number => Math.max(0, loadOf(column).count - column.tickets.length)

/** The urgent first, then the oldest. Ids of tickets rise with their age, also beyond four digits. */
const inOrder = (one: BoardCard, other: BoardCard): number =>
  rankOf(one.priority) - rankOf(other.priority) ||
  one.ticket_id.length - other.ticket_id.length ||
  (one.ticket_id < other.ticket_id ? -1 : 1)

const counted = (column: BoardColumn, priority: Priority, by: number): BoardColumn['open'] => ({
  ...column.open,
  [priority]: Math.max(0, column.open[priority] + by),
})

const without = (column: BoardColumn, card: BoardCard): BoardColumn => ({
  ...column,
  tickets: column.tickets.filter(({ ticket_id }) => ticket_id !== card.ticket_id),
  open: counted(column, card.priority, -1),
})

const having = (column: BoardColumn, card: BoardCard): BoardColumn => ({
  ...column,
  tickets: [...column.tickets, card].sort(inOrder),
  open: counted(column, card.priority, 1),
})

/**
 * The card of a ticket, wherever it is.
 * @internal Exported for its test.
 */
export const cardOf = (board: TicketBoard, ticketId: string): BoardCard | null =>
  board.columns.flatMap(({ tickets }) => tickets).find(({ ticket_id }) => ticket_id === ticketId) ?? null

/** The board with a card as it is now: in the column of its technician. Null takes the card off the board. */
export const placed = (board: TicketBoard, ticketId: string, card: BoardCard | null): TicketBoard => {
  const before = cardOf(board, ticketId)
  const columns = board.columns.map((column) => {
    const left = before !== null && before.technician_id === column.technician_id ? without(column, before) : column
    return card !== null && card.technician_id === column.technician_id ? having(left, card) : left
  })
  return { ...board, columns }
}

/** Where the cursor of the keys stands: a column and a card of it, by their places. */
export interface Place {
  column: number
  card: number
}

const within = (place: number, count: number): number => Math.max(0, Math.min(count - 1, place))

/** The place that an arrow leads to. Empty columns are passed over; a column keeps the height. */
export const moved = (columns: readonly BoardColumn[], { column, card }: Place, key: string): Place => {
  if (key === 'ArrowUp' || key === 'ArrowDown') {
    const step = key === 'ArrowUp' ? -1 : 1
    return { column, card: within(card + step, columns[column]?.tickets.length ?? 0) }
  }
  const step = key === 'ArrowLeft' ? -1 : 1
  for (let next = column + step; next >= 0 && next < columns.length; next += step) {
    const count = columns[next]?.tickets.length ?? 0
    if (count > 0) return { column: next, card: within(card, count) }
  }
  return { column, card }
}

/** Whether a column takes a card: not the column that it comes from. */
export const takes = (column: BoardColumn, card: BoardCard): boolean => column.technician_id !== card.technician_id

/** Whether a technician works on what a ticket is about. */
export const fits = (column: BoardColumn, card: BoardCard): boolean =>
  column.category?.toLowerCase() === card.issue_category.toLowerCase()

/** The board of one category: its tickets that nobody has, and the technicians who work on it. Empty: all. */
export const ofCategory = (columns: readonly BoardColumn[], category: string): BoardColumn[] => {
  const isSame = (other: string | null): boolean => other?.toLowerCase() === category.toLowerCase()
  if (category === '') return [...columns]
  return columns
    .filter(({ technician_id, category: own }) => technician_id === null || isSame(own))
    .map((column) => {
      if (column.technician_id !== null) return column
      const tickets = column.tickets.filter(({ issue_category }) => isSame(issue_category))
      const count = (one: Priority): number => tickets.filter(({ priority }) => priority === one).length
      const open = { low: count('low'), normal: count('normal'), high: count('high'), urgent: count('urgent') }
      return { ...column, tickets, open }
    })
}
