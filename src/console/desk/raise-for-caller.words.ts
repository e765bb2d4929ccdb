import { catalogue } from '../lib/catalogue.svelte.ts'

/** Raising a ticket for somebody who called. */
export const words = catalogue({
  en: {
    title: 'New ticket',
    says: 'For somebody who called, wrote or came by. The customer is told, and reads what you write here.',
    customer: 'Customer',
    findCustomer: 'Name or number of the customer',
    another: 'Another customer',
    missingCustomer: 'Say for whom the ticket is.',
    invite: 'Invite a new customer',
    inviteSays: 'They get a link by mail, with which they choose a password.',
    name: 'Name',
    email: 'E-mail address',
    inviteDo: 'Invite',
    invited: (name: string) => `${name} is invited.`,
    openTickets: (n: number, isMore: boolean) =>
      n === 0
        ? 'No open tickets'
        : isMore
          ? `${n} or more open tickets`
          : n === 1
            ? '1 open ticket'
            : `${n} open tickets`,
    source: 'How they reached you',
    sources: { phone: 'Phone', email: 'E-mail', chat: 'Chat', in_person: 'In person' },
    category: 'Category',
    chooseCategory: 'Choose one',
    missingCategory: 'Choose what the ticket is about.',
    priority: 'Priority',
    technician: 'Assigned',
    nobody: 'Nobody yet',
    withOpen: (name: string, n: number) => (n === 1 ? `${name}, 1 open` : `${name}, ${n} open`),
    takeIt: 'I take it',
    subject: 'Subject',
    subjectAside: 'optional: without one the first line counts',
    description: 'What they need',
    missingDescription: 'Say what they need.',
    filesPublic: 'The customer may see the files',
    kept: 'Kept as you type.',
    send: 'Raise the ticket',
    sendFor: (name: string) => `Raise the ticket for ${name}`,
    raised: (id: string) => `${id} is raised.`,
    filesFailed: (id: string) => `${id} is raised, but not all files arrived.`,
    openTicket: (id: string) => `Open ${id}`,
    cancel: 'Cancel',
  },
  de: {
    title: 'Neues Ticket',
    says: 'Für jemanden, der angerufen, geschrieben oder vorbeigeschaut hat. Der Kunde erfährt es und liest, was Sie hier schreiben.',
    customer: 'Kunde',
    findCustomer: 'Name oder Nummer des Kunden',
    another: 'Ein anderer Kunde',
    missingCustomer: 'Wählen Sie, für wen das Ticket ist.',
    invite: 'Neuen Kunden einladen',
    inviteSays: 'Die Person bekommt per Mail einen Link, um ein Passwort zu wählen.',
    name: 'Name',
    email: 'E-Mail-Adresse',
    inviteDo: 'Einladen',
    invited: (name: string) => `${name} ist eingeladen.`,
    openTickets: (n: number, isMore: boolean) =>
      n === 0
        ? 'Keine offenen Tickets'
        : isMore
          ? `${n} oder mehr offene Tickets`
          : n === 1
            ? '1 offenes Ticket'
            : `${n} offene Tickets`,
    source: 'Kontakt über',
    sources: { phone: 'Telefon', email: 'E-Mail', chat: 'Chat', in_person: 'Persönlich' },
    category: 'Kategorie',
    chooseCategory: 'Wählen Sie eine',
    missingCategory: 'Wählen Sie, worum es geht.',
    priority: 'Priorität',
    technician: 'Zugewiesen',
    nobody: 'Noch niemand',
    withOpen: (name: string, n: number) => `${name}, ${n} offen`,
    takeIt: 'Ich übernehme es',
    subject: 'Betreff',
    subjectAside: 'optional: Ohne Betreff zählt die erste Zeile',
    description: 'Anliegen',
    missingDescription: 'Beschreiben Sie das Anliegen.',
    filesPublic: 'Der Kunde darf die Dateien sehen',
    kept: 'Wird beim Schreiben gespeichert.',
    send: 'Ticket erstellen',
    sendFor: (name: string) => `Ticket für ${name} erstellen`,
    raised: (id: string) => `${id} ist erstellt.`,
    filesFailed: (id: string) => `${id} ist erstellt, aber nicht alle Dateien sind angekommen.`,
    openTicket: (id: string) => `${id} öffnen`,
    cancel: 'Abbrechen',
  },
  withoutMails: {
    en: {
      inviteSays: 'They get a link to choose a password. No mail server is set up here, so somebody hands it on.',
    },
    de: {
      inviteSays:
        'Es entsteht ein Link, um ein Passwort zu wählen. Hier ist kein Mailserver eingerichtet, also gibt ihn jemand weiter.',
    },
  },
})
