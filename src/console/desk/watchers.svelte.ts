import { answerOf, api, type Problem } from '../api/calls.ts'
import type { components } from '../api/types.ts'
import { session } from '../lib/session.svelte.ts'
import { live } from '../live/live.svelte.ts'
import { words as changeWords } from '../tickets/ticket-changes.words.ts'
import { toasts } from '../ui/toasts.svelte.ts'
import { words } from './properties.words.ts'

type Watcher = components['schemas']['Watcher']

/** Who watches a ticket, as it is now. */
export const watchersOf = (ticketId: string) => {
  const state = $state({ list: [] as Watcher[], problem: null as Problem | null })

  const read = async (): Promise<void> => {
    const answer = await answerOf(api.GET('/tickets/{ticketId}/watchers', { params: { path: { ticketId } } }))
    if (answer.ok) state.list = answer.data.watchers
  }

  /** Adds or removes somebody, and offers the way back. */
  const set = async (accountId: string, isWatching: boolean, said: string): Promise<Problem | null> => {
    const asked = { params: { path: { ticketId, accountId } } }
    const path = '/tickets/{ticketId}/watchers/{accountId}'
    const answer = await answerOf(isWatching ? api.PUT(path, asked) : api.DELETE(path, asked))
    if (!answer.ok) return answer.problem
    state.list = answer.data.watchers
    state.problem = null
    const back = (): void => void set(accountId, !isWatching, changeWords().undone)
    const action = { label: changeWords().undo, keys: 'z', run: back }
    toasts.show({ text: said, about: ticketId, ...(said === changeWords().undone ? { seconds: 4 } : { action }) })
    return null
  }

  return {
    state,
    set,
    /** Reads the watchers, and again when they change, until the returned function is called. */
    follow(): () => void {
      void read()
      const ends = [
        live.on(({ type, subject_id }) => {
          if (subject_id === ticketId && (type.startsWith('ticket.watcher_') || type.includes('merge'))) void read()
        }),
        live.onCatchUp(() => void read()),
      ]
      return () => {
        for (const end of ends) end()
      }
    },
    get isMine(): boolean {
      return state.list.some(({ account_id }) => account_id === session.me?.id)
    },
    /** Watches the ticket, or stops. */
    async toggleMine(): Promise<void> {
      const isMine = state.list.some(({ account_id }) => account_id === session.me?.id)
      state.problem = await set(session.me?.id ?? '', !isMine, isMine ? words().youStop : words().youWatch)
    },
  }
}
export type Watchers = ReturnType<typeof watchersOf>
