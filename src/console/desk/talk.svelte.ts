import { type Answer, answerOf, api, type Problem } from '../api/calls.ts'
import type { FeedEvent } from '../live/messages.ts'
import type { Ticket } from '../live/tickets.svelte.ts'
import { joinNewest, joinRows, type RowOf, type Stream } from '../tickets/join-rows.ts'
import type { HistoryEntry } from './change-lines.ts'
import { type Comment, emptyStreams, isMoving, nextStreams, type Streams, type TicketMail } from './timeline-model.ts'

interface PageEnd {
  page: { next_cursor: string | null }
}

const commentsAtOnce = 30
const entriesAtOnce = 60
const mailsAtOnce = 100

const rowsOf = {
  comments: { id: ({ comment_id }: Comment) => comment_id, at: ({ created_at }: Comment) => created_at },
  history: { id: ({ history_id }: HistoryEntry) => history_id, at: ({ occurred_at }: HistoryEntry) => occurred_at },
  mails: { id: ({ email_id }: TicketMail) => email_id, at: ({ created_at }: TicketMail) => created_at },
}

/** When a reading that failed is made again. */
const retryMs = 3_000

/** After how many seconds the states of mails are looked at again, while some still move. */
const mailPauses = [2, 4, 8, 20, 60]

/** The conversation of a ticket, from the newest on: comments, changes, mails. A long one opens like a short one. */
export class Talk {
  streams = $state.raw<Streams>(emptyStreams())
  isRead = $state(false)
  isReadingOlder = $state(false)
  problem = $state.raw<Problem | null>(null)
  readonly ticketId: string
  #timer: ReturnType<typeof setTimeout> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #mailLook = 0
  #isClosed = false
  #news: Promise<void> | null = null
  #isNewsPending = false

  constructor(ticketId: string) {
    this.ticketId = ticketId
  }

  get hasOlder(): boolean {
    return Object.values(this.streams).some(({ cursor }) => cursor !== null)
  }

  /** Reads the newest part. */
  async open(): Promise<void> {
    const [comments, history, mails] = await Promise.all([this.#comments(), this.#history(), this.#mails()])
    const failed = [comments, history, mails].find((answer) => !answer.ok)
    if (failed && !failed.ok) {
      this.problem = failed.problem
      if (failed.problem.code === 'offline') this.#readLater()
      return
    }
    if (!comments.ok || !history.ok || !mails.ok) return
    this.problem = null
    this.streams = { comments: comments.data, history: history.data, mails: mails.data }
    this.isRead = true
    this.#lookAtMails()
  }

  /** Reads the next older part, until there is something more to show. */
  async older(): Promise<void> {
    if (this.isReadingOlder || !this.hasOlder) return
    this.isReadingOlder = true
    const names = nextStreams(this.streams)
    await Promise.all(
      names.map((name) => {
        const { cursor } = this.streams[name]
        if (name === 'comments') return this.#take('comments', this.#comments(cursor))
        if (name === 'history') return this.#take('history', this.#history(cursor))
        return this.#take('mails', this.#mails(cursor))
      }),
    )
    this.isReadingOlder = false
  }

  /** Hears an event; reads what is new when it is about this conversation. */
  hear(event: FeedEvent, ticket: Ticket | null): void {
    const details = event.details as Record<string, unknown>
    const ids = [this.ticketId, ...(ticket?.merged_tickets ?? [])]
    if (!ids.includes(event.subject_id) && details.merged_into !== this.ticketId) return
    if (event.type === 'comment.deleted' || event.type === 'ticket.change_undone')
      this.forget(String(details.comment_id))
    if (event.type === 'comment.edited') {
      const edited = this.streams.comments.rows.find(({ comment_id }) => comment_id === details.comment_id)
      if (edited) void this.readWhole(edited)
    }
    void this.readNews()
  }

  /** Reads what has come since; one reading at a time, and one more for what came meanwhile. */
  async readNews(): Promise<void> {
    this.#isNewsPending = true
    this.#news ??= this.#readPending().finally(() => {
      this.#news = null
    })
    await this.#news
  }

