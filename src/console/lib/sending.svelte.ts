import { type Answer, newKey, type Problem } from '../api/calls.ts'
import { forgetKey, isOpen, keyFor } from './form-keys.ts'

/** What a form or a dialog sends: one request at a time, and what was refused. */
export class Sending {
  isBusy = $state(false)
  problem = $state.raw<Problem | null>(null)

  /**
   * Sends once, and answers with what came; null while the same is on its way, and after a refusal, which `problem`
   * then has. `form`: the name of the form and its values, for calls that take a key.
   */
  async send<T>(
    call: (key: string) => Promise<Answer<T>>,
    form: { name: string; values: unknown } | null = null,
  ): Promise<(Answer<T> & { ok: true }) | null> {
    if (this.isBusy) return null
    this.isBusy = true
    const place = `counterdesk.key.${form?.name}`
    const answer = await call(form === null ? newKey() : keyFor(place, form.values))
    this.isBusy = false
    this.problem = answer.ok ? null : answer.problem
    if (form !== null && (answer.ok || !isOpen(answer.problem))) forgetKey(place)
    return answer.ok ? answer : null
  }
}
