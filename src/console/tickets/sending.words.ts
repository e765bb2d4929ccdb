import { catalogue } from '../lib/catalogue.svelte.ts'

const en = {
  sent: 'Sent.',
  sentTo: (label: string) => `Sent: ${label}.`,
  noteAdded: 'The internal note is there.',
  undo: 'Undo',
  undone: 'Taken back. The text is in the draft again.',
  undoneHere: 'Taken back: the text is in its field again.',
}

const de: typeof en = {
  sent: 'Gesendet.',
  sentTo: (label) => `Gesendet: ${label}.`,
  noteAdded: 'Die interne Notiz steht da.',
  undo: 'Rückgängig',
  undone: 'Zurückgenommen. Der Text steht wieder im Entwurf.',
  undoneHere: 'Zurückgenommen: Der Text steht wieder in seinem Feld.',
}

/** What is said after a comment has gone, or was taken back. */
export const words = catalogue({ en, de })
