import { answerOf, api } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { sentenceOf } from '../lib/problem-words.ts'
import { tickets } from '../live/tickets.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'

/**
 * Takes back what somebody did, by the token that they got. Null when that is not possible any more, which is said.
 * `about`: the ticket.
 */
export const takeBack = async (token: string, about: string): Promise<components['schemas']['UndoneTicket'] | null> => {
  const answer = await answerOf(api.POST('/undo', { body: { token } }))
  if (!answer.ok) {
    toasts.show({ text: sentenceOf(answer.problem), about })
    return null
  }
  tickets.take(answer.data, answer.etag)
  return answer.data
}
