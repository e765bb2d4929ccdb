import { answerOf, api, type Problem } from '../api/calls.ts'
import { type Ticket, tickets } from '../live/tickets.svelte.ts'
import { filterOf, type Query, type Row } from '../tickets/queue-query.ts'
import { readFailedMails } from './row-marks.svelte.ts'

/** The most rows of a page of the program, and in the list. */
const pageRows = 50
export const rowsAtMost = 300

type Page = { tickets: Row[]; page: { next_cursor: string | null } }

/** What the list shows. Rows stay where they are until somebody asks for the list anew. */
class Queue {
  query = $state.raw<Query | null>(null)
  rows = $state.raw<Row[]>([])
  /** Where the next page begins; null at the end of the list. */
  cursor = $state.raw<string | null>(null)
  isLoading = $state(false)
  isLoadingMore = $state(false)
  problem = $state.raw<Problem | null>(null)
  /** Tickets that came into the list since it was read. */
  news = $state.raw<ReadonlySet<string>>(new Set())
  /** Those of the news that are shown by now. */
  shownNews = $state.raw<ReadonlySet<string>>(new Set())
  /** Rows whose ticket the person does not see any more. */
  gone = $state.raw<ReadonlySet<string>>(new Set())
  /** How many tickets the list has, where not all of them were read. */
  count = $state.raw<{ count: number; at_least: boolean } | null>(null)
  #asked = 0

  /** A page of the list, without changing what is shown. */
  read(query: Query, limit: number, cursor: string | null = null): ReturnType<typeof answerOf<Page>> {
    const paging = { limit, sort: query.sort, ...(cursor === null ? {} : { cursor }) }
    return answerOf<Page>(api.GET('/tickets', { params: { query: { ...filterOf(query), ...paging } } }))
  }

  /** Reads a list from its beginning, as many rows as were seen before. Old rows stay until 200 ms have passed. */
  async load(query: Query, wanted = pageRows): Promise<void> {
    const mine = ++this.#asked
    this.query = query
    this.isLoading = true
    const timer = setTimeout(() => {
      this.rows = []
    }, 200)
    const found: Row[] = []
    let cursor: string | null = null
    let problem: Problem | null = null
    do {
      const answer = await this.read(query, Math.min(100, wanted - found.length), cursor)
      if (mine !== this.#asked) return clearTimeout(timer)
      problem = answer.ok ? null : answer.problem
      cursor = answer.ok ? answer.data.page.next_cursor : null
      if (answer.ok) found.push(...answer.data.tickets)
    } while (cursor !== null && found.length < wanted)
    clearTimeout(timer)
    this.#show(found, cursor, problem)
    void readFailedMails(query)
    if (cursor !== null && !query.isDeleted) void this.#countAll(query)
  }

  #show(rows: Row[], cursor: string | null, problem: Problem | null): void {
    this.rows = rows
    this.cursor = cursor
    this.problem = problem
    this.isLoading = false
    this.shownNews = new Set(rows.map(({ ticket_id }) => ticket_id).filter((id) => this.news.has(id)))
    this.news = new Set()
    this.gone = new Set()
    this.count = null
  }

  /** Counts a list that was not read to its end. */
  async #countAll(query: Query): Promise<void> {
    const { sort: _, ...filter } = { sort: null, ...filterOf(query) }
    const answer = await answerOf(api.GET('/tickets/counts', { params: { query: { ...filter, by: ['status'] } } }))
    if (!answer.ok || query !== this.query) return
    const groups = answer.data.counts.status ?? []
    const count = groups.reduce((sum, group) => sum + group.count, 0)
    this.count = { count, at_least: groups.some(({ at_least }) => at_least) }
  }

  /** The next rows, until the list has as many as a page shows well. */
  async loadMore(): Promise<void> {
    const { query, cursor } = this
    if (query === null || cursor === null || this.isLoadingMore || this.rows.length >= rowsAtMost) return
    this.isLoadingMore = true
    const answer = await this.read(query, pageRows, cursor)
    this.isLoadingMore = false
    if (query !== this.query || cursor !== this.cursor) return
    if (!answer.ok) {
      this.problem = answer.problem
      return
    }
    const known = new Set(this.rows.map(({ ticket_id }) => ticket_id))
    this.rows = [...this.rows, ...answer.data.tickets.filter(({ ticket_id }) => !known.has(ticket_id))]
    this.cursor = answer.data.page.next_cursor
  }

  /** Shows the news, and every row where it belongs now. */
  async showNews(): Promise<void> {
    if (this.query !== null) await this.load(this.query, Math.max(pageRows, Math.min(this.rows.length, rowsAtMost)))
  }

  has(id: string): boolean {
    return this.rows.some(({ ticket_id }) => ticket_id === id)
  }

  /** Takes new values of tickets into their rows, which stay where they are. */
  update(changed: (Row | Ticket)[]): void {
    const byId = new Map(changed.map((ticket) => [ticket.ticket_id, ticket]))
    this.rows = this.rows.map((row) => {
      const ticket = byId.get(row.ticket_id)
      return ticket === undefined || ticket.version < row.version ? row : { ...row, ...ticket }
    })
  }

  addNews(ids: string[]): void {
    const added = ids.filter((id) => !this.has(id))
    if (added.length > 0) this.news = new Set([...this.news, ...added])
  }

  /** The person does not see the ticket any more. */
  lose(id: string): void {
    if (this.has(id)) this.gone = new Set([...this.gone, id])
    if (this.news.has(id)) this.news = new Set([...this.news].filter((one) => one !== id))
  }

  /** The row above or below a ticket. Without the ticket in the list: the first. */
  neighbour(id: string | null, step: 1 | -1): Row | null {
    const at = this.rows.findIndex(({ ticket_id }) => ticket_id === id)
    return (at === -1 ? this.rows[0] : this.rows[at + step]) ?? null
  }

  /** Reads the ticket that is probably opened next, so that it is there at once. */
  prepare(id: string): void {
    if (tickets.peek(id) === null) void tickets.read(id)
  }
}

/** The list of the desk: one for the page, so that the ticket beside it knows its neighbours. */
export const queue = new Queue()
