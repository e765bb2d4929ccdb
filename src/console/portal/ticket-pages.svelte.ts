import { answerOf, api, type Problem } from '../api/calls.ts'
import type { components, operations } from '../api/types.ts'
import { changedRows, isMoved } from './row-news.ts'

export type Row = components['schemas']['ListedTicket']
export type Said = components['schemas']['LastComment']
type Query = NonNullable<operations['listTickets']['parameters']['query']>

const pageRows = 25
const rowsAtMost = 100
/** The most tickets whose last comments one request asks for. */
const askedAtOnce = 50

/** A list of tickets that grows page by page, and takes news without moving what somebody points at. */
export class TicketPages {
  rows = $state.raw<Row[]>([])
  problem = $state.raw<Problem | null>(null)
  isLoading = $state(true)
  /** What was said last, by ticket. It comes after the tickets, and moves nothing. */
  said = $state.raw<ReadonlyMap<string, Said>>(new Map())
  #next = $state<string | null>(null)
  /** What would stand here, when it is not shown yet. */
  #fresh = $state.raw<{ rows: Row[]; next: string | null } | null>(null)
  readonly #query: Query
  #isOver = false
  /** Goes up with each reading, so that the answer to an older one changes nothing. */
  #round = 0
  #isAdding = false

  constructor(query: Query) {
    this.#query = query
  }

  get hasMore(): boolean {
    return this.#next !== null
  }

  /** How many tickets have news that are not shown. */
  get news(): number {
    return this.#fresh === null ? 0 : Math.max(1, changedRows(this.rows, this.#fresh.rows))
  }

  async load(): Promise<void> {
    const page = await this.#read(pageRows)
    if (page !== null) this.#show(page)
    this.isLoading = false
  }

  /** Adds the next page. */
  async more(): Promise<void> {
    if (this.#isAdding || this.#next === null) return
    this.#isAdding = true
    const page = await this.#read(pageRows, this.#next)
    this.#isAdding = false
    if (page === null) return
    const known = new Set(this.rows.map(({ ticket_id }) => ticket_id))
    this.#show({ ...page, rows: [...this.rows, ...page.rows.filter(({ ticket_id }) => !known.has(ticket_id))] })
  }

  /**
   * Reads again. What only changed its content is shown at once. `isTouched`: somebody points at the list, so nothing
   * moves in it until `showNews`.
   */
  async renew(isTouched: () => boolean): Promise<void> {
    // What somebody has asked for comes first; it is as new as what would be read now.
    if (this.#isAdding) return
    const page = await this.#read(Math.min(rowsAtMost, Math.max(pageRows, this.rows.length)))
    if (page === null) return
    // What a person loaded beyond the largest page stays below it.
    const rest = this.rows.slice(rowsAtMost)
    const fresh = rest.length === 0 ? page : { rows: [...page.rows, ...rest], next: this.#next }
    if (isTouched() && isMoved(this.rows, fresh.rows)) {
      const now = new Map(fresh.rows.map((row) => [row.ticket_id, row]))
      this.#fresh = fresh
      this.rows = this.rows.map((row) => now.get(row.ticket_id) ?? row)
    } else this.#show(fresh)
  }

  showNews(): void {
    if (this.#fresh !== null) this.#show(this.#fresh)
  }

  /** No answer that comes later changes anything. */
  end(): void {
    this.#isOver = true
  }

  #show({ rows, next }: { rows: Row[]; next: string | null }): void {
    this.rows = rows
    this.#next = next
    this.#fresh = null
    void this.#readSaid(rows)
  }

  async #readSaid(rows: readonly Row[]): Promise<void> {
    const ids = rows.map(({ ticket_id }) => ticket_id)
    const parts = Array.from({ length: Math.ceil(ids.length / askedAtOnce) }, (_, n) =>
      ids.slice(n * askedAtOnce, (n + 1) * askedAtOnce),
    )
    const answers = await Promise.all(
      parts.map((ticket) => answerOf(api.GET('/last-comments', { params: { query: { ticket } } }))),
    )
    if (this.#isOver) return
    const found = answers.flatMap((answer) => (answer.ok ? answer.data.last_comments : []))
    this.said = new Map(found.map((one) => [one.ticket_id, one]))
  }

  async #read(limit: number, cursor?: string): Promise<{ rows: Row[]; next: string | null } | null> {
    const query = { ...this.#query, limit, ...(cursor === undefined ? {} : { cursor }) }
    const round = ++this.#round
    const answer = await answerOf(api.GET('/tickets', { params: { query } }))
    if (this.#isOver || round !== this.#round) return null
    this.problem = answer.ok ? null : answer.problem
    return answer.ok ? { rows: answer.data.tickets, next: answer.data.page.next_cursor } : null
  }
}
