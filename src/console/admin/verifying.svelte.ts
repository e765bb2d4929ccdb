import { type Answer, answerOf, api, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'

export type Verification = components['schemas']['Verification']

/** How many events one request walks, so that the progress moves and no request takes long. */
const step = 5_000

/** Walks the chain of the audit from its beginning, and says how far it is. */
export class Verifying {
  isRunning = $state(false)
  verified = $state(0)
  erased = $state(0)
  /** In percent of the chain as it was at the last request. */
  part = $state(0)
  /** The last answer, once the walk came to its end or to a break. */
  result = $state.raw<Verification | null>(null)
  problem = $state.raw<Problem | null>(null)
  #isStopped = false

  stop(): void {
    this.#isStopped = true
  }

  async run(): Promise<void> {
    if (this.isRunning) return
    Object.assign(this, { isRunning: true, verified: 0, erased: 0, part: 0, result: null, problem: null })
    this.#isStopped = false
    let from: number | null = 1
    while (from !== null && !this.#isStopped) {
      const answer: Answer<Verification> = await answerOf(
        api.GET('/audit/verify', { params: { query: { from, count: step } } }),
      )
      if (!answer.ok) {
        this.problem = answer.problem
        break
      }
      const data: Verification = answer.data
      this.verified += data.verified
      this.erased += data.erased
      this.part = data.head_position === 0 ? 100 : Math.floor(((data.last_position ?? 0) / data.head_position) * 100)
      from = data.next
      if (from === null) this.result = data
    }
    this.isRunning = false
  }
}
