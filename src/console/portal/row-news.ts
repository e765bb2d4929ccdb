/** What tells a row of a list from another, and from itself before. */
interface Row {
  ticket_id: string
  updated_at: string
}

/** Which rows are others than before: new ones, and those that have changed. */
export const changedRows = (before: readonly Row[], after: readonly Row[]): number => {
  const known = new Map(before.map((row) => [row.ticket_id, row.updated_at]))
  return after.filter(({ ticket_id, updated_at }) => known.get(ticket_id) !== updated_at).length
}

/** Whether the rows stand at other places, or are others. */
export const isMoved = (before: readonly Row[], after: readonly Row[]): boolean =>
  before.length !== after.length || before.some(({ ticket_id }, at) => ticket_id !== after[at]?.ticket_id)
