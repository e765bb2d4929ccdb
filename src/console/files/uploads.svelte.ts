import { answerOf, api } from '../api/calls.ts'
import { isPassing } from '../api/problem.ts'
import { plainName } from './file-names.ts'
import { type FileRules, unfitness } from './file-rules.ts'
import { forgetSent, keepSent, keptSent } from './kept-uploads.ts'
import { sendFile } from './send-file.ts'
import { sha256Of } from './sha256.ts'
import { type Failure, fileRules, type GivenBack, idOf, type Sent, type Upload } from './upload.ts'

/** How many files travel at once. */
const atOnce = 3

let lastKey = 0

/**
 * The files that somebody adds to a ticket. They go to the store at once, where nobody sees them. The comment that they
 * go with attaches them (`arrived`); without one `attach` does. Without a ticket they wait for `begin`.
 */
export class Uploads {
  items = $state<Upload[]>([])
  /** What may be attached; null until the API has said it. */
  rules = $state.raw<FileRules | null>(null)
  /** Set while the list asks whether something goes without what failed. */
  asks = $state.raw<((goes: boolean) => void) | null>(null)
  #ticketId: string | null
  readonly #kind: string
  #files = new Map<number, { file: File; control: AbortController }>()
  #settled: (() => void)[] = []

  /** @param kind tells two lists on one ticket apart, such as that of a reply and that of a note. */
  constructor(ticketId: string | null, kind = '') {
    this.#ticketId = ticketId
    this.#kind = kind
    if (ticketId !== null) for (const kept of keptSent(this.#place)) this.#push({ ...kept, state: 'sent' })
    void this.#askRules()
  }

  /** Whether a file is still on its way. */
  get isBusy(): boolean {
    return this.items.some(({ state }) => state === 'waiting' || state === 'preparing' || state === 'sending')
  }

  /** How many files have arrived, or will. */
  get count(): number {
    return this.items.filter(({ state }) => state !== 'failed').length
  }

  get failed(): Upload[] {
    return this.items.filter(({ state }) => state === 'failed')
  }

  /**
   * Whether what is in the list may go: the one rule for tickets and messages. Where something cannot go along, or did
   * not arrive, the list asks its person first, and leaves it out when they say so.
   */
  agrees(): Promise<boolean> {
    this.answer(false)
    if (this.failed.length === 0) return Promise.resolve(true)
    return new Promise((resolve) => {
      this.asks = resolve
    })
  }

  /** The answer of the person; `goes`: without what failed. */
  answer(goes: boolean): void {
    if (goes) for (const item of this.failed) this.remove(item)
    this.asks?.(goes)
    this.asks = null
  }

  /** Sends again what the connection did not let through. */
  retryCut(): void {
    for (const item of this.failed) if (item.failure?.kind === 'cut') this.retry(item)
  }

  async #askRules(): Promise<FileRules | null> {
    this.rules ??= await fileRules().catch(() => null)
    return this.rules
  }

  #push(given: Partial<Upload> & { name: string; size: number }): Upload {
    const blank = { sentBytes: 0, sendingSince: 0, failure: null, uploadId: null, attachmentId: null }
    this.items.push({ key: ++lastKey, state: 'waiting', ...blank, ...given })
    return this.items[this.items.length - 1] as Upload
  }

  /** Adds chosen, dropped or pasted files. What the rules forbid stays in the list with the reason. */
  async add(files: readonly File[]): Promise<void> {
    const known = await this.#askRules()
    for (const file of files) {
      const name = plainName(file.name)
      const unfit = known === null ? null : unfitness({ name, size: file.size }, known, this.count)
      const item = this.#push({ name: name || file.name, size: file.size })
      if (unfit !== null) Object.assign(item, { state: 'failed', failure: { kind: unfit } })
      else this.#files.set(item.key, { file, control: new AbortController() })
    }
    this.#next()
  }

  /** The ticket is there now: the waiting files go to it. */
  begin(ticketId: string): void {
    this.#ticketId = ticketId
    this.#next()
  }

