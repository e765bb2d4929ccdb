import type { Priority } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { refuseTooBroad } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listCards, listColumns } from './ticket-board.queries.ts'
import {
  type BoardCard,
  type BoardColumn,
  type ColumnRow,
  columnsAtMost,
  type TicketBoard,
} from './ticket-board.schemas.ts'

const columnOf = ({ open, ...column }: ColumnRow, cards: Map<string | null, BoardCard[]>): BoardColumn => ({
  ...column,
  open: {
    low: open[0] ?? 0,
    normal: open[1] ?? 0,
    high: open[2] ?? 0,
    urgent: open[3] ?? 0,
  } satisfies Record<Priority, number>,
  tickets: cards.get(column.technician_id) ?? [],
})

/**
 * What nobody has, and what each technician who is not deactivated has: how many unresolved tickets of each priority,
 * and the most urgent of them.
 * @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`.
 */
export const getBoard = async (app: App, { tenantId }: User): Promise<TicketBoard> => {
  const timeoutMs = app.config.LIST_TIMEOUT_MS
  const advice = 'The board takes too long at the moment. Ask again.'
  const columns = await refuseTooBroad(listColumns(app.pool, tenantId, timeoutMs), advice)
  const shown = columns.slice(0, columnsAtMost + 1)
  const ids = shown.map(({ technician_id }) => technician_id).filter((id) => id !== null)
  const found = await refuseTooBroad(listCards(app.pool, tenantId, ids, timeoutMs), advice)
  const cards = Map.groupBy(found, ({ technician_id }) => technician_id)
  return { columns: shown.map((column) => columnOf(column, cards)), more: columns.length > shown.length }
}
