import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    skip: 'Skip to the content',
    unknown: 'The helpdesk does not answer',
    unknownSays: 'This page asks again by itself, and goes on as soon as there is an answer.',
    tryAgain: 'Try again now',
    signOut: 'Sign out',
    main: 'Main',
    menu: 'Menu',
    search: 'Search',
    newTicket: 'New ticket',
    live: 'Live',
    connecting: 'Connecting',
    offline: 'Offline',
    suspended: 'Suspended',
    account: (name: string) => `Account of ${name}`,
    offlineBanner:
      'No connection to the helpdesk. Replies and notes wait, and go out once. Other changes need the connection.',
    suspendedBanner:
      'This helpdesk is suspended at the moment. Until it goes on, nothing can be read or changed. This page asks again each minute.',
    offlineCustomer:
      'No connection to the helpdesk. What you write on a ticket waits, and goes out once. The rest needs the connection.',
    profile: 'Your account',
    myTickets: 'My tickets',
    catalogue: 'Catalogue',
    myOrders: 'My orders',
    myAccount: 'My account',
    raise: 'Raise a ticket',
    notifications: 'Notifications',
    unread: (count: string) => `Notifications, ${count} unread`,
    notSentShort: 'Not sent',
    notSent: {
      admin: (count: number, text: string) => (count === 1 ? 'Not sent, 1 mail' : `Not sent, ${text} mails`),
      technician: (count: number, text: string) =>
        count === 1
          ? 'Not sent, 1 ticket of yours has such a mail'
          : `Not sent, ${text} tickets of yours have such mails`,
    },
  },
  de: {
    skip: 'Zum Inhalt',
    unknown: 'Der Helpdesk antwortet nicht',
    unknownSays: 'Diese Seite fragt von selbst weiter und geht auf, sobald eine Antwort da ist.',
    tryAgain: 'Jetzt noch einmal versuchen',
    signOut: 'Abmelden',
    main: 'Hauptmenü',
    menu: 'Menü',
    search: 'Suchen',
    newTicket: 'Neues Ticket',
    live: 'Live',
    connecting: 'Verbindet',
    offline: 'Offline',
    suspended: 'Stillgelegt',
    account: (name: string) => `Konto von ${name}`,
    offlineBanner:
      'Keine Verbindung zum Helpdesk. Antworten und Notizen warten und gehen einmal hinaus. Andere Änderungen brauchen die Verbindung.',
    suspendedBanner:
      'Dieser Helpdesk ist zurzeit stillgelegt. Bis er weitergeht, lässt sich nichts lesen und ändern. Diese Seite fragt jede Minute nach.',
    offlineCustomer:
      'Keine Verbindung zum Helpdesk. Was Sie zu einem Ticket schreiben, wartet und geht einmal hinaus. Alles andere braucht die Verbindung.',
    profile: 'Ihr Konto',
    myTickets: 'Meine Tickets',
    catalogue: 'Katalog',
    myOrders: 'Meine Bestellungen',
    myAccount: 'Mein Konto',
    raise: 'Ticket erstellen',
    notifications: 'Meldungen',
    unread: (count: string) => `Meldungen, ${count} ungelesen`,
    notSentShort: 'Nicht gesendet',
    notSent: {
      admin: (count: number, text: string) =>
        count === 1 ? 'Nicht gesendet, 1 Mail' : `Nicht gesendet, ${text} Mails`,
      technician: (count: number, text: string) =>
        count === 1
          ? 'Nicht gesendet, 1 Ihrer Tickets hat eine solche Mail'
          : `Nicht gesendet, ${text} Ihrer Tickets haben solche Mails`,
    },
  },
})
