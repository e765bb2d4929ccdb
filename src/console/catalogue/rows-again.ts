import { live } from '../live/live.svelte.ts'
import type { FeedEvent } from '../live/messages.ts'

/** How long after news rows are read again: what happens together is read once. */
const gatherMs = 300
/** Of more rows than that the whole list is read again. */
const rowsAtMost = 10

interface Rows {
  /** The id of the row that an event is about; null when it is about none. */
  touched: (event: FeedEvent) => string | null
  isShown: (id: string) => boolean
  /** Whether an event is about a row that the list may get at its first page. */
  isNew: (event: FeedEvent) => boolean
  readRow: (id: string) => Promise<void>
  readAll: () => void
}

/** Reads the rows of a list again that something happened to, and the list when there are new ones. */
export const readRowsAgain = ({ touched, isShown, isNew, readRow, readAll }: Rows): (() => void) => {
  const ids = new Set<string>()
  let isAll = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const read = (): void => {
    timer = undefined
    if (isAll || ids.size > rowsAtMost) readAll()
    else for (const id of ids) void readRow(id)
    ids.clear()
    isAll = false
  }
  const hear = (event: FeedEvent): void => {
    const id = touched(event)
    if (id !== null && isShown(id)) ids.add(id)
    else if (isNew(event)) isAll = true
    else return
    timer ??= setTimeout(read, gatherMs)
  }
  const ends = [live.on(hear), live.onCatchUp(readAll)]
  return () => {
    clearTimeout(timer)
    for (const end of ends) end()
  }
}