  /** Stops the file if it is on its way, and takes it from the list, and from the ticket. */
  remove({ key, attachmentId }: Upload): void {
    this.#files.get(key)?.control.abort()
    if (attachmentId !== null && this.#ticketId !== null) {
      const params = { path: { ticketId: this.#ticketId, attachmentId } }
      void answerOf(api.DELETE('/tickets/{ticketId}/attachments/{attachmentId}', { params }))
    }
    this.#files.delete(key)
    this.items = this.items.filter((item) => item.key !== key)
    this.#keep()
    this.#next()
  }

  /** Sends a file again that did not arrive. */
  retry(item: Upload): void {
    const held = this.#files.get(item.key)
    if (item.uploadId !== null) return void Object.assign(item, { state: 'sent', failure: null })
    if (held === undefined) return
    held.control = new AbortController()
    Object.assign(item, { state: 'waiting', failure: null, sentBytes: 0 })
    this.#next()
  }

  /** Puts files back that went with a message which was taken back, or did not go. */
  giveBack(files: readonly GivenBack[]): void {
    for (const file of files) if (!this.items.some((item) => idOf(item) === idOf(file))) this.#push(file)
    this.#keep()
  }

  /** Forgets everything: what was sent is sent. */
  clear(): void {
    for (const { control } of this.#files.values()) control.abort()
    this.#files.clear()
    this.items = []
    this.#keep()
  }

  /** What has arrived, for `attachment_ids` of a comment. Null when a file did not, which the list says. */
  async arrived(): Promise<Sent[] | null> {
    await this.settled()
    const sent = this.items.flatMap((item) => {
      const id = idOf(item)
      return item.state !== 'sent' || id === null
        ? []
        : [{ id, name: item.name, isOnTicket: item.attachmentId !== null }]
    })
    return sent.length === this.items.length ? sent : null
  }

  /** Waits until no file is on its way. */
  settled(): Promise<void> {
    return this.isBusy ? new Promise((resolve) => this.#settled.push(resolve)) : Promise.resolve()
  }

  /**
   * Makes attachments of the files that have arrived. A second call makes no second attachment.
   * @param visibility when left out, as the API does: public of customers, internal of the staff.
   * @returns whether all are on the ticket; not when a file was refused, which the list says, or the program could not:
   * then a later call goes on.
   */
  async attach(visibility?: 'public' | 'internal'): Promise<boolean> {
    await this.settled()
    for (const item of this.items) await this.#register(item, visibility)
    this.#keep()
    return this.items.every(({ attachmentId }) => attachmentId !== null)
  }

  /**
   * Makes attachments of what has arrived, without waiting for the rest, and takes it from the list.
   * @returns whether there was something.
   */
  async attachArrived(): Promise<boolean> {
    for (const item of this.items) await this.#register(item)
    const rest = this.items.filter(({ attachmentId }) => attachmentId === null)
    const isSome = rest.length < this.items.length
    this.items = rest
    this.#keep()
    return isSome
  }

  async #register(item: Upload, visibility?: 'public' | 'internal'): Promise<void> {
    if (item.uploadId === null || item.attachmentId !== null || this.#ticketId === null) return
    const body = { upload_id: item.uploadId, ...(visibility === undefined ? {} : { visibility }) }
    const params = { path: { ticketId: this.#ticketId } }
    const answer = await answerOf(api.POST('/tickets/{ticketId}/attachments', { params, body }))
    if (answer.ok) item.attachmentId = answer.data.attachment_id
    else if (!isPassing(answer.problem))
      Object.assign(item, { state: 'failed', failure: { kind: 'problem', problem: answer.problem } })
  }

  get #place(): string {
    return this.#kind === '' ? `${this.#ticketId}` : `${this.#ticketId} ${this.#kind}`
  }

  #keep(): void {
    if (this.#ticketId === null) return
    const sent = this.items.filter(({ state }) => state === 'sent')
    if (sent.length > 0) keepSent(this.#place, sent)
    else forgetSent(this.#place)
  }

  #next(): void {
    if (this.#ticketId === null) return
    const moving = this.items.filter(({ state }) => state === 'preparing' || state === 'sending').length
    const waiting = this.items.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, atOnce - moving))
    for (const item of waiting) void this.#send(item, this.#ticketId)
    if (this.isBusy) return
    for (const resolve of this.#settled.splice(0)) resolve()
  }

  async #send(item: Upload, ticketId: string): Promise<void> {
    const held = this.#files.get(item.key)
    if (held === undefined) return
    item.state = 'preparing'
    const { signal } = held.control
    try {
      const failure = await this.#travel(item, held.file, ticketId, signal)
      Object.assign(item, { state: failure === null ? 'sent' : 'failed', failure })
    } catch {
      // Stopped by its person, who took the file from the list; or the file on the disk is not there any more.
      if (!signal.aborted) Object.assign(item, { state: 'failed', failure: { kind: 'refused' } })
    }
    this.#keep()
    this.#next()
  }

  async #travel(item: Upload, file: File, ticketId: string, signal: AbortSignal): Promise<Failure | null> {
    const sha256 = await sha256Of(file, signal)
    // The name and the first bytes say what the file is. What the browser thinks of it differs between systems.
    const body = { file_name: item.name, content_type: '', size: file.size, sha256 }
    const params = { path: { ticketId } }
    const answer = await answerOf(api.POST('/tickets/{ticketId}/attachments/upload-url', { params, body, signal }))
    signal.throwIfAborted()
    if (!answer.ok) {
      return isPassing(answer.problem) ? { kind: 'cut' } : { kind: 'problem', problem: answer.problem }
    }
    Object.assign(item, { state: 'sending', sendingSince: performance.now() })
    const outcome = await sendFile(file, answer.data, (bytes) => Object.assign(item, { sentBytes: bytes }), signal)
    if (outcome !== 'sent') return { kind: outcome === 'refused' ? 'refused' : 'cut' }
    item.uploadId = answer.data.upload_id
    return null
  }
}
