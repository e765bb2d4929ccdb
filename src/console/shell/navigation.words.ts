import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    overview: 'Overview',
    mine: 'Mine',
    unassigned: 'Unassigned',
    watching: 'Watching',
    all: 'All tickets',
    board: 'Board',
    people: 'People',
    emails: 'Mails',
    audit: 'Audit',
    settings: 'Settings',
    myTickets: 'My tickets',
    myAccount: 'My account',
    raise: 'Raise a ticket',
  },
  de: {
    overview: 'Übersicht',
    mine: 'Meine',
    unassigned: 'Ohne Techniker',
    watching: 'Beobachtet',
    all: 'Alle Tickets',
    board: 'Tafel',
    people: 'Personen',
    emails: 'Mails',
    audit: 'Protokoll',
    settings: 'Einstellungen',
    myTickets: 'Meine Tickets',
    myAccount: 'Mein Konto',
    raise: 'Ticket erstellen',
  },
})
