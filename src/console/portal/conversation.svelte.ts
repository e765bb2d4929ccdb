import { type Answer, answerOf, api, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { joinNewest, type RowOf } from '../tickets/join-rows.ts'

type Schemas = components['schemas']
export type Comment = Schemas['ListedComment']
export type Mail = Schemas['TicketEmail']
export type Fact = Schemas['HistoryEntry']
export type File = Schemas['Attachment']

const pageComments = 20
const most = 100
const rowOf: RowOf<Comment> = { id: ({ comment_id }) => comment_id, at: ({ created_at }) => created_at }
const idsOf = (comments: readonly Comment[]): Set<string> => new Set(comments.map(rowOf.id))

/**
 * What was said on a ticket: the newest first, older comments on demand, so that a long one opens as fast as a short
 * one.
 */
export class Conversation {
  /** From the oldest that is loaded to the newest. */
  comments = $state.raw<Comment[]>([])
  files = $state.raw<File[]>([])
  facts = $state.raw<Fact[]>([])
  mails = $state.raw<Mail[]>([])
  problem = $state.raw<Problem | null>(null)
  isLoaded = $state(false)
  /** Comments that came while somebody wrote: they are shown when that person asks for them. */
  held = $state.raw<Comment[]>([])
  /** What came from others last, for those who listen: once for each arrival. */
  said = $state.raw<{ count: number; name: string } | null>(null)
  #older = $state<string | null>(null)
  #isOver = false
  readonly ticketId: string

  constructor(ticketId: string) {
    this.ticketId = ticketId
  }

  get hasOlder(): boolean {
    return this.#older !== null
  }

  get #params() {
    return { path: { ticketId: this.ticketId } }
  }

  async load(): Promise<void> {
    const [page] = await Promise.all([this.#readComments(), this.#readFiles(), this.#readFacts(), this.readMails()])
    if (page === null) return
    this.comments = page.comments.toReversed()
    this.#older = page.page.next_cursor
    this.isLoaded = true
  }

  /** Adds older comments above. */
  async more(): Promise<void> {
    const page = await this.#readComments(this.#older ?? undefined)
    if (page === null) return
    const known = idsOf(this.comments)
    this.comments = [...page.comments.toReversed().filter(({ comment_id }) => !known.has(comment_id)), ...this.comments]
    this.#older = page.page.next_cursor
  }

  /** Reads again what is newest. `isWriting`: new comments wait for `show`, so that nothing moves under the caret. */
  async renew(isWriting: () => boolean): Promise<void> {
    if (!this.isLoaded) return this.load()
    const asked = idsOf(this.comments)
    const [page] = await Promise.all([this.#readComments(), this.#readFiles(), this.#readFacts(), this.readMails()])
    if (page === null) return
    const there = { rows: this.comments.toReversed(), cursor: this.#older }
    const joined = joinNewest(there, { rows: page.comments, cursor: page.page.next_cursor }, asked, rowOf)
    this.#older = joined.cursor
    const known = idsOf(this.comments)
    const fresh = joined.rows.filter((one) => !known.has(one.comment_id) && one.editable_until === null)
    const told = idsOf(this.held)
    const arrived = fresh.filter(({ comment_id }) => !told.has(comment_id))
    if (arrived[0] !== undefined) this.said = { count: arrived.length, name: arrived[0].author_name }
    this.held = isWriting() ? fresh.toReversed() : []
    const held = idsOf(this.held)
    this.comments = joined.rows.toReversed().filter(({ comment_id }) => !held.has(comment_id))
  }

  show(): void {
    this.comments = [...this.comments, ...this.held]
    this.held = []
  }

  /** Shows a comment that was just sent, before anything is read again. */
  add(comment: Schemas['Comment']): void {
    if (this.comments.some(({ comment_id }) => comment_id === comment.comment_id)) return
    this.comments = [...this.comments, { editable_until: comment.created_at, ...comment }]
  }

  /** Takes a comment out that is deleted. */
  forget(commentId: string): void {
    this.comments = this.comments.filter(({ comment_id }) => comment_id !== commentId)
  }

  /** Puts a comment in, as an answer had it. */
  put(comment: Comment): void {
    this.comments = this.comments.map((one) => (one.comment_id === comment.comment_id ? comment : one))
  }

  /** Reads the whole text of a comment that was cut, because the page was too large; null when it is gone. */
  async readWhole({ created_at: since, comment_id }: Comment): Promise<Answer<Comment | null>> {
    const query = { sort: 'created_at', since, limit: 3 } as const
    const answer = await answerOf(api.GET('/tickets/{ticketId}/comments', { params: { ...this.#params, query } }))
    if (!answer.ok) return answer
    const whole = answer.data.comments.find((comment) => comment.comment_id === comment_id) ?? null
    if (whole !== null) this.put(whole)
    return { ...answer, data: whole }
  }

  end(): void {
    this.#isOver = true
  }

  async readMails(): Promise<void> {
    const query = { sort: '-created_at', limit: most } as const
    const answer = await answerOf(api.GET('/tickets/{ticketId}/emails', { params: { ...this.#params, query } }))
    if (answer.ok && !this.#isOver) this.mails = answer.data.emails
  }

  async #readComments(cursor?: string): Promise<Schemas['CommentList'] | null> {
    const query = { sort: '-created_at', limit: pageComments, ...(cursor === undefined ? {} : { cursor }) } as const
    const answer = await answerOf(api.GET('/tickets/{ticketId}/comments', { params: { ...this.#params, query } }))
    if (this.#isOver) return null
    this.problem = answer.ok ? null : answer.problem
    return answer.ok ? answer.data : null
  }

  async #readFiles(): Promise<void> {
    const query = { limit: most }
    const answer = await answerOf(api.GET('/tickets/{ticketId}/attachments', { params: { ...this.#params, query } }))
    if (answer.ok && !this.#isOver) this.files = answer.data.attachments.filter((file) => file.comment_id === null)
  }

  async #readFacts(): Promise<void> {
    const query = { sort: '-occurred_at', limit: 50 } as const
    const answer = await answerOf(api.GET('/tickets/{ticketId}/history', { params: { ...this.#params, query } }))
    if (answer.ok && !this.#isOver) this.facts = answer.data.history
  }
}
