import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    title: 'Keys of this screen',
    areas: {
      list: 'In the list',
      ticket: 'On the ticket',
      board: 'On the board',
      writing: 'While writing',
      anywhere: 'Everywhere',
    },
    off: 'Single keys can be switched off.',
    account: 'Your account',
    areOff: 'You have switched single keys off. Only keys with Ctrl, arrows, Enter and Esc do something.',
  },
  de: {
    title: 'Tasten dieser Seite',
    areas: {
      list: 'In der Liste',
      ticket: 'Im Ticket',
      board: 'Auf der Tafel',
      writing: 'Beim Schreiben',
      anywhere: 'Überall',
    },
    off: 'Kurzbefehle mit einer Taste lassen sich abschalten.',
    account: 'Ihr Konto',
    areOff:
      'Sie haben Kurzbefehle mit einer Taste abgeschaltet. Es gelten nur noch Kurzbefehle mit Strg, die Pfeiltasten, Eingabe und Esc.',
  },
})
