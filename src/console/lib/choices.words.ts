import { catalogue } from './catalogue.svelte.ts'

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
      ticket_file: { name: 'Files', says: 'When they come without an answer.' },
      ticket_urgent: { name: 'Raised to urgent', says: 'Waits for no digest.' },
      ticket_mention: { name: 'Notes that name you', says: '' },
      desk: { name: 'The desk itself', says: 'When somebody leaves, and tickets come back to the queue.' },
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
    hourHint: (zone: string) => `In your time zone, ${zone}.`,
    hourWithoutZone: (zone: string) => `By ${zone}, because you have chosen no time zone.`,
    chooseZone: 'Choose your time zone',
    nextHourly: (when: string) => `The next hourly mail comes ${when}.`,
    nextDaily: (when: string) => `The next daily mail comes ${when}.`,
    waiting: (count: number) =>
      count === 0
        ? 'Nothing waits for them.'
        : count === 1
          ? '1 event waits for them.'
          : `${count} events wait for them.`,
  },
  de: {
    title: 'Wie Sie informiert werden',
    says: 'Wählen Sie für jede Art von Meldung den Weg. Die Glocke zeigt alles, was Sie nicht abschalten.',
    saved: 'Gespeichert.',
    kinds: {
      ticket_created: { name: 'Neue Tickets', says: '' },
      ticket_assigned: { name: 'Zuweisungen', says: 'Auch wenn Sie ein Ticket bekommen.' },
      ticket_status: {
        name: 'Was aus einem Ticket wird',
        says: 'Es geht weiter, ist gelöst, wieder offen, geschlossen oder zusammengeführt.',
      },
      ticket_comment: { name: 'Antworten', says: 'Was Kunde und Helpdesk einander schreiben.' },
      ticket_internal_comment: { name: 'Interne Notizen', says: 'Nur das Team liest sie.' },
      ticket_file: { name: 'Dateien', says: 'Wenn sie ohne eine Antwort kommen.' },
      ticket_urgent: { name: 'Dringend geworden', says: 'Kommt sofort, nie in einer Sammelmail.' },
      ticket_mention: { name: 'Erwähnungen in Notizen', says: '' },
      desk: { name: 'Das Team', says: 'Wenn jemand ausscheidet und Tickets frei werden.' },
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
    hourHint: (zone: string) => `In Ihrer Zeitzone, ${zone}.`,
    hourWithoutZone: (zone: string) => `Nach ${zone}, denn Sie haben keine Zeitzone gewählt.`,
    chooseZone: 'Zeitzone wählen',
    nextHourly: (when: string) => `Die nächste stündliche Mail kommt ${when}.`,
    nextDaily: (when: string) => `Die nächste tägliche Mail kommt ${when}.`,
    waiting: (count: number) =>
      count === 0
        ? 'Dafür wartet noch nichts.'
        : count === 1
          ? 'Dafür wartet 1 Ereignis.'
          : `Dafür warten ${count} Ereignisse.`,
  },
})
