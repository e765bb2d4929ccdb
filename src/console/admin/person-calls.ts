import { answerOf, api, newKey, type Problem } from '../api/calls.ts'
import { sentenceOf } from '../lib/problem-words.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import type { Person } from './people.ts'
import { words } from './person-acts.words.ts'

const whoIs = ({ name, account_id }: Person): string => `${name} (${account_id})`

const refused = (problem: Problem): void => {
  toasts.show({ text: sentenceOf(problem) })
}

/** What is on its way, so that a second click does nothing. */
const underway = new Set<string>()

const once = async (name: string, work: () => Promise<void>): Promise<void> => {
  if (underway.has(name)) return
  underway.add(name)
  await work().finally(() => underway.delete(name))
}

const call = (accountId: string) => ({
  params: { path: { accountId }, header: { 'Idempotency-Key': newKey() } },
})

/** Brings somebody back who was deactivated, and says so. */
export const reactivate = (person: Person, ondone: () => void): Promise<void> =>
  once(`reactivate ${person.account_id}`, async () => {
    const answer = await answerOf(api.POST('/people/{accountId}/reactivate', call(person.account_id)))
    if (!answer.ok) return refused(answer.problem)
    const w = words()
    toasts.show({ text: (answer.data.status === 'invited' ? w.reinvited : w.reactivated)(whoIs(person)) })
    ondone()
  })

/** Mails the invitation again, and says so. */
export const inviteAgain = (person: Person): Promise<void> =>
  once(`invite ${person.account_id}`, async () => {
    const answer = await answerOf(api.POST('/people/{accountId}/invitation', call(person.account_id)))
    if (!answer.ok) return refused(answer.problem)
    toasts.show({ text: words().invitedAgain(whoIs(person), person.email) })
  })
