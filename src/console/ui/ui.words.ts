import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    close: 'Close',
    dismiss: 'Dismiss',
    nothingFound: 'Nothing found',
    found: (count: number) => (count === 1 ? '1 choice' : `${count} choices`),
    requestId: (id: string) => `Request ${id}`,
    loading: 'Loading',
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
