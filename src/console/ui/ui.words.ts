import { catalogue } from '../lib/catalogue.svelte.ts'

export const words = catalogue({
  en: {
    close: 'Close',
    dismiss: 'Dismiss',
    nothingFound: 'Nothing found',
    found: (count: number) => (count === 1 ? '1 choice' : `${count} choices`),
    requestId: (id: string) => `Request ${id}`,
    loading: 'Loading',
  },
  de: {
    close: 'Schließen',
    dismiss: 'Ausblenden',
    nothingFound: 'Nichts gefunden',
    found: (count: number) => (count === 1 ? '1 Möglichkeit' : `${count} Möglichkeiten`),
    requestId: (id: string) => `Anfrage ${id}`,
    loading: 'Wird geladen',
  },
})
