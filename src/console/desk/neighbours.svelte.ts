/**
 * The tickets of the list that somebody came from, in its order, so that a ticket knows the next and the one before.
 */
export const neighbours = $state({
  ids: [] as string[],
  /** The ticket so many places away from one of the list; null at its ends, undefined when the ticket is not in it. */
  of(ticketId: string, step: 1 | -1): string | null | undefined {
    const index = this.ids.indexOf(ticketId)
    return index === -1 ? undefined : (this.ids[index + step] ?? null)
  },
})
