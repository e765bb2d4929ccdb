import { ask } from './asking.svelte.ts'
import type { Properties } from './properties.svelte.ts'
import { words } from './properties.words.ts'
import { words as ticketWords } from './ticket.words.ts'
import type { Watchers } from './watchers.svelte.ts'

interface Act {
  keys: string
  does: string
  run: () => void
  isOffered: boolean | undefined
}

/** The keys of the properties of a ticket: those whose act is offered now. */
export const keysOf = (properties: Properties, watchers: Watchers): Omit<Act, 'isOffered'>[] => {
  const w = words()
  const rights = properties.rights
  if (rights === null || properties.state.isGone) return []
  const hasStates = rights.statuses.length > 0 || rights.close || rights.reopen
  const acts: Act[] = [
    { keys: 'i', does: w.take, run: () => void properties.take(), isOffered: rights.take },
    { keys: 'a', does: w.assign, run: () => ask('technician'), isOffered: rights.assign !== null },
    { keys: 's', does: w.setState, run: () => ask('status'), isOffered: hasStates },
    { keys: 'p', does: w.setPriority, run: () => ask('priority'), isOffered: rights.edit },
    { keys: 't', does: w.addTag, run: () => ask('tag'), isOffered: rights.work },
    {
      keys: 'w',
      does: watchers.isMine ? w.unwatch : w.watch,
      run: () => void watchers.toggleMine(),
      isOffered: true,
    },
    { keys: 'm', does: w.merge, run: () => ask('merge'), isOffered: rights.merge },
    {
      keys: 'e',
      does: ticketWords().resolve,
      run: () => ask('resolve'),
      isOffered: rights.statuses.includes('resolved'),
    },
  ]
  return acts.filter(({ isOffered }) => isOffered).map(({ isOffered: _, ...act }) => act)
}
