import { catalogue } from '../lib/catalogue.svelte.ts'

/** What everybody reads at a message, customers and staff alike. */
export const words = catalogue({
  en: {
    edit: 'Edit',
    remove: 'Delete',
    more: (name: string) => `More about the message by ${name}`,
    save: 'Save the change',
    cancel: 'Cancel',
    editText: 'Text of the message',
    editedMeanwhile: 'Somebody else has changed this message meanwhile. It reads now:',
    saveMine: 'Replace it with yours',
    takeOther: 'Go on from theirs',
    trySending: 'Try again',
    deleteTitle: 'Delete this message?',
    deleteText: 'It goes away for everybody, with its files. The history keeps that it was there.',
    deleted: 'The message is deleted.',
    showAll: 'Show the whole text',
  },
  de: {
    edit: 'Bearbeiten',
    remove: 'Löschen',
    more: (name: string) => `Mehr zur Nachricht von ${name}`,
    save: 'Änderung speichern',
    cancel: 'Abbrechen',
    editText: 'Text der Nachricht',
    editedMeanwhile: 'Jemand anderes hat diese Nachricht inzwischen geändert. Sie lautet jetzt:',
    saveMine: 'Durch Ihren Text ersetzen',
    takeOther: 'Mit dem anderen weiterarbeiten',
    trySending: 'Noch einmal versuchen',
    deleteTitle: 'Diese Nachricht löschen?',
    deleteText: 'Sie verschwindet für alle, mit ihren Dateien. Im Verlauf bleibt vermerkt, dass es sie gab.',
    deleted: 'Die Nachricht ist gelöscht.',
    showAll: 'Den ganzen Text zeigen',
  },
})
