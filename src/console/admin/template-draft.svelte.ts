import { answerOf, api, newKey, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'

type Language = components['schemas']['Language']
type Template = components['schemas']['MailTemplate']

/** How long somebody must not have typed before the preview follows, in milliseconds. */
const restMs = 400

type ListedMail = components['schemas']['ListedEmail']

/** How many of the last mails of a template the preview offers. */
const offered = 10

/** One template in one language while it is changed: what is kept, what is typed, and what it would make. */
export class TemplateDraft {
  readonly path: { template: Template['template']; language: Language }
  kept = $state.raw<Template | null>(null)
  subject = $state('')
  text = $state('')
  preview = $state.raw<components['schemas']['MailPreview'] | null>(null)
  /** The last mails of this template whose text is still there. */
  mails = $state.raw<ListedMail[]>([])
  /** The mail that the preview is made with; empty for the sample. */
  emailId = $state('')
  problem = $state.raw<Problem | null>(null)
  isBusy = $state(false)
  isTesting = $state(false)
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  constructor(template: Template['template'], language: Language) {
    this.path = { template, language }
  }

  get isChanged(): boolean {
    return this.kept !== null && (this.subject !== this.kept.subject || this.text !== this.kept.text)
  }

  #take(kept: Template): void {
    this.kept = kept
    this.subject = kept.subject
    this.text = kept.text
    this.problem = null
    this.look()
  }

  async read(): Promise<void> {
    const { path } = this
    const answer = await answerOf(api.GET('/mail-templates/{template}/{language}', { params: { path } }))
    if (answer.ok) this.#take(answer.data)
    else this.problem = answer.problem
  }

  /** Reads which mails the preview can be made with. Without an answer there is the sample alone. */
  async readMails(): Promise<void> {
    const query = { template: this.path.template, limit: offered }
    const answer = await answerOf(api.GET('/emails', { params: { query } }))
    if (answer.ok) this.mails = answer.data.emails.filter(({ parameters_blanked_at: gone }) => gone === null)
  }

  discard(): void {
    if (this.kept) this.#take(this.kept)
  }

  /**
   * Asks for the preview when nobody has typed for a moment, and for the first one at once. A late answer to an earlier
   * text is passed over.
   */
  look(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      async () => {
        this.#asked += 1
        const asked = this.#asked
        const { path } = this
        const body = this.#trial
        const url = '/mail-templates/{template}/{language}/preview'
        const answer = await answerOf(api.POST(url, { params: { path }, body }))
        if (asked !== this.#asked) return
        this.preview = answer.ok ? answer.data : null
        this.problem = answer.ok ? null : answer.problem
      },
      this.#asked === 0 ? 0 : restMs,
    )
  }

  /** What is typed, and what it is filled with. */
  get #trial() {
    const { subject, text, emailId } = this
    return emailId === '' ? { subject, text } : { subject, text, email_id: emailId }
  }

  /** Has what is typed mailed to the own address, and answers with it; null when that was refused. */
  async mailToMe(): Promise<string | null> {
    if (this.isTesting) return null
    this.isTesting = true
    const params = { path: this.path, header: { 'Idempotency-Key': newKey() } }
    const url = '/mail-templates/{template}/{language}/test'
    const answer = await answerOf(api.POST(url, { params, body: this.#trial }))
    this.isTesting = false
    this.problem = answer.ok ? null : answer.problem
    return answer.ok ? answer.data.recipient_email : null
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#asked += 1
  }

  /** Saves what is typed, or with `reset` goes back to the built-in text. True when that was done. */
  async save(reset: boolean): Promise<boolean> {
    if (this.isBusy || this.kept === null) return false
    this.stop()
    this.isBusy = true
    const header = { 'If-Match': `"${this.kept.version}"`, 'Idempotency-Key': newKey() }
    const params = { path: this.path, header }
    const { subject, text } = this
    const url = '/mail-templates/{template}/{language}'
    const answer = await answerOf(
      reset ? api.DELETE(url, { params }) : api.PUT(url, { params, body: { subject, text } }),
    )
    this.isBusy = false
    if (answer.ok) this.#take(answer.data)
    else this.problem = answer.problem
    return answer.ok
  }
}
