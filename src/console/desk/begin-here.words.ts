import { catalogue } from '../lib/catalogue.svelte.ts'

/** What an admin does first on a desk where nothing has happened yet. */
export const words = catalogue({
  en: {
    title: 'Begin here',
    address: 'Give yourself an address',
    addressWhy: (address: string) => `No mail reaches ${address}.`,
    password: 'Choose your own password',
    passwordWhy: 'The first one was made by the program, and stands where it was printed.',
    technicians: 'Invite technicians',
    techniciansWhy: 'They take the tickets of their category, and answer them.',
    registration: 'Say who may register',
    registrationWhy: 'Customers make an account by themselves, or only when you invite them.',
    ticket: 'Raise a ticket for a caller',
    ticketWhy: 'What customers raise themselves shows up here.',
  },
  de: {
    title: 'Zum Anfang',
    address: 'Eigene Adresse angeben',
    addressWhy: (address: string) => `Unter ${address} erreicht Sie keine Mail.`,
    password: 'Eigenes Passwort wählen',
    passwordWhy: 'Das erste hat das Programm gewählt, und es steht noch dort, wo es angezeigt wurde.',
    technicians: 'Techniker einladen',
    techniciansWhy: 'Sie übernehmen die Tickets ihrer Kategorie und antworten.',
    registration: 'Festlegen, wer sich registrieren darf',
    registrationWhy: 'Kunden legen ihr Konto selbst an, oder nur auf Ihre Einladung.',
    ticket: 'Ticket für einen Anrufer erstellen',
    ticketWhy: 'Was Kunden selbst erstellen, erscheint hier.',
  },
})
