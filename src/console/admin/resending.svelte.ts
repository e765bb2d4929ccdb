import { SvelteSet } from 'svelte/reactivity'
import { type Answer, answerOf, api, newKey, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'

export type ListedEmail = components['schemas']['ListedEmail']
export type TicketEmail = components['schemas']['TicketEmail']

/** What the subject of a test of a mail template begins with. */
export const testMark = '[Test] '

/** Whether a mail was tried in vain, so that it makes sense to send it again. */
export const canResend = ({ state }: Pick<ListedEmail, 'state'>): boolean =>
  state === 'failed' || state === 'deferred' || state === 'held'

/** Has one mail sent again. Under its own Message-ID, so nobody who got it gets it twice. */
export const resend = (emailId: string): Promise<Answer<TicketEmail>> =>
  answerOf(
    api.POST('/emails/{emailId}/resend', {
      params: { path: { emailId }, header: { 'Idempotency-Key': newKey() } },
    }),
  )

/** How many mails one run takes at most, and how many are on their way at once. */
const mailsAtMost = 1_000
const atOnce = 4

/** Has all failed mails sent again, the newest first. It can be stopped, and says how far it is. */
export class ResendAll {
  isRunning = $state(false)
  done = $state(0)
  /** Those that cannot be sent again, such as a mail to somebody who was deactivated since. */
  left = $state(0)
  problem = $state.raw<Problem | null>(null)
  /** What this run had sent again. */
  readonly sent = new SvelteSet<string>()
  #isStopped = false

  stop(): void {
    this.#isStopped = true
  }

  async run(onresent: (email: TicketEmail) => void): Promise<void> {
    if (this.isRunning) return
    Object.assign(this, { isRunning: true, done: 0, left: 0, problem: null })
    this.#isStopped = false
    this.sent.clear()
    let cursor: string | undefined
    do {
      const query = { state: 'failed' as const, limit: 100, cursor }
      const page = await answerOf(api.GET('/emails', { params: { query } }))
      if (!page.ok) {
        this.problem = page.problem
        break
      }
      await this.#resendThese(page.data.emails, onresent)
      cursor = page.data.page.next_cursor ?? undefined
    } while (cursor !== undefined && this.#mayGoOn)
    this.isRunning = false
  }

  get #mayGoOn(): boolean {
    return !this.#isStopped && this.problem === null && this.done + this.left < mailsAtMost
  }

  async #resendThese(emails: ListedEmail[], onresent: (email: TicketEmail) => void): Promise<void> {
    const waiting = [...emails]
    const work = async (): Promise<void> => {
      for (let email = waiting.shift(); email !== undefined && this.#mayGoOn; email = waiting.shift()) {
        const answer = await resend(email.email_id)
        if (answer.ok) {
          this.done += 1
          this.sent.add(email.email_id)
          onresent(answer.data)
        } else if (/^email_not_(?:resendable|found)$/.test(answer.problem.code)) this.left += 1
        else this.problem = answer.problem
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  }
}
