import type { Ticket } from '../live/tickets.svelte.ts'

/** The ticket that this tab has raised, as long as its page is what came next. A reload forgets it. */
export const justRaised = $state({ id: null as string | null })

/** Whether nothing has happened to a ticket that its customer would read as news. */
export const isFresh = (ticket: Ticket | null, comments: number): boolean =>
  (ticket?.status === 'new' || ticket?.status === 'assigned') && ticket.merged_into === null && comments === 0
