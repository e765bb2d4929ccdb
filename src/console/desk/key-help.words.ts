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
    names: {
      Ctrl: 'Ctrl',
      Shift: 'Shift',
      Enter: 'Enter',
      Escape: 'Esc',
      ArrowDown: '↓',
      ArrowUp: '↑',
      ArrowLeft: '←',
      ArrowRight: '→',
    },
    off: 'Single keys can be switched off.',
    account: 'Your account',
    areOff: 'You have switched single keys off. Only keys with Ctrl, arrows, Enter and Esc do something.',
  },
  de: {
    title: 'Tasten dieser Seite',
    areas: {
      list: 'In der Liste',
      ticket: 'Am Ticket',
      board: 'An der Tafel',
      writing: 'Beim Schreiben',
      anywhere: 'Überall',
    },
    names: {
      Ctrl: 'Strg',
      Shift: 'Umschalt',
      Enter: 'Eingabe',
      Escape: 'Esc',
      ArrowDown: '↓',
      ArrowUp: '↑',
      ArrowLeft: '←',
      ArrowRight: '→',
    },
    off: 'Einzelne Tasten lassen sich abschalten.',
    account: 'Ihr Konto',
    areOff: 'Sie haben einzelne Tasten abgeschaltet. Nur Tasten mit Strg, Pfeile, Eingabe und Esc tun etwas.',
  },
})
