import type { Problem } from '../api/calls.ts'
import { session } from '../lib/session.svelte.ts'
import { type KnownTicket, tickets } from '../live/tickets.svelte.ts'
import type { Change } from '../tickets/conflict.ts'
import { words as ticketWords } from '../tickets/ticket.words.ts'
import type { Conflict, Outcome, Read } from '../tickets/ticket-changes.svelte.ts'
import { changeTicket, settle, takeTicket } from '../tickets/ticket-changes.svelte.ts'
import type { Reader, Status } from '../tickets/ticket-rights.ts'
import { rightsOf } from '../tickets/ticket-rights.ts'
import { ask } from './asking.svelte.ts'
import { words } from './properties.words.ts'

const readerNow = (): Reader => ({
  id: session.me?.id ?? '',
  role: session.me?.role ?? 'customer',
  category: session.me?.category ?? null,
})

/**
 * The ticket of the properties: as it is now, what is offered on it, and what came of the last change. A question that
 * is open keeps the version at which it was opened, so that nothing that came meanwhile is overwritten unseen.
 */
export const propertiesOf = (ticketId: string) => {
  const state = $state({
    known: tickets.peek(ticketId) as KnownTicket | null,
    isGone: false,
    isBusy: false,
    problem: null as Problem | null,
    conflict: null as Conflict | null,
  })

  const read = (): void => {
    void tickets.read(ticketId).then((answer) => {
      if (answer.ok) state.isGone = false
      else if (answer.problem.code === 'ticket_not_found') state.isGone = true
      else state.problem = answer.problem
    })
  }
  /** Follows the ticket until the returned function is called. */
  const follow = (): (() => void) => {
    const end = tickets.watch(ticketId, (known) => {
      state.isGone = known === null
      if (known !== null) state.known = known
    })
    read()
    return end
  }

  const took = (outcome: Outcome): boolean => {
    state.isBusy = false
    state.problem = outcome !== null && 'problem' in outcome ? outcome.problem : null
    state.conflict = outcome !== null && 'conflict' in outcome ? outcome.conflict : null
    // The question stays below a problem or a conflict, so that nothing that was typed is lost.
    if (outcome === null) ask(null)
    return outcome === null
  }

  const during = async (work: Promise<Outcome>): Promise<boolean> => {
    state.isBusy = true
    state.problem = null
    return took(await work)
  }

  /** Changes the ticket as it was read, which is now unless something else is said. True when it is made. */
  const change = async (asked: Change, said: string, read: Read | null = state.known): Promise<boolean> =>
    read !== null && !state.isBusy && during(changeTicket(read, asked, said))

  return {
    ticketId,
    state,
    follow,
    read,
    change,
    get rights() {
      return state.known === null ? null : rightsOf(readerNow(), state.known.ticket)
    },
    get me(): Reader {
      return readerNow()
    },
    /** Does something that is no change by fields. True when it is done. */
    act: (work: Promise<Problem | null>): Promise<boolean> =>
      during(work.then((problem) => (problem === null ? null : { problem }))),
    /** Sends what was chosen in a conflict. */
    choose: (choice: Parameters<typeof settle>[1]): Promise<boolean> =>
      state.conflict === null ? Promise.resolve(false) : during(settle(state.conflict, choice)),
    take: (): Promise<boolean> =>
      state.known === null || state.isBusy ? Promise.resolve(false) : during(takeTicket(state.known)),
    /** Sets the state; resolving asks for the summary first. */
    setStatus: (status: Status, read: Read): void => {
      if (status === 'resolved') ask('resolve')
      else void change({ status }, words().nowState(ticketWords().status[status]), read)
    },
  }
}
export type Properties = ReturnType<typeof propertiesOf>
