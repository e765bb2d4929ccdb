/** The number of a ticket that somebody may mean by `tkt42`, `TKT0042` or `42`; null for other texts. */
export const ticketNumberOf = (typed: string): string | null => {
  const digits = /^(?:tkt)?\s*[-#]?\s*0*(\d{1,9})$/iu.exec(typed.trim())?.[1]
  return digits === undefined ? null : `TKT${digits.padStart(4, '0')}`
}
