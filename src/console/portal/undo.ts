import { answerOf, api } from '../api/calls.ts'
import { sentenceOf } from '../lib/problem-words.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './my-ticket.words.ts'

/** Says what was done, and lets the person take it back as long as that works. */
export const offerUndo = (text: string, token: string | undefined, onUndone: () => void = () => {}): void => {
  const w = words()
  const undo = async (): Promise<void> => {
    const answer = await answerOf(api.POST('/undo', { body: { token: token ?? '' } }))
    toasts.show({ text: answer.ok ? w.undone : sentenceOf(answer.problem), seconds: 5 })
    if (answer.ok) onUndone()
  }
  toasts.show(token === undefined ? { text } : { text, action: { label: w.undo, run: () => void undo() } })
}
