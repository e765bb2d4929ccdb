import { type Answer, newKey, type Problem } from '../api/calls.ts'

/** A short mark of a text, by which a form knows that it sends the same again. It is no secret and protects none. */
const markOf = (text: string): string => {
  let mark = 0x811c9dc5
  for (const char of text) mark = Math.imul(mark ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return (mark >>> 0).toString(36)
}

/**
 * The key under which a form sends: the same one until its answer came, also after the page was loaded again, and
 * another one for other values. `values` has no secret.
 */
const keyFor = (place: string, values: unknown): string => {
  const mark = markOf(JSON.stringify(values))
  try {
    const [keptMark, kept] = (sessionStorage.getItem(place) ?? '').split(' ')
    if (keptMark === mark && kept) return kept
    const key = newKey()
    sessionStorage.setItem(place, `${mark} ${key}`)
    return key
  } catch {
    return newKey()
  }
}

const forget = (place: string): void => {
  try {
    sessionStorage.removeItem(place)
  } catch {
    // Without storage nothing was kept.
  }
}

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
    // The program has not said what became of it: the same key makes it once.
    const isOpen = !answer.ok && (answer.problem.code === 'offline' || answer.problem.status >= 500)
    if (form !== null && !isOpen) forget(place)
    return answer.ok ? answer : null
  }
}
