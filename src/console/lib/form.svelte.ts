import { tick } from 'svelte'
import { type Answer, newKey, type Problem } from '../api/calls.ts'
import { wrongFields } from './faults.ts'
import { forgetKey, isOpen, keyFor } from './form-keys.ts'

/** What is wrong with the fields of a form, by their names; null or missing for a field that is right. */
export type Wrong = Record<string, string | null | undefined>

/**
 * The state of a form: what stands at its fields, what stands above it, and whether it is on its way. `fields` are
 * those that the form shows: what is refused elsewhere stands above. `known` may say at which field a refusal stands.
 */
export const createForm = (fields: readonly string[], known: (problem: Problem) => Wrong | null = () => null) => {
  const state = $state({ isBusy: false, problem: null as Problem | null, wrong: {} as Wrong })
  let sent = ''
  let key = ''
  /** Where the key of what is sent now is kept, if it has a name. */
  let place = ''

  const focusFirst = async (form: HTMLElement): Promise<void> => {
    await tick()
    const first = form.querySelector<HTMLElement>('[aria-invalid="true"]')
    ;(first ?? form.querySelector<HTMLElement>('[role="alert"]'))?.focus()
  }

  return {
    get isBusy() {
      return state.isBusy
    },
    get problem() {
      return state.problem
    },
    get wrong() {
      return state.wrong
    },
    /** Says what is wrong before, or without, a call. */
    async refuse(form: HTMLElement, wrong: Wrong): Promise<void> {
      state.wrong = wrong
      await focusFirst(form)
    },
    clear(): void {
      state.wrong = {}
      state.problem = null
    },
    /**
     * The key for what is sent now: the same as before while it is the same, so that sending again makes one. `name`:
     * the form, whose key is kept also when the page is loaded again; `values` has no secret then.
     */
    keyFor(values: unknown, name = ''): string {
      if (name !== '') {
        place = `counterdesk.key.${name}`
        return keyFor(place, values)
      }
      const text = JSON.stringify(values)
      if (text !== sent || key === '') key = newKey()
      sent = text
      return key
    },
    /**
     * Sends the form once, however often it is asked. Null when it was on its way already, or when `check` found a
     * field wrong. What is refused stands at its field, and the first such field gets the focus.
     */
    async send<T>(event: SubmitEvent, check: () => Wrong, call: () => Promise<Answer<T>>): Promise<Answer<T> | null> {
      event.preventDefault()
      if (state.isBusy || !(event.currentTarget instanceof HTMLElement)) return null
      const form = event.currentTarget
      state.problem = null
      state.wrong = check()
      if (Object.values(state.wrong).some(Boolean)) {
        await focusFirst(form)
        return null
      }
      state.isBusy = true
      const answer = await call()
      state.isBusy = false
      if (answer.ok || !isOpen(answer.problem)) {
        key = ''
        if (place !== '') forgetKey(place)
      }
      if (answer.ok) return answer
      const wrong = known(answer.problem) ?? wrongFields(answer.problem)
      state.wrong = Object.fromEntries(Object.entries(wrong).filter(([field]) => fields.includes(field)))
      if (Object.keys(state.wrong).length === 0) state.problem = answer.problem
      await focusFirst(form)
      return answer
    },
  }
}
