import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    back: 'Back to the list',
    details: 'Details',
    resolve: 'Resolve',
    previous: 'Previous ticket',
    next: 'Next ticket',
    more: 'More about this ticket',
    copyLink: 'Copy link',
    copied: 'The link is copied.',
    notCopied: (address: string) => `The browser does not let this page copy. The link is ${address}`,
    isLast: 'This is the last ticket of the list.',
    isFirst: 'This is the first ticket of the list.',
    noList: 'Open a ticket from a list to go on to the next one.',
    newer: (count: number) => `${count} new`,
  },
  de: {
    back: 'Zurück zur Liste',
    details: 'Details',
    resolve: 'Lösen',
    previous: 'Voriges Ticket',
    next: 'Nächstes Ticket',
    more: 'Mehr zu diesem Ticket',
    copyLink: 'Link kopieren',
    copied: 'Der Link ist kopiert.',
    notCopied: (address: string) => `Der Browser lässt diese Seite nicht kopieren. Der Link ist ${address}`,
    isLast: 'Das ist das letzte Ticket der Liste.',
    isFirst: 'Das ist das erste Ticket der Liste.',
    noList: 'Öffnen Sie ein Ticket aus einer Liste, um zum nächsten zu gehen.',
    newer: (count: number) => `${count} neu`,
  },
})