  async #readPending(): Promise<void> {
    while (this.#isNewsPending && !this.#isClosed) {
      this.#isNewsPending = false
      if (this.isRead) await Promise.all([this.#newest('comments'), this.#newest('history'), this.#newest('mails')])
      else await this.open()
    }
    this.#mailLook = 0
    this.#lookAtMails()
  }

  /** Takes a comment out that is deleted or taken back. */
  forget(commentId: string): void {
    const { comments } = this.streams
    const rows = comments.rows.filter(({ comment_id }) => comment_id !== commentId)
    this.streams = { ...this.streams, comments: { ...comments, rows } }
  }

  /**
   * Reads the whole text of a comment that was cut, because the page was too large. Null: the comment is gone. A page
   * is never too large for the few comments of one moment.
   */
  async readWhole({
    created_at: since,
    comment_id,
  }: Pick<Comment, 'created_at' | 'comment_id'>): Promise<Answer<Comment | null>> {
    const query = { sort: 'created_at' as const, since, limit: 3 }
    const params = { path: { ticketId: this.ticketId }, query }
    const answer = await answerOf(api.GET('/tickets/{ticketId}/comments', { params }))
    if (!answer.ok) return answer
    const whole = answer.data.comments.find((comment) => comment.comment_id === comment_id) ?? null
    if (whole) this.put(whole)
    return { ...answer, data: whole }
  }

  /** Puts a comment in, as an answer had it. */
  put(comment: Comment): void {
    this.#join('comments', [comment] as never[])
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#retry)
  }

  /** Reads the newest page again. */
  async #newest(name: keyof Streams): Promise<void> {
    const of = rowsOf[name] as RowOf<unknown>
    const asked = new Set((this.streams[name].rows as unknown[]).map(of.id))
    const answer = await this.#pageOf(name)
    if (!answer.ok) return this.#readLater()
    const joined = joinNewest(this.streams[name] as Stream<unknown>, answer.data as Stream<unknown>, asked, of)
    this.streams = { ...this.streams, [name]: joined }
  }

  /** A reading that failed for now is made again: no news is lost by it. Without a connection the stream says when. */
  #readLater(): void {
    clearTimeout(this.#retry)
    if (!this.#isClosed) this.#retry = setTimeout(() => void this.readNews(), retryMs)
  }

  #pageOf(name: keyof Streams): Promise<Answer<Streams[keyof Streams]>> {
    if (name === 'comments') return this.#comments()
    return name === 'history' ? this.#history() : this.#mails()
  }

  #join(name: keyof Streams, read: never[]): void {
    const { rows, cursor } = this.streams[name]
    const joined = joinRows(rows as never[], read, rowsOf[name] as RowOf<never>)
    this.streams = { ...this.streams, [name]: { rows: joined, cursor } }
  }

  async #take<Name extends keyof Streams>(name: Name, reading: Promise<Answer<Streams[Name]>>): Promise<void> {
    const answer = await reading
    if (!answer.ok) {
      this.problem = answer.problem
      return
    }
    this.#join(name, answer.data.rows as never[])
    this.streams = { ...this.streams, [name]: { ...this.streams[name], cursor: answer.data.cursor } }
  }

  #lookAtMails(): void {
    clearTimeout(this.#timer)
    if (this.#isClosed || !isMoving(this.streams)) return
    const pause = mailPauses[Math.min(this.#mailLook, mailPauses.length - 1)] ?? 60
    this.#timer = setTimeout(async () => {
      this.#mailLook += 1
      if (document.visibilityState === 'visible') await this.#newest('mails')
      this.#lookAtMails()
    }, pause * 1_000)
  }

  async #comments(cursor: string | null = null): Promise<Answer<Stream<Comment>>> {
    const query = { sort: '-created_at' as const, limit: commentsAtOnce, ...(cursor === null ? {} : { cursor }) }
    const params = { path: { ticketId: this.ticketId }, query }
    return streamOf(await answerOf(api.GET('/tickets/{ticketId}/comments', { params })), ({ comments }) => comments)
  }

  async #history(cursor: string | null = null): Promise<Answer<Stream<HistoryEntry>>> {
    const query = { sort: '-occurred_at' as const, limit: entriesAtOnce, ...(cursor === null ? {} : { cursor }) }
    const params = { path: { ticketId: this.ticketId }, query }
    return streamOf(await answerOf(api.GET('/tickets/{ticketId}/history', { params })), ({ history }) => history)
  }

  async #mails(cursor: string | null = null): Promise<Answer<Stream<TicketMail>>> {
    const query = { sort: '-created_at' as const, limit: mailsAtOnce, ...(cursor === null ? {} : { cursor }) }
    const params = { path: { ticketId: this.ticketId }, query }
    return streamOf(await answerOf(api.GET('/tickets/{ticketId}/emails', { params })), ({ emails }) => emails)
  }
}

const streamOf = <T extends PageEnd, Row>(answer: Answer<T>, rows: (page: T) => Row[]): Answer<Stream<Row>> =>
  answer.ok ? { ...answer, data: { rows: rows(answer.data), cursor: answer.data.page.next_cursor } } : answer
