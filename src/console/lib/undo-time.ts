/** For how many seconds the console asks for the way back. The setting `undo_seconds` of the desk may allow fewer. */
export const askedUndoSeconds = 10

/**
 * For how many seconds the way back is shown: until the time that the answer says. The clock of the browser may go
 * wrong, so it is never longer than what was asked for.
 */
export const secondsToUndo = (until: string | undefined, now = Date.now()): number => {
  const end = Date.parse(until ?? '')
  return Number.isNaN(end) ? askedUndoSeconds : Math.max(0, Math.min(askedUndoSeconds, (end - now) / 1_000))
}
