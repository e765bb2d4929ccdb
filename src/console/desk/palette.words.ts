import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    title: 'Find or do something',
    prompt: 'An act, a place, a ticket or a name',
    on: (ticketId: string) => `on ${ticketId}`,
    groups: { act: 'Do', place: 'Go', ticket: 'Tickets', person: 'People' },
    searchAll: (typed: string) => `Search all tickets for “${typed}”`,
    ticketsOf: (id: string) => `${id}, their tickets`,
    move: 'move',
    doIt: 'do it',
    close: 'close',
    help: 'all keys of this screen',
    nothing: 'Nothing found. Try a number such as TKT0042, a word of a subject, or a name.',
    found: (count: number) => (count === 1 ? '1 result' : `${count} results`),
    openTickets: (count: number) => (count === 100 ? '100+ open' : `${count} open`),
  },
  de: {
    title: 'Suchen oder ausführen',
    prompt: 'Aktion, Seite, Ticket oder Name',
    on: (ticketId: string) => `für ${ticketId}`,
    groups: { act: 'Aktionen', place: 'Seiten', ticket: 'Tickets', person: 'Personen' },
    searchAll: (typed: string) => `Alle Tickets nach „${typed}“ durchsuchen`,
    ticketsOf: (id: string) => `Tickets von ${id}`,
    move: 'auswählen',
    doIt: 'ausführen',
    close: 'schließen',
    help: 'alle Tasten dieser Seite',
    nothing: 'Nichts gefunden. Versuchen Sie eine Nummer wie TKT0042, ein Wort eines Betreffs oder einen Namen.',
    found: (count: number) => (count === 1 ? '1 Treffer' : `${count} Treffer`),
    openTickets: (count: number) => (count === 100 ? 'über 100 offen' : `${count} offen`),
  },
})
