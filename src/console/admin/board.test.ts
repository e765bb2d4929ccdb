import { expect, test } from 'vitest'
import { type BoardCard, type BoardColumn, cardOf, loadOf, moved, placed, restOf, type TicketBoard } from './board.ts'

const card = (id: string, priority: BoardCard['priority'], technician: string | null = null): BoardCard =>
  ({ ticket_id: id, priority, technician_id: technician }) as BoardCard
const column = (technician: string | null, ...tickets: BoardCard[]): BoardColumn => ({
  technician_id: technician,
  name: technician,
  category: null,
  available: true,
  open: { low: 0, normal: 0, high: 0, urgent: 0, ...Object.fromEntries(tickets.map(({ priority }) => [priority, 1])) },
  tickets,
})
const board = (): TicketBoard => ({
  columns: [
    column(null, card('TKT0003', 'urgent'), card('TKT0001', 'low')),
    column('TEC0001'),
    column('TEC0002', card('TKT0002', 'high', 'TEC0002')),
  ],
  more: false,
})
const idsOf = ({ columns }: TicketBoard) => columns.map(({ tickets }) => tickets.map(({ ticket_id }) => ticket_id))

test('an assigned card goes to its place in the column of its technician, and the loads follow', () => {
  const after = placed(board(), 'TKT0003', card('TKT0003', 'urgent', 'TEC0002'))
  expect(idsOf(after)).toEqual([['TKT0001'], [], ['TKT0003', 'TKT0002']])
  expect(after.columns.map((one) => loadOf(one).count)).toEqual([1, 0, 2])
  const back = placed(after, 'TKT0003', card('TKT0003', 'urgent', null))
  expect(back).toEqual(board())
})

test('a card of before is put in order, a resolved one goes, and a changed priority moves it', () => {
  const grown = placed(board(), 'TKT10000', card('TKT10000', 'low'))
  expect(idsOf(grown)[0]).toEqual(['TKT0003', 'TKT0001', 'TKT10000'])
  expect(idsOf(placed(board(), 'TKT0002', null))[2]).toEqual([])
  expect(idsOf(placed(board(), 'TKT0001', card('TKT0001', 'urgent')))[0]).toEqual(['TKT0001', 'TKT0003'])
  expect(cardOf(board(), 'TKT0009')).toBeNull()
})

test('the rest of a long column is counted, and says when there may be more', () => {
  const long = { ...column(null, card('TKT0001', 'high')), open: { low: 3, normal: 0, high: 100, urgent: 0 } }
  expect([restOf(long), loadOf(long)]).toEqual([102, { count: 103, isMore: true }])
})

test('arrows move within a column and past empty ones', () => {
  const { columns } = board()
  expect(moved(columns, { column: 0, card: 1 }, 'ArrowDown')).toEqual({ column: 0, card: 1 })
  expect(moved(columns, { column: 0, card: 1 }, 'ArrowUp')).toEqual({ column: 0, card: 0 })
  expect(moved(columns, { column: 0, card: 1 }, 'ArrowRight')).toEqual({ column: 2, card: 0 })
  expect(moved(columns, { column: 2, card: 0 }, 'ArrowRight')).toEqual({ column: 2, card: 0 })
})
