import type { Answer, Problem } from '../api/calls.ts'

export interface ReadPage<T> {
  rows: T[]
  next: string | null
}

/** How many rows a page of the browser holds at most, so that it stays quick. */
const rowsAtMost = 300

/** A list that is read page by page. */
export class Pages<T> {
  rows = $state.raw<T[]>([])
  problem = $state.raw<Problem | null>(null)
  isBusy = $state(false)
  /** Whether the first page has come. */
  isThere = $state(false)
  #next = $state<string | null>(null)
  #round = 0
  #read: (cursor: string | undefined) => Promise<Answer<ReadPage<T>>>

  constructor(read: (cursor: string | undefined) => Promise<Answer<ReadPage<T>>>) {
    this.#read = read
  }

  get hasMore(): boolean {
    return this.#next !== null && this.rows.length < rowsAtMost
  }
  /** Whether there are more rows than the page shows. */
  get isCut(): boolean {
    return this.#next !== null && this.rows.length >= rowsAtMost
  }

  /** Reads the list from its beginning. The rows of before stay until the answer comes. */
  start(): Promise<void> {
    return this.#take(undefined, ++this.#round)
  }
  /** Reads the next page. */
  async more(): Promise<void> {
    if (!this.isBusy && this.#next !== null) await this.#take(this.#next, this.#round)
  }
  /** Puts another row in the place of those that fit. */
  replace(fits: (row: T) => boolean, by: (row: T) => T): void {
    this.rows = this.rows.map((row) => (fits(row) ? by(row) : row))
  }

  async #take(cursor: string | undefined, round: number): Promise<void> {
    this.isBusy = true
    const answer = await this.#read(cursor)
    if (round !== this.#round) return
    this.isBusy = false
    this.problem = answer.ok ? null : answer.problem
    if (!answer.ok) return
    this.rows = cursor === undefined ? answer.data.rows : [...this.rows, ...answer.data.rows]
    this.#next = answer.data.next
    this.isThere = true
  }
}

/** An answer whose data is seen in another way. */
export const mapAnswer = <T, U>(answer: Answer<T>, see: (data: T) => U): Answer<U> =>
  answer.ok ? { ...answer, data: see(answer.data) } : answer
