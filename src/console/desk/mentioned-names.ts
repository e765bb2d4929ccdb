import type { HistoryEntry } from './change-lines.ts'

/** The names of those whom comments mention, by id, as the history knows them today. */
export const namesIn = (history: HistoryEntry[]): Record<string, string> =>
  Object.assign({}, ...history.filter(({ type }) => type === 'comment.added').map(({ names }) => names))
