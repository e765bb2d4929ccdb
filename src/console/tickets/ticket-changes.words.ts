import { catalogue } from '../lib/catalogue.svelte.ts'

/** What is said of a change of a ticket, and of taking it back. */
export const words = catalogue({
  en: {
    undo: 'Undo',
    undone: 'Taken back.',
    youTake: 'You have the ticket.',
    restored: (id: string) => `${id} is back.`,
    nowClosed: 'The ticket is closed.',
    nowReopened: 'The ticket is open again.',
    bothStand: (name: string) => `${name} changed something else meanwhile. Both stand.`,
    somebodyStands: 'Somebody changed something else meanwhile. Both stand.',
    alreadySo: 'Somebody was faster: it is so already.',
  },
  de: {
    undo: 'Rückgängig',
    undone: 'Zurückgenommen.',
    youTake: 'Sie haben das Ticket.',
    restored: (id: string) => `${id} ist wieder da.`,
    nowClosed: 'Das Ticket ist geschlossen.',
    nowReopened: 'Das Ticket ist wieder offen.',
    bothStand: (name: string) => `${name} hat inzwischen etwas anderes geändert. Beides gilt.`,
    somebodyStands: 'Jemand hat inzwischen etwas anderes geändert. Beides gilt.',
    alreadySo: 'Jemand war schneller: Es ist schon so.',
  },
})
