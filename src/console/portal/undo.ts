import { answerOf, api } from '../api/calls.ts'
import { sentenceOf } from '../lib/problem-words.ts'
import { router } from '../lib/router.svelte.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './my-ticket.words.ts'

/** Says what was done, and lets the person take it back as long as that works. */
export const offerUndo = (text: string, token: string | undefined, onUndone: () => void = () => {}): void => {
  const w = words()
  const undo = async (): Promise<void> => {
    const answer = await answerOf(api.POST('/undo', { body: { token: token ?? '' } }))
    toasts.show({ text: answer.ok ? w.undone : sentenceOf(answer.problem), about, seconds: 5 })
    if (answer.ok) onUndone()
  }
  const about = router.path
  toasts.show({ text, about, ...(token !== undefined && { action: { label: w.undo, run: () => void undo() } }) })
}
