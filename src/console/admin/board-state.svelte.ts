import { answerOf, api, type Problem } from '../api/calls.ts'
import { sentenceOf } from '../lib/problem-words.ts'
import { live } from '../live/live.svelte.ts'
import { type Ticket, tickets } from '../live/tickets.svelte.ts'
import { type Conflict, changeTicket, type Outcome, settle } from '../tickets/ticket-changes.svelte.ts'
import { isUnresolved } from '../tickets/ticket-rights.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { type BoardCard, type BoardColumn, placed, type TicketBoard } from './board.ts'
import { words } from './board.words.ts'

/** So many changed tickets are read one by one; for more the whole board is read. */
const readOneByOne = 5
/** News is gathered for so long, in milliseconds. */
const gatherMs = 250

const cardFrom = (ticket: Ticket): BoardCard | null =>
  isUnresolved(ticket.status) && ticket.merged_into === null
    ? {
        ticket_id: ticket.ticket_id,
        subject: ticket.subject,
        issue_category: ticket.issue_category,
        priority: ticket.priority,
        status: ticket.status,
        customer_name: ticket.customer_name,
        technician_id: ticket.technician_id,
        raised_date: ticket.raised_date,
        updated_at: ticket.updated_at,
        version: ticket.version,
      }
    : null

/** The board as it is now. While a card is in somebody's hand nothing moves: what came meanwhile is shown after. */
export const boardNow = () => {
  const state = $state({
    board: null as TicketBoard | null,
    problem: null as Problem | null,
    conflict: null as Conflict | null,
    isBusy: false,
  })
  const news = new Set<string>()
  let isHeld = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const read = async (): Promise<void> => {
    news.clear()
    const answer = await answerOf(api.GET('/tickets/board'))
    if (answer.ok) state.board = answer.data
    state.problem = answer.ok ? null : answer.problem
  }
  const show = (ticketId: string, ticket: Ticket | null): void => {
    if (state.board !== null) state.board = placed(state.board, ticketId, ticket === null ? null : cardFrom(ticket))
  }
  const readNews = async (): Promise<void> => {
    if (isHeld || news.size === 0) return
    const ids = [...news]
    news.clear()
    if (ids.length > readOneByOne) return read()
    const answers = await Promise.all(ids.map((id) => tickets.read(id)))
    for (const [index, answer] of answers.entries()) {
      if (answer.ok) show(ids[index] ?? '', answer.data.ticket)
      else if (answer.problem.code === 'ticket_not_found') show(ids[index] ?? '', null)
    }
  }
  const hear = (ticketId: string): void => {
    news.add(ticketId)
    clearTimeout(timer)
    timer = setTimeout(() => void readNews(), gatherMs)
  }
  /** What came of a change: the board follows, or the card goes back. */
  const took = (card: BoardCard, outcome: Outcome): void => {
    if (outcome !== null && 'problem' in outcome) toasts.show({ text: sentenceOf(outcome.problem) })
    state.conflict = outcome !== null && 'conflict' in outcome ? outcome.conflict : null
    hear(card.ticket_id)
  }

  return {
    state,
    read,
    /** Follows what happens until the returned function is called. */
    follow(): () => void {
      void read()
      const ends = [
        live.on(({ type, subject_id }) => {
          if (type.startsWith('ticket.') && !type.startsWith('ticket.watcher_')) hear(subject_id)
          else if (/^(?:technician|account)\./.test(type)) void read()
        }),
        live.onCatchUp(() => void read()),
        () => clearTimeout(timer),
      ]
      return () => {
        for (const end of ends) end()
      }
    },
    /** While a card is in hand the board stands still. */
    hold(held: boolean): void {
      isHeld = held
      if (!held) void readNews()
    },
    /** Gives a ticket to a technician, or to nobody. Shown at once; it goes back when it is refused. */
    async assign(card: BoardCard, column: BoardColumn): Promise<void> {
      const { technician_id: to, name } = column
      if (state.board === null || to === card.technician_id) return
      state.board = placed(state.board, card.ticket_id, { ...card, technician_id: to })
      const known = await tickets.read(card.ticket_id)
      if (!known.ok) return took(card, { problem: known.problem })
      const { ticket } = known.data
      if (ticket.technician_id !== card.technician_id) {
        toasts.show({ text: words().meanwhile(card.ticket_id, ticket.technician_name) })
        return hear(card.ticket_id)
      }
      const said = to === null ? words().givenBack(card.ticket_id) : words().assigned(card.ticket_id, name ?? to)
      took(card, await changeTicket(known.data, { technician_id: to }, said))
    },
    /** Sends what was chosen in a conflict. */
    async choose(choice: Parameters<typeof settle>[1]): Promise<void> {
      const conflict = state.conflict
      if (conflict === null) return
      state.isBusy = true
      const outcome = await settle(conflict, choice)
      state.isBusy = false
      state.conflict = outcome !== null && 'conflict' in outcome ? outcome.conflict : null
      if (outcome !== null && 'problem' in outcome) toasts.show({ text: sentenceOf(outcome.problem) })
      hear(conflict.now.ticket.ticket_id)
    },
  }
}
