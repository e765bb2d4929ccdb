import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    title: 'How you are told',
    says: 'Each kind of news in the way you like. The bell shows all of it but what you switch off.',
    saved: 'Saved.',
    kinds: {
      ticket_created: { name: 'New tickets', says: '' },
      ticket_assigned: { name: 'Who has a ticket', says: 'Also when one is for you.' },
      ticket_status: { name: 'What becomes of a ticket', says: 'It goes on, is solved, reopened, closed or merged.' },
      ticket_comment: { name: 'Answers', says: 'What customer and desk write to each other.' },
      ticket_internal_comment: { name: 'Internal notes', says: 'Only the staff reads them.' },
      ticket_file: { name: 'Files', says: 'Those that come without an answer.' },
      ticket_urgent: { name: 'Raised to urgent', says: 'Waits for no digest.' },
      ticket_mention: { name: 'Notes that name you', says: '' },
      desk: { name: 'The desk itself', says: 'Who left, and what that means for tickets.' },
      account: { name: 'Your account', says: 'Invitations, passwords, sign-ins. These mails always come.' },
    },
    ways: {
      mail: 'Mail at once',
      hourly: 'Hourly mail',
      daily: 'Daily mail',
      console: 'Only here',
      nothing: 'Not at all',
    },
    usual: (way: string) => `${way} (usual)`,
    hour: 'The daily mail comes at',
    hourHint: (zone: string) => `On the clocks of ${zone}, your time zone.`,
    next: 'Next mails',
    nextHourly: 'hourly',
    nextDaily: 'daily',
    waiting: (count: number) =>
      count === 0
        ? 'Nothing waits for them.'
        : count === 1
          ? '1 event waits for them.'
          : `${count} events wait for them.`,
  },
  de: {
    title: 'Wie Sie es erfahren',
    says: 'Jede Art von Neuigkeit auf Ihre Weise. Die Glocke zeigt alles, was Sie nicht abschalten.',
    saved: 'Gespeichert.',
    kinds: {
      ticket_created: { name: 'Neue Tickets', says: '' },
      ticket_assigned: { name: 'Wer ein Ticket hat', says: 'Auch wenn eines für Sie ist.' },
      ticket_status: {
        name: 'Was aus einem Ticket wird',
        says: 'Es geht weiter, ist gelöst, wieder offen, geschlossen oder zusammengeführt.',
      },
      ticket_comment: { name: 'Antworten', says: 'Was Kunde und Helpdesk einander schreiben.' },
      ticket_internal_comment: { name: 'Interne Notizen', says: 'Nur das Team liest sie.' },
      ticket_file: { name: 'Dateien', says: 'Die ohne Antwort kommen.' },
      ticket_urgent: { name: 'Dringend geworden', says: 'Wartet auf keine Sammelmail.' },
      ticket_mention: { name: 'Notizen, die Sie nennen', says: '' },
      desk: { name: 'Der Helpdesk selbst', says: 'Wer gegangen ist, und was das für Tickets heißt.' },
      account: { name: 'Ihr Konto', says: 'Einladungen, Passwörter, Anmeldungen. Diese Mails kommen immer.' },
    },
    ways: {
      mail: 'Sofort als Mail',
      hourly: 'Stündliche Mail',
      daily: 'Tägliche Mail',
      console: 'Nur hier',
      nothing: 'Gar nicht',
    },
    usual: (way: string) => `${way} (üblich)`,
    hour: 'Die tägliche Mail kommt um',
    hourHint: (zone: string) => `Nach den Uhren von ${zone}, Ihrer Zeitzone.`,
    next: 'Nächste Mails',
    nextHourly: 'stündlich',
    nextDaily: 'täglich',
    waiting: (count: number) =>
      count === 0
        ? 'Nichts wartet darauf.'
        : count === 1
          ? '1 Ereignis wartet darauf.'
          : `${count} Ereignisse warten darauf.`,
  },
})
