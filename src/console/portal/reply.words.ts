import { catalogue } from '../lib/catalogue.svelte.ts'

const en = {
  writeTo: (name: string) => `Write to ${name}`,
  writeToUs: 'Write to us',
  answer: 'Your answer',
  sendTo: (name: string) => `Send to ${name}`,
  send: 'Send',
  sendFiles: 'Send the files',
  kept: 'Kept as you type',
  saved: 'Kept',
  keptHere: 'Kept in this browser until the connection is back',
  notKept: 'Cannot be kept right now',
  staysSolved: 'Only a word of thanks: the ticket stays solved',
  reopens: 'Your answer opens the ticket again.',
  sending: 'Is being sent',
  waiting: 'Goes out as soon as the connection is back',
  refused: 'Not sent.',
  change: 'Change it',
  otherText: 'In another window you have written something else:',
  takeOther: 'Take that',
  keepMine: 'Keep mine',
  fileWaits: 'No connection: nothing is lost. Send it again when the connection is back.',
}

const de: typeof en = {
  writeTo: (name) => `An ${name} schreiben`,
  writeToUs: 'Schreiben Sie uns',
  answer: 'Ihre Antwort',
  sendTo: (name) => `An ${name} senden`,
  send: 'Senden',
  sendFiles: 'Dateien senden',
  kept: 'Wird beim Schreiben gespeichert',
  saved: 'Gespeichert',
  keptHere: 'In diesem Browser gespeichert, bis die Verbindung wieder da ist',
  notKept: 'Lässt sich gerade nicht speichern',
  staysSolved: 'Nur ein Dank: Das Ticket bleibt gelöst',
  reopens: 'Ihre Antwort öffnet das Ticket wieder.',
  sending: 'Wird gesendet',
  waiting: 'Wird gesendet, sobald die Verbindung wieder da ist',
  refused: 'Nicht gesendet.',
  change: 'Bearbeiten',
  otherText: 'In einem anderen Fenster haben Sie etwas anderes geschrieben:',
  takeOther: 'Das nehmen',
  keepMine: 'Meines behalten',
  fileWaits: 'Keine Verbindung: Nichts ist verloren. Senden Sie noch einmal, wenn sie wieder da ist.',
}

/** What stands at the field in which a customer answers. */
export const words = catalogue({ en, de })
