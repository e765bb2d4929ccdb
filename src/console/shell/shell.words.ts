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
    notFoundFor: (name: string, email: string) =>
      `It may have moved, or it is not for ${name} (${email}) to see, who is signed in here.`,
    asSomebodyElse: 'Sign in as somebody else',
    newVersionTitle: 'This helpdesk has a new version',
    newVersion: 'This page needs a part that is not there any more. Load it again: what you typed is kept.',
    reload: 'Load again',
    offlineBanner: 'No connection to the helpdesk. You can go on reading; what you send waits and goes out once.',
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
    notFoundFor: (name: string, email: string) =>
      `Vielleicht ist es umgezogen, oder es ist nicht für ${name} (${email}) bestimmt. So sind Sie hier angemeldet.`,
    asSomebodyElse: 'Als jemand anderes anmelden',
    newVersionTitle: 'Dieser Helpdesk hat eine neue Version',
    newVersion:
      'Diese Seite braucht einen Teil, den es nicht mehr gibt. Laden Sie sie neu: Was Sie geschrieben haben, bleibt erhalten.',
    reload: 'Neu laden',
    offlineBanner:
      'Keine Verbindung zum Helpdesk. Sie können weiterlesen; was Sie senden, wartet und geht einmal hinaus.',
    loadingFailed: 'Dieser Teil der Seite ist nicht angekommen.',
    signOut: 'Abmelden',
    profile: 'Ihr Konto',
  },
})
