import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    close: 'Close',
    dismiss: 'Dismiss',
    nothingFound: 'Nothing found',
    found: (count: number) => (count === 1 ? '1 choice' : `${count} choices`),
    requestId: (id: string) => `Request ${id}`,
    loading: 'Loading',
    copied: 'Copied.',
    copyFailed: 'The browser does not let this page copy. Select the text and copy it.',
    notFoundTitle: 'There is nothing at this address',
    notFound: 'It may have moved, or it is not for you to see.',
    home: 'Go to the first page',
    notFoundFor: (name: string, email: string) =>
      `It may have moved, or it is not for ${name} (${email}) to see, who is signed in here.`,
    asSomebodyElse: 'Sign in as somebody else',
    newVersionTitle: 'This helpdesk has a new version',
    newVersion: 'This page needs a part that is not there any more. Load it again: what you typed is kept.',
    reload: 'Load again',
    /** What stands on the keys of a keyboard. */
    keys: {
      Ctrl: 'Ctrl',
      Shift: 'Shift',
      Enter: 'Enter',
      Escape: 'Esc',
      ArrowDown: '↓',
      ArrowUp: '↑',
      ArrowLeft: '←',
      ArrowRight: '→',
    },
  },
  de: {
    close: 'Schließen',
    dismiss: 'Ausblenden',
    nothingFound: 'Nichts gefunden',
    found: (count: number) => (count === 1 ? '1 Treffer' : `${count} Treffer`),
    requestId: (id: string) => `Anfrage ${id}`,
    loading: 'Wird geladen',
    copied: 'Kopiert.',
    copyFailed: 'Der Browser lässt diese Seite nicht kopieren. Markieren Sie den Text, und kopieren Sie ihn.',
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
    keys: {
      Ctrl: 'Strg',
      Shift: 'Umschalt',
      Enter: 'Eingabe',
      Escape: 'Esc',
      ArrowDown: '↓',
      ArrowUp: '↑',
      ArrowLeft: '←',
      ArrowRight: '→',
    },
  },
})
