import { catalogue } from '../lib/catalogue.svelte.ts'
import { value } from '../lib/sentences.ts'

/** Who did something. `isMe`: the reader. */
export interface Who {
  name: string
  isMe: boolean
}

const listOf = (language: string, things: string[]): string =>
  new Intl.ListFormat(language, { type: 'conjunction' }).format(things)

const en = ({ name, isMe }: Who): string => value(isMe ? 'You' : name)
const de = ({ name, isMe }: Who): string => (isMe ? `${value('Sie')} haben` : `${value(name)} hat`)

/** What happened to a ticket, in sentences of the staff. Names and values stand between isolates (U+2068, U+2069). */
export const words = catalogue({
  en: {
    system: 'The desk',
    nobody: 'nobody',
    gone: 'somebody',
    created: (who: Who) => `${en(who)} raised the ticket`,
    createdBy: (who: Who, source: string) => `${en(who)} raised the ticket by way of ${value(source)}`,
    source: { phone: 'phone', email: 'e-mail', chat: 'chat', in_person: 'a visit' },
    took: (who: Who) => `${en(who)} took the ticket`,
    assigned: (who: Who, to: string) => `${en(who)} assigned the ticket to ${value(to)}`,
    handedOn: (who: Who, from: string, to: string) =>
      `${en(who)} handed the ticket on from ${value(from)} to ${value(to)}`,
    gaveBack: (who: Who) => `${en(who)} gave the ticket back`,
    unassigned: (who: Who, from: string) => `${en(who)} took the ticket from ${value(from)}; nobody has it now`,
    status: (who: Who, from: string, to: string) => `${en(who)} set the state from ${value(from)} to ${value(to)}`,
    resolved: (who: Who) => `${en(who)} resolved the ticket`,
    reopened: (who: Who) => `${en(who)} reopened the ticket`,
    closed: (who: Who) => `${en(who)} closed the ticket`,
    priorityUp: (who: Who, from: string, to: string) =>
      `${en(who)} raised the priority from ${value(from)} to ${value(to)}`,
    priorityDown: (who: Who, from: string, to: string) =>
      `${en(who)} lowered the priority from ${value(from)} to ${value(to)}`,
    category: (who: Who, from: string, to: string) => `${en(who)} moved the ticket from ${value(from)} to ${value(to)}`,
    subject: (who: Who, to: string) => `${en(who)} changed the subject to ${value(to)}`,
    description: (who: Who) => `${en(who)} changed the description`,
    summary: (who: Who) => `${en(who)} changed the summary of the solution`,
    undone: (who: Who) => `${en(who)} took the last change back`,
    undoneThings: (who: Who, things: string[]) => `${en(who)} took back ${listOf('en', things)}`,
    things: {
      reply: 'a reply',
      note: 'an internal note',
      technician_id: 'the assignment',
      status: 'the change of the state',
      priority: 'the change of the priority',
      issue_category: 'the change of the category',
      subject: 'the change of the subject',
      issue_description: 'the change of the description',
      resolution_summary: 'the summary of the solution',
    },
    merged: (who: Who, into: string) => `${en(who)} merged this ticket into ${value(into)}`,
    unmerged: (who: Who) => `${en(who)} undid the merge`,
    absorbed: (who: Who, ticket: string) => `${en(who)} merged ${value(ticket)} into this ticket`,
    released: (who: Who, ticket: string) => `${en(who)} took ${value(ticket)} out of this ticket again`,
    moved: (who: Who, from: string, to: string) =>
      `${en(who)} moved the ticket from the customer ${value(from)} to ${value(to)}`,
    deleted: (who: Who) => `${en(who)} deleted the ticket`,
    restored: (who: Who) => `${en(who)} restored the ticket`,
    orderCancelled: (order: string) => `The order ${value(order)} was cancelled, and nothing is held any more`,
    orderExpired: (order: string) =>
      `The order ${value(order)} was not completed in time, and nothing is held any more`,
    filesRemoved: (who: Who) => `${en(who)} removed the files of the deleted ticket`,
    tagged: (who: Who, tag: string) => `${en(who)} added the tag ${value(tag)}`,
    untagged: (who: Who, tag: string) => `${en(who)} removed the tag ${value(tag)}`,
    linked: (who: Who, ticket: string) => `${en(who)} linked ${value(ticket)}`,
    unlinked: (who: Who, ticket: string) => `${en(who)} removed the link to ${value(ticket)}`,
    watches: (who: Who) => `${en(who)} began to watch`,
    watchesNoMore: (who: Who) => `${en(who)} no longer watched`,
    watcherAdded: (who: Who, whom: string) => `${en(who)} added ${value(whom)} as a watcher`,
    watcherRemoved: (who: Who, whom: string) => `${en(who)} removed ${value(whom)} as a watcher`,
    replyDeleted: (who: Who) => `${en(who)} deleted a public comment`,
    noteDeleted: (who: Who) => `${en(who)} deleted an internal note`,
    fileAdded: (who: Who, name: string) => `${en(who)} attached ${value(name)}`,
    internalFileAdded: (who: Who, name: string) => `${en(who)} attached ${value(name)}, for staff only`,
    fileDeleted: (who: Who, name: string) => `${en(who)} deleted the file ${value(name)}`,
    other: (who: Who) => `${en(who)} changed something that this page does not know yet`,
  },
  de: {
    system: 'Der Helpdesk',
    nobody: 'niemand',
    gone: 'jemand',
    created: (who: Who) => `${de(who)} das Ticket erstellt`,
    createdBy: (who: Who, source: string) => `${de(who)} das Ticket erstellt, Kontakt über ${value(source)}`,
    source: { phone: 'Telefon', email: 'E-Mail', chat: 'Chat', in_person: 'einen Besuch' },
    took: (who: Who) => `${de(who)} das Ticket übernommen`,
    assigned: (who: Who, to: string) => `${de(who)} das Ticket ${value(to)} zugewiesen`,
    handedOn: (who: Who, from: string, to: string) =>
      `${de(who)} das Ticket von ${value(from)} an ${value(to)} weitergegeben`,
    gaveBack: (who: Who) => `${de(who)} das Ticket zurückgegeben`,
    unassigned: (who: Who, from: string) => `${de(who)} das Ticket von ${value(from)} genommen; jetzt hat es niemand`,
    status: (who: Who, from: string, to: string) => `${de(who)} den Status von ${value(from)} auf ${value(to)} gesetzt`,
    resolved: (who: Who) => `${de(who)} das Ticket gelöst`,
    reopened: (who: Who) => `${de(who)} das Ticket wieder geöffnet`,
    closed: (who: Who) => `${de(who)} das Ticket geschlossen`,
    priorityUp: (who: Who, from: string, to: string) =>
      `${de(who)} die Priorität von ${value(from)} auf ${value(to)} erhöht`,
    priorityDown: (who: Who, from: string, to: string) =>
      `${de(who)} die Priorität von ${value(from)} auf ${value(to)} gesenkt`,
    category: (who: Who, from: string, to: string) =>
      `${de(who)} das Ticket von ${value(from)} nach ${value(to)} verschoben`,
    subject: (who: Who, to: string) => `${de(who)} den Betreff geändert: ${value(to)}`,
    description: (who: Who) => `${de(who)} die Beschreibung geändert`,
    summary: (who: Who) => `${de(who)} die Zusammenfassung der Lösung geändert`,
    undone: (who: Who) => `${de(who)} die letzte Änderung zurückgenommen`,
    undoneThings: (who: Who, things: string[]) => `${de(who)} ${listOf('de', things)} zurückgenommen`,
    things: {
      reply: 'eine Antwort',
      note: 'eine interne Notiz',
      technician_id: 'die Zuweisung',
      status: 'die Änderung des Status',
      priority: 'die Änderung der Priorität',
      issue_category: 'die Änderung der Kategorie',
      subject: 'die Änderung des Betreffs',
      issue_description: 'die Änderung der Beschreibung',
      resolution_summary: 'die Zusammenfassung der Lösung',
    },
    merged: (who: Who, into: string) => `${de(who)} dieses Ticket mit ${value(into)} zusammengeführt`,
    unmerged: (who: Who) => `${de(who)} die Zusammenführung aufgehoben`,
    absorbed: (who: Who, ticket: string) => `${de(who)} ${value(ticket)} in dieses Ticket übernommen`,
    released: (who: Who, ticket: string) => `${de(who)} ${value(ticket)} wieder herausgelöst`,
    moved: (who: Who, from: string, to: string) =>
      `${de(who)} das Ticket statt ${value(from)} jetzt ${value(to)} zugeordnet`,
    deleted: (who: Who) => `${de(who)} das Ticket gelöscht`,
    restored: (who: Who) => `${de(who)} das Ticket wiederhergestellt`,
    orderCancelled: (order: string) => `Die Bestellung ${value(order)} wurde storniert, es ist nichts mehr reserviert`,
    orderExpired: (order: string) =>
      `Die Bestellung ${value(order)} wurde nicht rechtzeitig abgeschlossen, es ist nichts mehr reserviert`,
    filesRemoved: (who: Who) => `${de(who)} die Dateien des gelöschten Tickets entfernt`,
    tagged: (who: Who, tag: string) => `${de(who)} das Schlagwort ${value(tag)} vergeben`,
    untagged: (who: Who, tag: string) => `${de(who)} das Schlagwort ${value(tag)} entfernt`,
    linked: (who: Who, ticket: string) => `${de(who)} ${value(ticket)} verknüpft`,
    unlinked: (who: Who, ticket: string) => `${de(who)} die Verknüpfung mit ${value(ticket)} entfernt`,
    watches: (who: Who) => `${de(who)} sich als Beobachter eingetragen`,
    watchesNoMore: (who: Who) => `${de(who)} sich als Beobachter ausgetragen`,
    watcherAdded: (who: Who, whom: string) => `${de(who)} ${value(whom)} als Beobachter eingetragen`,
    watcherRemoved: (who: Who, whom: string) => `${de(who)} ${value(whom)} als Beobachter entfernt`,
    replyDeleted: (who: Who) => `${de(who)} einen öffentlichen Kommentar gelöscht`,
    noteDeleted: (who: Who) => `${de(who)} eine interne Notiz gelöscht`,
    fileAdded: (who: Who, name: string) => `${de(who)} ${value(name)} angehängt`,
    internalFileAdded: (who: Who, name: string) => `${de(who)} ${value(name)} angehängt, nur für Mitarbeiter`,
    fileDeleted: (who: Who, name: string) => `${de(who)} die Datei ${value(name)} gelöscht`,
    other: (who: Who) => `${de(who)} etwas geändert, das diese Seite noch nicht kennt`,
  },
})

export type ChangeWords = ReturnType<typeof words>
