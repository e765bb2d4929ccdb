import { catalogue } from '../lib/catalogue.svelte.ts'

const en = {
  title: (n: number) => (n === 1 ? '1 message has not gone' : `${n} messages have not gone`),
  says: 'It is kept in this browser only, where others may sit next. What is to become of it?',
  saysOfAll: 'They are kept in this browser only, where others may sit next. What is to become of them?',
  onTicket: (id: string) => `On ${id}`,
  still: 'It did not go.',
  files: (names: string) => `With ${names}`,
  noFiles: 'Drafts keep no files: choose them again later.',
  send: 'Send now and sign out',
  back: 'Back to my drafts and sign out',
  discard: 'Discard and sign out',
}

const de: typeof en = {
  title: (n) => (n === 1 ? '1 Nachricht ist nicht hinausgegangen' : `${n} Nachrichten sind nicht hinausgegangen`),
  says: 'Sie liegt nur in diesem Browser, an dem vielleicht bald jemand anders sitzt. Was soll aus ihr werden?',
  saysOfAll: 'Sie liegen nur in diesem Browser, an dem vielleicht bald jemand anders sitzt. Was soll aus ihnen werden?',
  onTicket: (id) => `Zu ${id}`,
  still: 'Sie ist nicht hinausgegangen.',
  files: (names) => `Mit ${names}`,
  noFiles: 'Entwürfe behalten keine Dateien: Wählen Sie sie später noch einmal.',
  send: 'Jetzt senden und abmelden',
  back: 'Zurück in meine Entwürfe und abmelden',
  discard: 'Verwerfen und abmelden',
}

/** What stands before the sign-out when messages wait in the browser. */
export const words = catalogue({ en, de })
