import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    skip: 'Skip to the content',
    main: 'Main',
    menu: 'Menu',
    search: 'Search',
    newTicket: 'New ticket',
    live: 'Live',
    connecting: 'Connecting',
    offline: 'Offline',
    account: (name: string) => `Account of ${name}`,
    notFoundTitle: 'There is nothing at this address',
    notFound: 'It may have moved, or it is not for you to see.',
    home: 'Go to the first page',
    newVersionTitle: 'This helpdesk has a new version',
    newVersion: 'This page needs a part that is not there any more. Load it again: what you typed is kept.',
    reload: 'Load again',
    offlineBanner:
      'No connection to the helpdesk. Replies and notes wait, and go out once. Other changes need the connection.',
    offlineCustomer:
      'No connection to the helpdesk. What you write on a ticket waits, and goes out once. The rest needs the connection.',
    loadingFailed: 'This part of the page did not arrive.',
    signOut: 'Sign out',
    profile: 'Your account',
  },
  de: {
    skip: 'Zum Inhalt',
    main: 'Hauptmenü',
    menu: 'Menü',
    search: 'Suchen',
    newTicket: 'Neues Ticket',
    live: 'Live',
    connecting: 'Verbindet',
    offline: 'Offline',
    account: (name: string) => `Konto von ${name}`,
    notFoundTitle: 'Unter dieser Adresse ist nichts',
    notFound: 'Vielleicht ist es umgezogen, oder es ist nicht für Sie bestimmt.',
    home: 'Zur ersten Seite',
    newVersionTitle: 'Dieser Helpdesk hat eine neue Version',
    newVersion:
      'Diese Seite braucht einen Teil, den es nicht mehr gibt. Laden Sie sie neu: Was Sie geschrieben haben, bleibt erhalten.',
    reload: 'Neu laden',
    offlineBanner:
      'Keine Verbindung zum Helpdesk. Antworten und Notizen warten und gehen einmal hinaus. Andere Änderungen brauchen die Verbindung.',
    offlineCustomer:
      'Keine Verbindung zum Helpdesk. Was Sie zu einem Ticket schreiben, wartet und geht einmal hinaus. Alles andere braucht die Verbindung.',
    loadingFailed: 'Dieser Teil der Seite ist nicht angekommen.',
    signOut: 'Abmelden',
    profile: 'Ihr Konto',
  },
})
